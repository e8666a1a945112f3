"""The epoch control of the Progression page: a slider, and a button that plays the epochs."""

import streamlit as st

from app.parts.epochs import choose_linked_epoch
from app.parts.runs import STATE
from app.parts.widgets import epoch_options
from saliencnn.store.runs import RunInfo

_PLAYING, _STARTED = "playback-playing", "playback-started"
SECONDS_AN_EPOCH = 0.7


def is_playing() -> bool:
    """Whether the page goes through the epochs by itself."""
    return bool(st.session_state.get(_PLAYING, False))


def control_epoch(run: RunInfo) -> int:
    """Draw the slider and the button, and return the chosen epoch; playing moves on by one."""
    state = st.session_state
    key, growing = f"epoch-{run.run_id}", run.status == "running"
    if len(run.epochs) == 1:
        return choose_linked_epoch(STATE, key, run.epochs, growing)
    playing = is_playing()
    if playing:
        options = epoch_options(run.epochs, growing)
        shown = state.get(key, options[-1])
        if not state.get(_STARTED):
            state[_STARTED], state[key] = True, options[0]
        elif shown in options[:-1]:
            state[key] = options[options.index(shown) + 1]
        else:
            state[_PLAYING] = False
            st.rerun()
    row = st.container(horizontal=True, vertical_alignment="bottom")
    icon = ":material/pause:" if playing else ":material/play_arrow:"
    if row.button("Pause" if playing else "Play", icon=icon):
        state[_PLAYING], state[_STARTED] = not playing, False
        st.rerun()
    with row:
        return choose_linked_epoch(STATE, key, run.epochs, growing, moving=playing)

"""A second run beside the one of the Progression page, on the same images."""

import streamlit as st

from app.parts.run_names import LONGEST_LABEL, label, short_id
from app.parts.runs import STATE
from app.parts.shared_choice import show, take_known
from saliencnn.common.shown import tell_apart
from saliencnn.store.runs import RunInfo

NONE = ""


def choose_beside(run: RunInfo, runs: list[RunInfo]) -> RunInfo | None:
    """Let the person choose a second run that validates on the same images; it is in the URL."""
    others = {
        one.run_id: one
        for one in runs
        if one.images_id == run.images_id and one.epoch and one.run_id != run.run_id
    }
    key, kept = "beside-choice", "progression-beside"
    if (asked := STATE.asks_once("beside")) is not None:
        st.session_state[kept] = next(iter(asked), NONE)
    chosen = st.session_state.get(kept, NONE)
    chosen = chosen if chosen in others else NONE
    STATE.write({"beside": [chosen]}, keep=True)
    if not others:
        return None
    names = tell_apart(
        {one: label(other) for one, other in others.items()}, LONGEST_LABEL, short_id
    )
    options = [NONE, *others]
    st.sidebar.selectbox(
        "Second run",
        options,
        index=options.index(chosen),  # what a browser sends that has missed the value
        key=show(key, chosen),
        format_func=lambda one: names.get(one, "no other run"),
        on_change=take_known(
            key, options, lambda: st.session_state.update({kept: st.session_state[key]})
        ),
        help="A second run on the same images; both follow one choice of epoch.",
    )
    return others.get(chosen)

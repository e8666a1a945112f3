"""Buttons of the queue: each does one thing, and what fails is said above the queue."""

from collections.abc import Callable

import streamlit as st

from app.parts.widgets import plain, say_error
from app.parts.writing import may_write
from app.reads import stored_queue, stored_runs

_SAID, _ACTED = "board-said", "board-acted"


def act_on(label: str, about: str, act: Callable[[], object], help_text: str = "") -> None:
    """Draw a button for whoever may write.

    Args:
        label: of the button.
        about: id of what it acts on.
        act: what it does.
        help_text: what comes of it.
    """
    if may_write():
        key = f"board-{label}-{about}"
        st.button(label, key=key, help=help_text or None, on_click=_try, args=(act,))


def follow_action() -> None:
    """Redraw the whole page after a button: each part that redraws alone tells of the same queue.

    To be called at the beginning of such a part.
    """
    if st.session_state.pop(_ACTED, False):
        st.rerun()


def draw_failure() -> None:
    """Say once what the last button could not do."""
    if _SAID in st.session_state:
        st.error(plain(st.session_state.pop(_SAID)))


def _try(act: Callable[[], object]) -> None:
    try:
        act()
    except Exception as error:
        st.session_state[_SAID] = say_error(error)
    st.session_state[_ACTED] = True
    stored_queue.forget_queue()
    stored_runs.all_runs.clear()

"""Work of some minutes that a page starts and waits for, in a process that computes for it."""

from collections.abc import Callable

import streamlit as st

from app.parts.waiting import working
from app.parts.widgets import plain
from saliencnn.common.progress import Progress

WAIT = "Wait here meanwhile: a click on anything else stops it. Everybody sees the result."


def offer_work(
    key: str,
    label: str,
    words: str,
    work: Callable[[Progress], object],
    forget: Callable[[], object],
) -> None:
    """Draw a button that starts some work; the page is drawn anew once that is done.

    Args:
        key: of the button, see ``was_done``.
        label: of the button.
        words: what comes of it, from data or not.
        work: from a progress callback; it keeps what it finds.
        forget: lets what was read before be read anew.
    """
    row = st.container(horizontal=True, vertical_alignment="center")
    pressed = row.button(plain(label), icon=":material/science:", key=key)
    row.caption(f"{plain(words)} {WAIT}")
    if pressed:
        with working("Loading the network…") as report:
            work(report)
        forget()
        st.session_state[_done(key)] = True
        st.rerun()


def was_done(key: str) -> bool:
    """Whether the work of a button has just been done; true once."""
    return bool(st.session_state.pop(_done(key), False))


def _done(key: str) -> str:
    return f"{key}-done"

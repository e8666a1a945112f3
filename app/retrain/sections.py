"""The sections of the retrain page, and how one leads to another."""

import streamlit as st

from app.parts.runs import STATE
from app.parts.scrolling import scroll_to_top

CHANGE_AND_QUEUE, BEFORE_AND_AFTER, HISTORY = "Change and queue", "Before and after", "History"
ADDRESSES = {"change": CHANGE_AND_QUEUE, "before-after": BEFORE_AND_AFTER, "history": HISTORY}
"""How the URL says it -> how people read it."""
SECTION = "retrain-section"
_LED, _ARRIVED = "retrain-led", "retrain-arrived"


def show_section(section: str, run_id: str, partner: str = "") -> None:
    """Let the page show a section of a run, beside another run where it compares; a callback."""
    state = st.session_state
    state[SECTION], state[_LED] = section, True
    STATE.update(run=run_id)
    if partner:
        state[f"partner-{run_id}"] = partner


def follow_section() -> None:
    """Redraw the whole page if a part of it that redraws alone has led to another section."""
    if st.session_state.pop(_LED, False):
        st.session_state[_ARRIVED] = True
        st.rerun()


def show_place(section: str) -> None:
    """Bring the top of the page into view where a button or a link has led to a section."""
    if st.session_state.pop(_ARRIVED, False):
        scroll_to_top(section)


def choose_section() -> str:
    """Let the person choose a section; it is in the URL."""
    first, state = CHANGE_AND_QUEUE, st.session_state
    for asked in STATE.asks_once("section") or []:
        state[SECTION], state[_ARRIVED] = ADDRESSES.get(asked, first), True
    section = st.segmented_control(
        "Section",
        list(ADDRESSES.values()),
        default=first,
        required=True,
        label_visibility="collapsed",
        key=SECTION,
    )
    written = {section: address for address, section in ADDRESSES.items()}
    STATE.write({"section": [written[section]]}, defaults={"section": [written[first]]}, keep=True)
    return section

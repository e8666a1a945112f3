"""The sections of the retrain page, and how one leads to another."""

import streamlit as st

from app.parts.runs import STATE
from app.parts.scrolling import scroll_to_top
from app.parts.shared_choice import show

CHANGE_AND_QUEUE, BEFORE_AND_AFTER, HISTORY = "Change and queue", "Before and after", "History"
ADDRESSES = {"change": CHANGE_AND_QUEUE, "before-after": BEFORE_AND_AFTER, "history": HISTORY}
"""How the URL says it -> how people read it."""
SECTION = "retrain-section"
"""Key of the session's state: the section that the page shows."""
_LEADS = "retrain-leads"
"""Likewise: how often a click or a link has led to a section."""
_LED, _ARRIVED = "retrain-led", "retrain-arrived"


def show_section(section: str, run_id: str, partner: str = "") -> None:
    """Let the page show a section of a run, beside another run where it compares; a callback."""
    _lead_to(section)
    st.session_state[_LED] = True
    STATE.update(run=run_id)
    if partner:
        st.session_state[partner_key(run_id)] = partner


def partner_key(run_id: str) -> str:
    """Return the key of the session's state: the run that stands beside one."""
    return f"partner-{run_id}"


def _lead_to(section: str) -> None:
    """Show a section by a new widget.

    A part of the page that redraws by itself sends along the choice that its browser still shows:
    with one widget for all that would take back a click that led elsewhere a moment before.
    """
    state = st.session_state
    state[SECTION], state[_LEADS] = section, state.get(_LEADS, 0) + 1


def _key() -> str:
    return f"{SECTION}-{st.session_state.get(_LEADS, 0)}"


def _choose(key: str) -> None:
    """Take over what a person chooses; a widget that is no longer there has nothing to say."""
    if key == _key():
        st.session_state[SECTION] = st.session_state[key]


def follow_section() -> None:
    """Redraw the whole page if a part of it that redraws alone has led to another section."""
    if st.session_state.get(_LED):
        st.rerun()


def show_place(section: str) -> None:
    """Bring the top of the page into view where a button or a link has led to a section."""
    # Its place is kept: Streamlit drops a click in a part that redraws alone once that has moved.
    with st.container():
        if st.session_state.pop(_ARRIVED, False):
            scroll_to_top(section)


def choose_section() -> str:
    """Let the person choose a section; it is in the URL."""
    first, state = CHANGE_AND_QUEUE, st.session_state
    arrived = state.pop(_LED, False)
    for asked in STATE.asks_once("section") or []:
        _lead_to(ADDRESSES.get(asked, first))
        arrived = True
    state[_ARRIVED] = arrived
    key = _key()
    if key not in state and not arrived:  # come from another page
        state[SECTION], state[_ARRIVED] = first, True
    shown: str = state[SECTION]
    st.segmented_control(
        "Section",
        list(ADDRESSES.values()),
        default=shown,
        required=True,
        label_visibility="collapsed",
        key=show(key, shown),
        on_change=_choose,
        args=(key,),
    )
    written = {section: address for address, section in ADDRESSES.items()}
    STATE.write({"section": [written[shown]]}, defaults={"section": [written[first]]}, keep=True)
    return shown

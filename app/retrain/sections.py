"""The sections of the retrain page, and how one leads to another."""

import streamlit as st

from app.parts.runs import STATE

CHANGE_AND_QUEUE, BEFORE_AND_AFTER, HISTORY = "Change and queue", "Before and after", "History"
SECTION = "retrain-section"
_LED = "retrain-led"


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
        st.rerun()

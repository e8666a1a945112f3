"""What came of a button that queues, for as long as the page shows it."""

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Said:
    """What came of a button.

    Attributes:
        place: of the button.
        words: what changes, or what went wrong.
        request_id: of what was queued; "" where something went wrong.
    """

    place: str = ""
    words: str = ""
    request_id: str = ""


def form_key(run_id: str) -> str:
    """Return with which the keys of a run's form begin."""
    return f"retry-{run_id}"


def find_said(key: str) -> Said:
    """Return what came of the last button of a form; empty where none was pressed."""
    said = st.session_state.get(f"{key}-said")
    return said if isinstance(said, Said) else Said()

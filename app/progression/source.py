"""Whose images the Progression page shows."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.runs import STATE
from app.parts.shared_choice import show
from app.parts.upload import OWN

EXAMPLES = "examples"
SOURCES = {EXAMPLES: "Examples of the class", OWN: "Your own image"}
"""How the URL says it -> how people read it."""
_KEPT = "progression-source"


def follow_source() -> str:
    """Return whose images are shown, at first as a link asks, and write it into the address."""
    chosen = STATE.follow_choice("images", [*SOURCES], _KEPT)
    STATE.write({"images": [chosen]}, defaults={"images": [EXAMPLES]}, keep=True)
    return chosen


def choose_source(row: DeltaGenerator) -> str:
    """Let the person choose between validation images and an upload."""
    chosen, key = follow_source(), "source-choice"
    row.segmented_control(
        "Images",
        list(SOURCES),
        key=show(key, chosen),
        required=True,
        format_func=SOURCES.get,
        label_visibility="collapsed",
        on_change=lambda: st.session_state.update({_KEPT: st.session_state[key]}),
    )
    return chosen

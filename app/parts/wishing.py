"""Buttons whose click waits until a run of the page does what they say."""

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.slow_work import PAGE


def wish_button(label: str, key: str, place: DeltaGenerator | None = None, **look: Any) -> bool:
    """Draw a button and return whether it was pressed on this page and that is not done yet.

    Streamlit's own button answers only in the one run that its click begins, and forgets the click
    where something else ends that run before the button is drawn.

    Args:
        label: of the button.
        key: unique.
        place: where to draw it; by default where it is called.
        look: further arguments of ``st.button``.
    """
    state, wish = st.session_state, f"wish-{key}"
    page = state.get(PAGE, "")
    draw = st.button if place is None else place.button
    draw(label, key=key, on_click=lambda: state.update({wish: page}), **look)
    return bool(state.pop(wish, None) == page)

"""What a page cannot do without a run's network."""

import streamlit as st

from app.parts.widgets import plain


def draw_lacking(sentence: str) -> None:
    """Say that something needs the network, and how to give it."""
    st.info(plain(sentence), icon=":material/extension:")

"""Columns that go below one another where a narrow page leaves them too little room."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def roomy_columns(key: str, count: int, least: int) -> list[DeltaGenerator]:
    """Return columns of equal width, as many beside each other as have room.

    Streamlit's own ones stay beside each other on all pages but a phone's.

    Args:
        key: of the part of the page, unique there.
        count: of columns.
        least: pixels that each must have.
    """
    part = st.container(key=key)
    part.html(
        f"<style>.st-key-{key} [data-testid=stColumn]{{min-width:min({least}px,100%)}}</style>"
    )
    return part.columns(count)

"""Columns: of a page, below one another where it is narrow, and of a table."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from saliencnn.saliency import METHODS

PERCENT = "%.1f%%"
"""Format of a column ``in_percent``; Streamlit's own has as many decimals as each number needs."""


SMALL, CAPITAL, EDGES = 6.3, 9.0, 16
"""Pixels of a header's small letter, of any other, and of the space around its words."""


def header_width(header: str) -> int:
    """Return the pixels that a column needs, so that its header is not cut."""
    return round(sum(SMALL if c.islower() or c == " " else CAPITAL for c in header)) + EDGES


def short_label(method: str) -> str:
    """Return a method's name, short enough for a column's header."""
    return METHODS[method].label.replace("(approximate)", "(approx.)")


def in_percent(table: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Return a table with some columns of fractions in percent."""
    return table.assign(**{name: 100 * pd.to_numeric(table[name]) for name in names})


def roomy_columns(key: str, shares: Sequence[int], least: int) -> list[DeltaGenerator]:
    """Return columns, as many beside each other as have room.

    Streamlit's own ones stay beside each other on all pages but a phone's.

    Args:
        key: of the part of the page, unique there.
        shares: widths in relation to one another.
        least: pixels that the widest must have, and the others in proportion.
    """
    part = st.container(key=key)
    column = f".st-key-{key} [data-testid=stColumn]"
    part.html(
        "<style>"
        + "".join(
            f"{column}:nth-child({n}){{min-width:min({least * share // max(shares)}px,100%)}}"
            for n, share in enumerate(shares, 1)
        )
        + "</style>"
    )
    return part.columns(shares)

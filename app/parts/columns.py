"""Columns: of a page, below one another where it is narrow, and of a table."""

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from saliencnn.common.shown import tell_apart
from saliencnn.measures.percent import round_percent
from saliencnn.saliency import METHODS

PERCENT = "%.1f%%"
"""Format of a column ``in_percent``; Streamlit's own has as many decimals as each number needs."""


SMALL, DIGIT, CAPITAL, EDGES = 6.1, 7.2, 8.8, 16
"""Pixels of a header's small letter or mark, of a digit, of any other, and around its words."""


ROWS, LINE = 15, 35
"""Rows of a table that are seen at once, and pixels of one."""
LONGEST_HEADER, SHORTEST_HEADER = 20, 7
"""Characters of a name that heads a column, at most and where there is little room."""


def header_width(header: str) -> int:
    """Return the pixels that a column needs, so that its header is not cut."""
    return round(sum(map(_letter_width, header))) + EDGES


def _letter_width(letter: str) -> float:
    if letter.islower() or letter in " .·-":
        return SMALL
    return DIGIT if letter.isdigit() or letter == "_" else CAPITAL


def table_height(rows: int) -> int | Literal["content"]:
    """Return a table's height: of all its rows, or of ``ROWS`` of more, which then scroll."""
    return "content" if rows <= ROWS else LINE * (ROWS + 1)


def short_headers(names: Mapping[str, str], width: int) -> dict[str, str]:
    """Return names short enough for a column's header, the middle left out, no two the same.

    Args:
        names: of the columns.
        width: pixels of each column; where even short names need more, they are as short as can be.
    """
    for longest in range(LONGEST_HEADER, SHORTEST_HEADER, -1):
        headers = tell_apart(names, longest)
        if all(header_width(header) <= width for header in headers.values()):
            return headers
    return tell_apart(names, SHORTEST_HEADER)


def short_label(method: str) -> str:
    """Return a method's name, short enough for a column's header."""
    return METHODS[method].label.replace("(approximate)", "(approx.)")


def in_percent(table: pd.DataFrame, *names: str, digits: int = 1) -> pd.DataFrame:
    """Return a table with some columns of fractions in percent, as sentences round them."""
    return table.assign(
        **{
            name: [round_percent(one, digits) for one in pd.to_numeric(table[name])]
            for name in names
        }
    )


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

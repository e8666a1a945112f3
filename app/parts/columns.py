"""Columns: of a page, below one another where it is narrow, and of a table."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Literal

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from saliencnn.common.shown import tell_apart
from saliencnn.measures.percent import round_percent
from saliencnn.saliency import METHODS

PERCENT = "%.1f%%"
"""Format of a column ``in_percent``; Streamlit's own has as many decimals as each number needs."""


SPACE, SMALL, DIGIT, CAPITAL, EDGES = 3.2, 6.1, 7.2, 8.8, 16
"""Pixels of a space, of a small letter or mark, of a digit, of any other, and around the words."""


ROWS, LINE = 15, 35
"""Rows of a table that are seen at once, and pixels of one."""
LONGEST_HEADER, SHORTEST_HEADER = 20, 8
"""Characters of a line of a name that heads a column, at most, and of a name that needs but one."""
PARTS = re.compile(r"(?<=[_ -])|(?<=[a-z])(?=\d+_\d)")
"""Where a name may be parted into two lines: ``mobilenet`` and ``v2``."""


UNKNOWN = "–"
"""What a table shows where a number is not known: Streamlit would write None."""


def header_width(header: str) -> int:
    """Return the pixels that a column needs, so that its header or a cell's words are not cut."""
    return round(sum(map(_letter_width, header))) + EDGES


def cut_end(words: str, pixels: int) -> str:
    """Return a cell's words as far as they fit, and that they go on: a table only clips them."""
    if header_width(words) <= pixels:
        return words
    kept = len(words)
    while kept and header_width(f"{words[:kept]}…") > pixels:
        kept -= 1
    return f"{words[:kept].rstrip()}…"


def _letter_width(letter: str) -> float:
    if letter == " ":
        return SPACE
    if letter.islower() or letter in ".·-":
        return SMALL
    return DIGIT if letter.isdigit() or letter == "_" else CAPITAL


def table_height(rows: int) -> int | Literal["content"]:
    """Return a table's height: of all its rows, or of ``ROWS`` of more, which then scroll."""
    return "content" if rows <= ROWS else LINE * (ROWS + 1)


def two_line_headers(
    names: Mapping[str, str], taken: Collection[str] = (), room: int = 0
) -> dict[str, tuple[str, str]]:
    """Return names as headers of two lines, no two the same: what is cut is not read.

    A name is parted where its longer line is shortest, without the mark that stood there, and
    stands on the second line alone where nothing parts it. Neighbours with the same first line
    share it.

    Args:
        names: of the columns.
        taken: headers of other columns.
        room: pixels in which names that fit are not parted.
    """
    short = tell_apart(names, 2 * LONGEST_HEADER, taken=taken)
    wide = sum(map(header_width, short.values()))
    if wide <= room:
        return {one: ("", name) for one, name in short.items()}
    return {one: _part(name) for one, name in short.items()}


def _part(name: str) -> tuple[str, str]:
    places = [place for one in PARTS.finditer(name) if 0 < (place := one.start()) < len(name)]
    # A line of digits alone reads as a count.
    places = [place for place in places if not name[place:].isdigit()]
    if not places or len(name) <= SHORTEST_HEADER:
        return "", name
    lines = [(name[:place].rstrip("_ "), name[place:]) for place in places]
    return min(lines, key=lambda parts: max(map(header_width, parts)))


def widths_below(
    headers: Sequence[tuple[str, str]], cells: Sequence[Iterable[str]], least: int
) -> list[int]:
    """Return the pixels that columns need below headers of two lines.

    Args:
        headers: of each, see ``two_line_headers``; neighbours share the room of a first line.
        cells: words of each column that must not be cut.
        least: pixels of a column.
    """
    own = [
        max(least, *map(header_width, (header[1], *words)))
        for header, words in zip(headers, cells, strict=True)
    ]
    widths: list[int] = []
    for first, group in groupby(zip(headers, own, strict=True), key=lambda one: one[0][0]):
        needed = [width for _, width in group]
        lacking = max(0, header_width(first) - sum(needed)) if first else 0
        widths += [width + math.ceil(lacking / len(needed)) for width in needed]
    return widths


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

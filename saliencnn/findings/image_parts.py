"""The nine parts of an image, in words."""

from collections.abc import Iterable

import numpy as np

NAMES = (
    ("upper left", "top", "upper right"),
    ("left", "middle", "right"),
    ("lower left", "bottom", "lower right"),
)
"""By thirds of the height and of the width."""
READING_ORDER = [part for row in NAMES for part in row]
CENTRE, CORNERS = "middle", {NAMES[row][column] for row in (0, 2) for column in (0, 2)}
AT, ON = ("top", "bottom"), ("left", "right")
MARGIN = 1 / 24
"""Of a side: what lies nearer to the edge between two thirds may be in either of them.

A place that hardly moves over an edge is so never said to be in one part and then in another.
"""


def find_parts(down: float, across: float) -> frozenset[str]:
    """Return in which parts of an image a place may lie: one, or those that it lies between.

    Args:
        down: fraction of the height above it, 0 to 1.
        across: fraction of the width left of it, likewise.
    """
    return frozenset(NAMES[row][column] for row in _thirds(down) for column in _thirds(across))


def _thirds(place: float) -> set[int]:
    ends = np.clip([place - MARGIN, place + MARGIN], 0, 1)
    return {min(int(3 * end), 2) for end in ends}


def name_area(parts: Iterable[str]) -> str:
    """Return what people call some parts together, e.g. ``the left``."""
    ends = _find_ends(parts)
    return f"the {ends[0]}" if len(ends) == 1 else f"the area {_say_between(ends)}"


def say_where(parts: Iterable[str]) -> str:
    """Return where some parts are, e.g. ``on the left``; "" where no words say it exactly."""
    match _find_ends(parts):
        case (part,):
            preposition = "at" if part in AT else "on" if part in ON else "in"
            return f"{preposition} the {part}"
        case (_, _) as ends:
            return _say_between(ends)
    return ""


def _find_ends(parts: Iterable[str]) -> tuple[str, ...]:
    """Return the parts in reading order; of the four between a corner and the middle these two."""
    known = {*parts}
    corners = known & CORNERS
    if len(known) > 2 and known in [_surround(corner) for corner in corners]:
        known = {CENTRE, *corners}
    return tuple(part for part in READING_ORDER if part in known)


def _surround(corner: str) -> set[str]:
    """Return a corner, the middle, and what touches both."""
    row, column = divmod(READING_ORDER.index(corner), 3)
    return {NAMES[down][across] for down in (row, 1) for across in (column, 1)}


def _say_between(ends: tuple[str, ...]) -> str:
    return f"between the {ends[0]} and the {ends[1]}"

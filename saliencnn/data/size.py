"""The size of a network's input in pixels: one number for a square, else height and width."""

import re

from saliencnn.common.errors import UserError

Size = int | tuple[int, int]
_WRITTEN = re.compile(r"(\d{1,6})(?:x(\d{1,6}))?", re.ASCII)


def sides_of(size: Size) -> tuple[int, int]:
    """Return height and width."""
    return (size, size) if isinstance(size, int) else size


def size_of(height: int, width: int) -> Size:
    """Return the size with these sides."""
    return height if height == width else (height, width)


def write_size(size: Size) -> str:
    """Return a size as a person gives it, e.g. ``224`` or ``96x160``."""
    return str(size) if isinstance(size, int) else "{}x{}".format(*size)


def parse_size(text: str, option: str, low: int, high: int) -> Size:
    """Read what ``write_size`` gives.

    Args:
        text: what a person gave.
        option: how it is called where it was given.
        low: pixels that a side must have.
        high: pixels that it may have.

    Raises:
        UserError: it is no size, or out of bounds.
    """
    found = _WRITTEN.fullmatch(text)
    sides = [int(side) for side in found.groups() if side] if found else []
    if not sides or not all(low <= side <= high for side in sides):
        shown = text if found else repr(text)
        raise UserError(
            f"{option} is {shown}; it must be a whole number from {low} to {high}, or two as "
            "HEIGHTxWIDTH."
        )
    return size_of(sides[0], sides[-1])

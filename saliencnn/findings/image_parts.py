"""The nine parts of an image, in words."""

NAMES = (
    ("upper left", "top", "upper right"),
    ("left", "middle", "right"),
    ("lower left", "bottom", "lower right"),
)
"""By thirds of the height and of the width."""
READING_ORDER = [part for row in NAMES for part in row]
AT, ON = ("top", "bottom"), ("left", "right")


def name_part(down: float, across: float) -> str:
    """Return in which part of an image a place lies.

    Args:
        down: fraction of the height above it, 0 to below 1.
        across: fraction of the width left of it, likewise.
    """
    return NAMES[int(3 * down)][int(3 * across)]


def say_where(part: str) -> str:
    """Return a part's name with what stands before it: ``on the left``."""
    preposition = "at" if part in AT else "on" if part in ON else "in"
    return f"{preposition} the {part}"

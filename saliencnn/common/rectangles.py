"""Parts of an image as people write them."""

from collections.abc import Iterable, Sequence
from itertools import pairwise, product

from saliencnn.common.errors import UserError

Rectangle = tuple[float, float, float, float]
"""Left, top, width and height as fractions of an image."""
MAX_RECTANGLES = 20
LEAST_LEFT = 0.01
"""Of an image's area, which rectangles must leave free."""


def parse_rectangles(text: str) -> tuple[Rectangle, ...]:
    """Read rectangles such as ``0,0.75,0.25,0.25; 0,0,1,0.1``.

    Args:
        text: of each left, top, width and height as fractions of an image, ';' between them;
            "" is none.

    Raises:
        UserError: one is no rectangle within an image, or there are too many.
    """
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if len(parts) > MAX_RECTANGLES:
        raise UserError(f"ignored names {len(parts)} rectangles; {MAX_RECTANGLES} are allowed.")
    return tuple(map(_parse_rectangle, parts))


def check_ignored(text: str) -> None:
    """Refuse what is no list of rectangles, or leaves next to nothing of an image free.

    Raises:
        UserError: as ``parse_rectangles``, or less than a hundredth of the image is left.
    """
    if uncovered(parse_rectangles(text)) < LEAST_LEFT:
        raise UserError(
            f"ignored is {text!r:.60}; that is the whole image, so nothing is left to look at. "
            f"Leave at least {LEAST_LEFT:.0%} of it."
        )


def uncovered(rectangles: Sequence[Rectangle]) -> float:
    """Return the share of an image that no rectangle covers, from 0 to 1."""
    columns = sorted(
        {0.0, 1.0, *(edge for x, _, w, _ in rectangles for edge in (x, min(x + w, 1.0)))}
    )
    rows = sorted({0.0, 1.0, *(edge for _, y, _, h in rectangles for edge in (y, min(y + h, 1.0)))})
    free = 0.0
    for (left, right), (top, bottom) in product(pairwise(columns), pairwise(rows)):
        if not any(
            x <= left and right <= x + w and y <= top and bottom <= y + h
            for x, y, w, h in rectangles
        ):
            free += (right - left) * (bottom - top)
    return free


def write_rectangles(rectangles: Iterable[Rectangle]) -> str:
    """Return rectangles as ``parse_rectangles`` reads them, to thousandths and never outside."""
    return "; ".join(map(_write_rectangle, rectangles))


def _write_rectangle(rectangle: Rectangle) -> str:
    left, top, width, height = (round(1000 * value) for value in rectangle)
    left, top = min(left, 999), min(top, 999)
    sides = max(1, min(width, 1000 - left)), max(1, min(height, 1000 - top))
    return ",".join(f"{value / 1000:g}" for value in (left, top, *sides))


def _parse_rectangle(text: str) -> Rectangle:
    try:
        left, top, width, height = map(float, text.split(","))
    except ValueError:
        left = top = width = height = float("nan")
    within = min(left, top) >= 0 and max(left + width, top + height) <= 1 + 1e-9
    if not (within and min(width, height) > 0):
        raise UserError(
            f"ignored is {text!r:.60}; it must be left,top,width,height as fractions of the image, "
            "from 0 to 1, such as 0,0.75,0.25,0.25 for the lower left corner."
        )
    return left, top, width, height

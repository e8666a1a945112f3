"""Parts of an image as people write them."""

from collections.abc import Iterable

from saliencnn.common.errors import UserError

Rectangle = tuple[float, float, float, float]
"""Left, top, width and height as fractions of an image."""
MAX_RECTANGLES = 20


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

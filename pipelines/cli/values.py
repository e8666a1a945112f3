"""What reads the numbers that options take, and refuses any other in one sentence."""

import math
import re
from collections.abc import Callable

from pipelines.cli.review_commands import OWN
from saliencnn.common.errors import UserError
from saliencnn.data.bounds import MAX_SIDE
from saliencnn.data.size import Size, parse_size

MAX_WHOLE = 2**31 - 1
"""Of numbers without a bound of their own: what databases and random generators take."""
MAX_RESIZE = MAX_SIDE
"""Pixels of the shorter side of an image that is brought into a network's format."""
_WHOLE = re.compile(r"-?[0-9]{1,19}")


def whole_number(option: str, low: int, high: int = MAX_WHOLE) -> Callable[[str], int]:
    """Return what reads an option's whole number and refuses any other in one sentence."""

    def read(text: str) -> int:
        value = int(text) if _WHOLE.fullmatch(text) else None
        if value is None or not low <= value <= high:
            shown = text if value is not None else repr(text)
            raise UserError(f"{option} is {shown}; it must be a whole number from {low} to {high}.")
        return value

    return read


def input_size(low: int, high: int) -> Callable[[str], Size]:
    """Return what reads the size of a network's input."""
    return lambda text: parse_size(text, "--image-size", low, high)


def number(option: str, low: float, high: float) -> Callable[[str], float]:
    """Return what reads an option's number and refuses any other in one sentence."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:  # so is what is no number
            raise UserError(f"{option} is {text!r}; it must be a number from {low:g} to {high:g}.")
        return value

    return read


def resize(text: str) -> int | str | None:
    """Read ``--resize``: pixels, ``none`` for no scaling, or what the weights ask for."""
    if text in (OWN, "none"):
        return OWN if text == OWN else None
    try:
        return whole_number("--resize", 1, MAX_RESIZE)(text)
    except UserError as error:
        raise UserError(f"{str(error).rstrip('.')}, or none.") from error

"""Which values of an image deeper than 8 bits are shown as black and as white."""

import math
import re
from dataclasses import dataclass

from saliencnn.common.errors import UserError

AUTO, FULL = "auto", "full"
FORMS = "auto, full, LOW:HIGH, e.g. -1000:400, or percentiles LOW%:HIGH%, e.g. 1%:99%"
_NUMBER = r"([-+]?[0-9.]+(?:e[-+]?[0-9]+)?)"
_VALUES = re.compile(f"{_NUMBER}:{_NUMBER}", re.IGNORECASE)
_PERCENTILES = re.compile(f"{_NUMBER}%:{_NUMBER}%")
_MAX_LENGTH = 80


@dataclass(frozen=True)
class Window:
    """Values that are shown; what lies beyond them is clipped.

    Attributes:
        low: what is shown as black, or as white where the format says that low values are.
        high: the other end, above ``low``.
    """

    low: float
    high: float

    @property
    def text(self) -> str:
        """Return it as ``--window`` takes it."""
        return ":".join(map(_format_exactly, (self.low, self.high)))

    @property
    def words(self) -> str:
        """Return it for a sentence, e.g. ``0 to 4,080``."""
        return f"{format_value(self.low)} to {format_value(self.high)}"


@dataclass(frozen=True)
class WindowChoice:
    """What a person wants to see of deep images.

    Attributes:
        kind: ``auto``, ``full``, ``values`` or ``percentiles``.
        low: the smallest value, or its percentile.
        high: the largest value, or its percentile.
    """

    kind: str
    low: float = 0.0
    high: float = 100.0


def parse_choice(text: str) -> WindowChoice:
    """Read what a person writes for ``--window``.

    Raises:
        UserError: it has none of the ``FORMS``, or its numbers are no range.
    """
    if text in (AUTO, FULL):
        return WindowChoice(text)
    for kind, form in (("values", _VALUES), ("percentiles", _PERCENTILES)):
        found = form.fullmatch(text) if len(text) <= _MAX_LENGTH else None
        if found:
            low, high = map(_parse_number, found.groups())
            inside = kind == "values" or (low >= 0 and high <= 100)
            if inside and low < high and math.isfinite(high - low):
                return WindowChoice(kind, low, high)
    raise UserError(
        f"--window is {text[:40]!r}; it must be {FORMS}, with LOW below HIGH and percentiles from "
        "0 to 100."
    )


def format_value(value: float) -> str:
    """Return a value for a sentence."""
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:,.6g}"


def _format_exactly(value: float) -> str:
    return (
        str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
    )


def _parse_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # two points, for instance
        return math.nan

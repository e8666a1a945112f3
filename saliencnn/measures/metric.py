"""What a number means to people."""

from dataclasses import dataclass
from typing import Literal

from saliencnn.measures.percent import points_between


@dataclass(frozen=True)
class Metric:
    """How people read one number.

    Attributes:
        label: as it stands in a sentence.
        format: a format specification, e.g. ``.1%``.
        better: which values are better.
        help: what it is, in a plain sentence.
    """

    label: str
    format: str
    better: Literal["higher", "lower"]
    help: str

    @property
    def title(self) -> str:
        """The label as a heading."""
        return self.label[0].upper() + self.label[1:]

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is."""
        return 1 if self.better == "higher" else -1

    def write(self, value: float) -> str:
        """Return a value as people read it, with all of its digits: 0.360 beside 0.112."""
        whole = "#" if self.format.endswith("g") else ""
        return format(value, f"{whole}{self.format}").rstrip(".")

    def write_change(self, value: float, before: float) -> str:
        """Return how far a value is above another, as they are read; of percentages, in points."""
        if self.format.endswith("%"):
            return f"{points_between(value, before):+.1f} points"
        after, first = self.write(value), self.write(before)
        change = float(after) - float(first)
        if "e" in f"{after}{first}":
            return format(change, f"+{self.format}")
        decimals = max(len(one.partition(".")[2]) for one in (after, first))
        return f"{change:+.{decimals}f}"

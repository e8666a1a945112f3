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
        """Return a value as people read it."""
        return format(value, self.format)

    def write_change(self, value: float, before: float) -> str:
        """Return how far a value is above another, as they are read; of percentages, in points."""
        if self.format.endswith("%"):
            return f"{points_between(value, before):+.1f} points"
        return format(float(self.write(value)) - float(self.write(before)), f"+{self.format}")

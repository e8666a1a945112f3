"""A row of the table that the campaign prints."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class Row:
    """What was tried of one kind, and what was lost.

    Attributes:
        what: in words.
        tried: kills, signals or outages.
        reached: how many of them met a process at work; the others came before or after it.
        losses: a sentence about each thing that was lost.
        skipped: why nothing was tried, else empty.
        seconds: that it took.
    """

    what: str
    tried: int = 0
    reached: int = 0
    losses: list[str] = field(default_factory=list)
    skipped: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        if self.skipped:
            return f"{self.what:<58} skipped: {self.skipped}"
        end = f"{len(self.losses)} lost" if self.losses else "nothing lost"
        return (
            f"{self.what:<58} {self.tried:4} tried, {self.reached:4} at work   {end:<14}"
            f"{self.seconds:6.0f} s"
        )


def measured(rows: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    """Yield rows with the time that each took."""
    began = time.perf_counter()
    for row in rows():
        row.seconds = time.perf_counter() - began
        yield row
        began = time.perf_counter()

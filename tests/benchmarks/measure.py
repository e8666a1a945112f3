"""Rows of a benchmark table: medians of pairs measured side by side."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        what: is measured.
        value: the outcome, in the unit that ``what`` names.
        limit: the value must not exceed it.
        beside: what was measured in the same run to compare with, in words.
    """

    what: str
    value: float
    limit: float
    beside: str

    @property
    def passed(self) -> bool:
        return self.value <= self.limit

    def __str__(self) -> str:
        verdict = "PASS" if self.passed else "FAIL"
        return f"{verdict}  {self.what}: {self.value:.3g} (at most {self.limit:g}); {self.beside}"


def now() -> float:
    """Return seconds once a GPU has done what was asked of it."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def seconds(work: Callable[[], object]) -> float:
    started = now()
    work()
    return now() - started


def paired(
    first: Callable[[], object], second: Callable[[], object], pairs: int
) -> tuple[float, float, float]:
    """Return the median seconds of both and the median of the pairs' ratios, second / first."""
    first(), second()
    times = [(seconds(first), seconds(second)) for _ in range(pairs)]
    ratio = statistics.median(b / a for a, b in times)
    return statistics.median(a for a, _ in times), statistics.median(b for _, b in times), ratio

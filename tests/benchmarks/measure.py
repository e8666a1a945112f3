"""Medians of pairs measured side by side."""

import statistics
import time
from collections.abc import Callable

import torch


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

"""``python -m tests.benchmarks.statistics [SETS]`` prints two tables for docs/guides/measures.md.

How often each sentence that tells a difference is said where there is none, by the number of failed
images; and how often each interval holds the truth.
"""

import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.random import default_rng

from saliencnn.measures.rates import wilson_interval
from tests.benchmarks.statistics import images, intervals, networks
from tests.benchmarks.statistics.drawing import FAILURES, Ask

ASKED: dict[Ask, int] = {
    **dict.fromkeys((*images.QUICK, *networks.QUICK), 1),
    **dict.fromkeys(images.SLOW, 50),
}
"""What is asked -> how many times fewer sets are drawn for it."""


def measure_sentences(sets: int) -> Iterator[str]:
    """Yield the lines of the table of sentences, with the 95% interval of the highest rate."""
    yield "| said although nothing differs | " + " | ".join(map(str, FAILURES)) + " | most |"
    yield "|---" * (2 + len(FAILURES)) + "|"
    for ask, fewer in ASKED.items():
        drawn = max(1, sets // fewer)
        told = {
            failed: pd.DataFrame([ask(default_rng((failed, n)), failed) for n in range(drawn)])
            for failed in FAILURES
        }
        rates = pd.DataFrame({failed: found.mean() for failed, found in told.items()})
        for name, row in rates.iterrows():
            low, high = (100 * end for end in wilson_interval(row.max(), np.array(drawn)))
            cells = " | ".join(f"{100 * rate:.1f}%" for rate in row)
            yield f"| {name} | {cells} | {low:.1f} to {high:.1f}% of {drawn:,} |"


def main() -> None:
    """Measure, and print both tables."""
    sets = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for lines in (measure_sentences(sets), [""], intervals.measure_intervals(sets)):
        for line in lines:
            print(line, flush=True)


if __name__ == "__main__":
    main()

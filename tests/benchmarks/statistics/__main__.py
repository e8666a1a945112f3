"""``python -m tests.benchmarks.statistics [SETS] [WORDS]`` prints two tables for the guide.

How often each sentence that tells a difference is said where there is none, by the number of failed
images; and how often each interval holds the truth. With words, only what is asked by functions
that have one of them in their name, such as ``retry inspect``, and no intervals.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np
import pandas as pd
from numpy.random import default_rng

from saliencnn.measures.rates import wilson_interval
from tests.benchmarks.statistics import images, intervals, networks
from tests.benchmarks.statistics.drawing import FAILURES, Ask


def measure_sentences(sets: int, asked: Sequence[Ask]) -> Iterator[str]:
    """Yield the lines of the table of sentences, with the 95% interval of the highest rate."""
    yield "| said although nothing differs | " + " | ".join(map(str, FAILURES)) + " | most |"
    yield "|---" * (2 + len(FAILURES)) + "|"
    for ask in asked:
        told = {
            failed: pd.DataFrame([ask(default_rng((failed, n)), failed) for n in range(sets)])
            for failed in FAILURES
        }
        rates = pd.DataFrame({failed: found.mean() for failed, found in told.items()})
        for name, row in rates.iterrows():
            low, high = (100 * end for end in wilson_interval(row.max(), np.array(sets)))
            cells = " | ".join(f"{100 * rate:.1f}%" for rate in row)
            yield f"| {name} | {cells} | {low:.1f} to {high:.1f}% of {sets:,} |"


def main() -> None:
    """Measure, and print both tables."""
    sets, words = int((*sys.argv[1:], "1000")[0]), sys.argv[2:]
    every = (*images.ASKED, *networks.ASKED)
    asked = [ask for ask in every if not words or any(word in ask.__name__ for word in words)]
    held: Iterable[str] = () if words else chain([""], intervals.measure_intervals(sets))
    for line in chain(measure_sentences(sets, asked), held):
        print(line, flush=True)


if __name__ == "__main__":
    main()

"""The two kinds of thing on which images prove most that all networks are uneven."""

from dataclasses import replace
from itertools import permutations

import numpy as np

from saliencnn.common.sentences import quote, say_range
from saliencnn.findings.comparison_facts import ComparisonFacts
from saliencnn.findings.finding import Found
from saliencnn.findings.kind_counts import KindCounts, count_kinds
from saliencnn.findings.kind_rates import MIN_OF_WEAK
from saliencnn.measures.rates import difference_interval


def find_uneven_pair(counts: KindCounts) -> tuple[int, int] | None:
    """Return places of the kind that all find harder and of the other; None without any."""
    if len(counts.names) < 2:
        return None
    rates, images = counts.rates, counts.images
    mean = rates.mean(axis=0)
    pairs = list(permutations(np.flatnonzero(images >= MIN_OF_WEAK).tolist(), 2))

    def least(weak: int, good: int) -> float:
        low, _ = difference_interval(
            mean[good], mean[weak], images[good], len(pairs) // 2, images[weak]
        )
        return float(low)

    uneven = [pair for pair in pairs if (rates[:, pair[0]] < rates[:, pair[1]]).all()]
    found = max(uneven, key=lambda pair: least(*pair), default=None)
    return found if found and least(*found) > 0 else None


def find_uneven_kinds(facts: ComparisonFacts) -> Found | None:
    """Find which kind of thing all networks find harder than which other one."""
    counts = count_kinds(facts)
    pair = find_uneven_pair(counts)
    if pair is None:
        return None
    weak, good = pair
    kind, rates = counts.kinds[weak], counts.rates
    numbers = {
        "weak": f"{quote(kind)} ({say_range(rates[:, weak], '.0%')} right)",
        "good": f"{quote(counts.kinds[good])} ({say_range(rates[:, good], '.0%')})",
    }
    shown = replace(
        facts.see(root=kind, tab="classes", rank="do worst"), what="the classes they miss most"
    )
    asked = facts.see(root=kind, tab="maps", level="true")
    return Found(numbers, shown, elsewhere=(replace(asked, what="where they look when wrong"),))

"""Which two networks predict differently most often, and on which classes."""

from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np

from saliencnn.common.sentences import count, count_of, join_words, quote
from saliencnn.findings.comparison_facts import ComparisonFacts
from saliencnn.findings.few import mark_few
from saliencnn.findings.finding import Found
from saliencnn.findings.kind_rates import say_where_most
from saliencnn.measures.rates import difference_interval

NAMED_CLASSES = 2
"""Classes that are named of those on which two networks differ most."""


def find_disagreement(facts: ComparisonFacts) -> Found | None:
    """Find the two networks that predict differently most often, and where."""
    if len(facts.names) < 2:
        return None
    pairs = list(combinations(range(len(facts.names)), 2))
    apart = [int((facts.predicted[a] != facts.predicted[b]).sum()) for a, b in pairs]
    first, second = pairs[int(np.argmax(apart))]
    if not max(apart):
        return None
    equal = apart.count(max(apart)) - 1
    as_do = f", as {'does' if equal == 1 else 'do'} {count(equal, 'other pair', 'other pairs')}"
    differ = facts.predicted[first] != facts.predicted[second]
    numbers = {
        "first": facts.names[first],
        "second": facts.names[second],
        "equal": as_do if equal else "",
        "differ": count_of(max(apart), len(facts.true)),
        "example": "",
        "classes": "",
    }
    numbers["where"], numbers["kinds"] = say_where_most(facts.rates_by_kind(differ))
    both = (facts.run_ids[first], facts.run_ids[second])
    query: dict[str, str | tuple[str, ...]] = {"kind": "image", "model": both}
    ranked = facts.see(**query, tab="classes", rank="disagree most")
    told = _rank_classes(facts, first, second)
    if not told or not told[0].proven:
        if told:
            numbers["classes"] = f" So far most on {told[0].count()}, which may be chance."
        return Found(numbers, replace(ranked, what="where they differ"))
    named = [one for one in told[:NAMED_CLASSES] if one.proven]
    counts = join_words([one.count(mark_few(one.images)) for one in named])
    numbers["example"] = f"; most on {quote(told[0].name)}"
    numbers["classes"] = f" They differ most on {counts}."
    every = replace(ranked, what="where else they differ")
    shown = facts.see(**query, **{"class": told[0].name}, tab="maps")
    return Found(numbers, replace(shown, what=f"both on {quote(told[0].name, 30)}"), (), (every,))


@dataclass(frozen=True)
class _Apart:
    """A class on which two networks differ.

    Attributes:
        name: of the class.
        right: on how many of its images each is right.
        images: how many it has.
        proven: whether these prove that their accuracies differ.
    """

    name: str
    right: tuple[int, int]
    images: int
    proven: bool

    def count(self, mark: str = "") -> str:
        """Name it, with on how many of its images each is right, and a mark behind that."""
        first, second = self.right
        return f"{quote(self.name)} ({first} and {second} of {self.images} right{mark})"


def _rank_classes(facts: ComparisonFacts, first: int, second: int) -> list[_Apart]:
    """Return the classes on which two networks differ, in the order in which Compare lists them.

    That is by the lower end of the interval of the difference. The two are the most unlike ones of
    all, so that the classes of all pairs count together where it is said to be proven.
    """
    if not facts.classes:
        return []
    images = np.bincount(facts.true, minlength=len(facts.classes))
    known = np.flatnonzero(images)
    right = np.stack(
        [np.bincount(facts.true, facts.right[n], len(facts.classes)) for n in (first, second)]
    )[:, known]
    rates = right / images[known]
    ends = rates.max(axis=0), rates.min(axis=0), images[known]
    low, _ = difference_interval(*ends)
    sure, _ = difference_interval(*ends, comb(len(facts.names), 2) * len(known))
    differ = np.bincount(facts.true, facts.predicted[first] != facts.predicted[second])
    gap, names = np.ptp(rates, axis=0), np.array([facts.classes[n] for n in known])
    order = np.lexsort((names, -images[known], -gap, -low))
    apart = [n for n in order if gap[n] > 0] or [n for n in order if differ[known[n]] > 0]
    return [
        _Apart(
            str(names[n]),
            (int(right[0, n]), int(right[1, n])),
            int(images[known[n]]),
            bool(sure[n] > 0),
        )
        for n in apart
    ]

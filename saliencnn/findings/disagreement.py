"""Which two networks predict differently most often, and on which classes."""

from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.common.sentences import count, count_of, join_words, quote
from saliencnn.findings.comparison_facts import ComparisonFacts
from saliencnn.findings.few import mark_few
from saliencnn.findings.finding import Evidence, Found
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
    listed: dict[str, str | tuple[str, ...]] = {"tab": "classes", "rank": "disagree most"}
    all_ = "both" if len(facts.names) == 2 else "all"
    every = (Evidence("compare", listed, f"the classes on which {all_} disagree most"),)
    proven = _most_apart(facts, first, second)
    told = proven or _most_apart(facts, first, second, proven=False)
    if not told:
        return Found(numbers, facts.see(**query, tab="classes"), elsewhere=every)
    name, counts = next(iter(told.items()))
    numbers["example"] = f"; {'most' if proven else 'for example'} on {quote(name)}"
    counted = (
        f" They differ most on {join_words([*proven.values()])}." if proven else f" On {counts}."
    )
    numbers["classes"] = counted
    shown = facts.see(**query, **{"class": name}, tab="maps")
    return Found(numbers, replace(shown, what=f"both on {quote(name, 30)}"), elsewhere=every)


def _most_apart(
    facts: ComparisonFacts, first: int, second: int, proven: bool = True
) -> dict[str, str]:
    """Return the classes whose images prove most that two accuracies differ, each with counts.

    The two are the most unlike ones, so the classes of all pairs count together.

    Args:
        facts: the networks.
        first: place of one.
        second: likewise.
        proven: whether only of differences beyond chance; else of classes with images enough.
    """
    if not facts.classes:
        return {}
    images = np.bincount(facts.true, minlength=len(facts.classes))
    known = np.flatnonzero(images >= (1 if proven else MIN_IMAGES))
    if not len(known):
        return {}
    right = np.stack(
        [np.bincount(facts.true, facts.right[n], len(facts.classes)) for n in (first, second)]
    )[:, known]
    rates = right / images[known]
    pairs = comb(len(facts.names), 2)
    low, _ = difference_interval(
        rates.max(axis=0), rates.min(axis=0), images[known], pairs * len(known)
    )
    differ = np.bincount(facts.true, facts.predicted[first] != facts.predicted[second])
    ranked = np.lexsort((known, -images[known], -np.ptp(rates, axis=0), -low))
    ranked = ranked[differ[known[ranked]] > 0]
    told = {}
    for n in (n for n in ranked[:NAMED_CLASSES] if low[n] > 0 or not proven):
        name, of = facts.classes[known[n]], int(images[known[n]])
        counts = f"{right[0, n]:.0f} and {right[1, n]:.0f} of {of} right{mark_few(of)}"
        told[name] = f"{quote(name)} ({counts})"
    return told

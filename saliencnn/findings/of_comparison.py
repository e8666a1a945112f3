"""What stands out among networks that were evaluated on the same images: one row a rule."""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from scipy.special import bdtr

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.common.sentences import list_some
from saliencnn.findings.finding import Evidence, Finding, Found, Rule, Severity, apply_rules
from saliencnn.measures.rates import level_of_each, wilson_interval

WITHIN = 0.01
"""Accuracy that a cheaper network may lack and still be named."""
WEAK = 0.05
"""Accuracy below that of all images from which on a kind of thing is weak."""
CHEAPER = 0.75
"""Of the best network's multiply-adds, the most that is worth a word."""


@dataclass(frozen=True, eq=False)
class ComparisonFacts:
    """Evaluations of M networks on the same N images.

    Attributes:
        run_ids: the evaluations' ids, the most accurate first.
        names: of the networks.
        multiply_adds: (M,), of one image; NaN where unknown.
        true: int (N,).
        predicted: int (M, N).
        kinds: of each class, its root class; empty where the set has none.
        classes: names of the classes; empty where they are not known.
    """

    run_ids: tuple[str, ...]
    names: tuple[str, ...]
    multiply_adds: np.ndarray
    true: np.ndarray
    predicted: np.ndarray
    kinds: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    @cached_property
    def right(self) -> np.ndarray:
        """Whether a network is right on an image, bool (M, N)."""
        return self.predicted == self.true

    @cached_property
    def accuracy(self) -> np.ndarray:
        """Fraction of the images on which each network is right, (M,)."""
        return self.right.mean(axis=1)

    @cached_property
    def tied(self) -> tuple[int, ...]:
        """The networks that chance alone may set apart from the first one.

        By McNemar's exact test (1947) of the images that only one of two gets right, at 5 % for
        all of them together.
        """
        others = range(1, len(self.names))
        chance = 1 - level_of_each(max(len(others), 1))
        return tuple(n for n in others if _chance(self.right[0], self.right[n]) > chance)

    def see(self, **query: str | tuple[str, ...]) -> Evidence:
        """Return the page that compares them."""
        return Evidence("compare", query)


def find_in_comparison(facts: ComparisonFacts) -> tuple[Finding, ...]:
    """Return what stands out among networks, what matters most first."""
    return apply_rules(COMPARISON_RULES.values(), facts) if len(facts.true) else ()


def _chance(one: np.ndarray, other: np.ndarray) -> float:
    """Return how often chance sets two networks as far apart, from what each gets right."""
    first, second = int((one & ~other).sum()), int((other & ~one).sum())
    return min(1.0, 2 * float(bdtr(min(first, second), first + second, 0.5)))


def _find_best(facts: ComparisonFacts) -> Found | None:
    if len(facts.names) < 2:
        return None
    tied = [f"{facts.names[n]} ({facts.accuracy[n]:.1%})" for n in facts.tied]
    behind = len(facts.names) - 1 - len(tied)
    numbers = {
        "name": facts.names[0],
        "accuracy": facts.accuracy[0],
        "images": len(facts.true),
        "tied": f"; too close to tell from it: {list_some(tied)}"
        if tied
        else f"; the other {behind} are behind by more than chance"
        if behind > 1
        else f"; {facts.names[1]} ({facts.accuracy[1]:.1%}) is behind by more than chance",
    }
    return Found(numbers, facts.see(pin=facts.run_ids[0]))


def _find_cheapest(facts: ComparisonFacts) -> Found | None:
    """Find the network with the fewest multiply-adds within a point of the best."""
    near = np.flatnonzero(facts.accuracy >= facts.accuracy[0] - WITHIN)
    cost = facts.multiply_adds[near]
    if len(facts.names) < 2 or not np.isfinite(cost).all():
        return None
    place = int(near[cost.argmin()])
    fraction = facts.multiply_adds[place] / facts.multiply_adds[0]
    if place == 0 and len(near) > 1:
        said = f"is also the cheapest of the {len(near)} within a point of the best"
    elif place and fraction <= CHEAPER:
        said = (
            f"is within a point of it ({facts.accuracy[place]:.1%}) at {fraction:.0%} of the "
            f"multiply-adds of {facts.names[0]}"
        )
    else:
        return None
    return Found({"name": facts.names[place], "said": said}, facts.see(pin=facts.run_ids[place]))


def _find_disagreement(facts: ComparisonFacts) -> Found | None:
    """Find the two networks that predict differently most often, and where."""
    if len(facts.names) < 2:
        return None
    pairs = list(combinations(range(len(facts.names)), 2))
    apart = [int((facts.predicted[a] != facts.predicted[b]).sum()) for a, b in pairs]
    first, second = pairs[int(np.argmax(apart))]
    if not max(apart):
        return None
    differ = facts.predicted[first] != facts.predicted[second]
    most = _most_of(facts, differ)
    numbers = {
        "first": facts.names[first],
        "second": facts.names[second],
        "differ": max(apart),
        "images": len(facts.true),
        "where": f", most often on {most.kind} ({most.rate:.0%} of {most.images:,})"
        if most
        else "",
    }
    both = (facts.run_ids[first], facts.run_ids[second])
    where = {"root": most.kind} if most else {}
    apart_in = np.bincount(facts.true[differ])
    shown = {"class": facts.classes[int(apart_in.argmax())]} if facts.classes else {}
    return Found(numbers, facts.see(kind="image", model=both, tab="maps", **shown, **where))


@dataclass(frozen=True)
class KindRate:
    """How often something happens on images of a kind of thing, with its interval."""

    rate: float
    kind: str
    images: int
    low: float
    high: float


def _rates_by_kind(facts: ComparisonFacts, happens: np.ndarray) -> list[KindRate]:
    """Return how often something happens on each kind of thing with images enough.

    Args:
        facts: the comparison.
        happens: bool (N,).
    """
    if not facts.kinds:
        return []
    of_images = np.array(facts.kinds)[facts.true]
    kinds, counts = np.unique(of_images, return_counts=True)
    enough = [(kind, int(n)) for kind, n in zip(kinds, counts, strict=True) if n >= MIN_IMAGES]
    found = []
    for kind, images in enough:
        rate = float(happens[of_images == kind].mean())
        low, high = wilson_interval(np.array(rate), np.array(images), len(enough))
        found.append(KindRate(rate, str(kind), images, float(low), float(high)))
    return found


def _most_of(facts: ComparisonFacts, differ: np.ndarray) -> KindRate | None:
    """Return the kind of thing on which images differ more often than elsewhere, if on any."""
    found = [one for one in _rates_by_kind(facts, differ) if one.low > differ.mean()]
    return max(found, key=lambda one: (one.rate, one.kind), default=None)


def _find_weak_kind(facts: ComparisonFacts) -> Found | None:
    """Find the kind of thing on which the most accurate network is worse than on all images."""
    accuracy = float(facts.accuracy[0])
    weak = [
        one
        for one in _rates_by_kind(facts, facts.right[0])
        if one.high < accuracy and one.rate <= accuracy - WEAK
    ]
    if not weak:
        return None
    worst = min(weak, key=lambda one: (one.rate, one.kind))
    numbers = {
        "name": facts.names[0],
        "kind": worst.kind,
        "rate": worst.rate,
        "images": worst.images,
        "accuracy": accuracy,
    }
    return Found(numbers, facts.see(root=worst.kind))


_ROWS: tuple[Rule[ComparisonFacts], ...] = (
    Rule(
        "best",
        Severity.NOTE,
        _find_best,
        "{name} is the most accurate, right on {accuracy:.1%} of {images:,} images{tied}.",
    ),
    Rule(
        "cheapest",
        Severity.NOTE,
        _find_cheapest,
        "{name} {said}.",
    ),
    Rule(
        "disagreement",
        Severity.NOTE,
        _find_disagreement,
        "{first} and {second} disagree most: they predict different classes for {differ:,} of "
        "{images:,} images{where}.",
    ),
    Rule(
        "weak kind",
        Severity.WARNING,
        _find_weak_kind,
        "{name} is weak on {kind}: {rate:.1%} of {images:,} images, against {accuracy:.1%} of all.",
        "If that matters to you, compare the others on it.",
    ),
)

COMPARISON_RULES: dict[str, Rule[ComparisonFacts]] = {rule.name: rule for rule in _ROWS}
"""Every rule about a comparison, by its name; a new one is one more row."""

"""On which kind of thing each network is right least often, and whether by more than chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import count, join_words, list_some, quote, say_interval
from saliencnn.findings.comparison_facts import ComparisonFacts
from saliencnn.findings.finding import Found
from saliencnn.findings.kind_rates import MIN_OF_WEAK, WEAK
from saliencnn.measures.rates import LEVEL, differ_by_chance, difference_interval

NAMED = 3
"""Networks that a sentence names."""
RULE = "weak kind"
"""The rule that says it."""


@dataclass(frozen=True, eq=False)
class KindCounts:
    """How many images of each of K kinds of thing M networks are right on.

    Attributes:
        names: of the networks.
        kinds: names.
        images: int (K,).
        right: int (M, K).
        every: how many images there are, also of no kind.
        every_right: int (M,), on how many of those each network is right.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    images: np.ndarray
    right: np.ndarray
    every: int
    every_right: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Places of the kinds with images enough, and as many others to compare with."""
        fewer = np.minimum(self.images, self.every - self.images)
        return np.flatnonzero(fewer >= MIN_OF_WEAK)

    @property
    def comparisons(self) -> int:
        """How many differences are looked at together."""
        return len(self.names) * len(self.known)

    @property
    def rare(self) -> list[tuple[str, int]]:
        """Kinds of too few images, and how many these are, the fewest first."""
        order = np.argsort(self.images, kind="stable")
        return [(self.kinds[n], int(self.images[n])) for n in order if self.images[n] < MIN_OF_WEAK]


@dataclass(frozen=True)
class WeakKind:
    """The kind of thing on which a network is furthest below its accuracy on all other images.

    Attributes:
        network: place among the networks.
        name: of the network.
        kind: of thing.
        right: images of it on which the network is right.
        images: of how many.
        elsewhere: fraction of all other images on which it is right.
        low: of how much less that is, 95% for all networks and kinds together, lower end.
        high: likewise the upper end.
        chance: how likely chance alone sets both as far apart, among as many.
    """

    network: int
    name: str
    kind: str
    right: int
    images: int
    elsewhere: float
    low: float
    high: float
    chance: float

    @property
    def rate(self) -> float:
        """Fraction of the kind's images on which the network is right."""
        return self.right / self.images

    @property
    def certain(self) -> bool:
        """Whether it is clearly less, by more than chance."""
        by_chance = self.low <= 0 or self.chance > 1 - LEVEL
        return not by_chance and self.elsewhere - self.rate >= WEAK


def count_kinds(facts: ComparisonFacts) -> KindCounts:
    """Count on how many images of each kind of thing networks are right; the kinds are known."""
    kinds, places = np.unique(np.array(facts.kinds, str), return_inverse=True)
    of_images = places[facts.true]
    return KindCounts(
        facts.names,
        tuple(map(str, kinds)),
        np.bincount(of_images, minlength=len(kinds)),
        np.stack([np.bincount(of_images[own], minlength=len(kinds)) for own in facts.right]),
        len(facts.true),
        facts.right.sum(axis=1),
    )


def find_weak_kinds(counts: KindCounts) -> list[WeakKind]:
    """Return each network's weakest kind of thing; none where no kind has images enough.

    Where chance explains none, it is the one whose accuracy is furthest below that elsewhere.
    """
    found = []
    for network, name in enumerate(counts.names if len(counts.known) else ()):
        images, right = counts.images[counts.known], counts.right[network, counts.known]
        others = counts.every - images
        elsewhere = (counts.every_right[network] - right) / others
        low, high = difference_interval(
            elsewhere, right / images, others, counts.comparisons, images
        )
        chance = [
            counts.comparisons * differ_by_chance(*numbers)
            for numbers in zip(right / images, elsewhere, images, others, strict=True)
        ]
        columns = (right, images, elsewhere, low, high, np.array(chance))
        every = [
            WeakKind(network, name, counts.kinds[kind], *numbers)
            for kind, *numbers in zip(counts.known, *(own.tolist() for own in columns), strict=True)
        ]
        found.append(max(every, key=lambda one: (one.certain, one.elsewhere - one.rate)))
    return found


def find_weak_kind(facts: ComparisonFacts) -> Found | None:
    """Find which networks are weak on which kind of thing, or that none stands out."""
    if not facts.kinds:
        return None
    counts = count_kinds(facts)
    found = find_weak_kinds(counts)
    certain = [one for one in found if one.certain]
    if len(found) < 2 and not certain:
        return None
    worst = max(certain or found, key=lambda one: one.low)
    numbers = {
        "named": _say_certain(certain, len(found)),
        "left": _say_left(len(certain), len(found)),
        "worst": _say_worst(worst) if certain else "",
        "rare": say_rare(counts),
        "interval": _say_interval(worst) if certain else "",
        "together": counts.comparisons,
    }
    query = {"root": worst.kind, "tab": "classes", "rank": "do worst"}
    return Found(numbers, facts.see(**query, pin=facts.run_ids[worst.network]))


def say_rare(counts: KindCounts) -> str:
    """Say of which kinds of thing there are too few images, as a sentence; "" where of none."""
    told = [f"{quote(kind)} ({count(n, 'image', 'images')})" for kind, n in counts.rare]
    return f"Too few images to say: {list_some(told)}." if told else ""


def _say_certain(certain: Sequence[WeakKind], networks: int) -> str:
    """Say which networks are weak on what, or that nothing stands out."""
    if not certain:
        return "No kind of thing stands out as a weakness of any network alone"
    by_kind: dict[str, list[str]] = {}
    for one in certain:
        by_kind.setdefault(one.kind, []).append(one.name)
    told = []
    for kind, names in by_kind.items():
        every = len(names) == networks > 2
        who = f"All {networks} networks" if every else join_words(names, NAMED)
        told.append(f"{who} {'is' if len(names) == 1 else 'are'} weak on {quote(kind)}")
    return join_words(told)


def _say_left(certain: int, networks: int) -> str:
    """Say of how many networks nothing stands out, where something does of others."""
    if certain in (0, networks):
        return ""
    left = networks - certain
    who = f"the other {left}, each taken alone," if left > 1 else "the other one"
    return f"; of {who} no kind of thing stands out"


def _say_worst(one: WeakKind) -> str:
    """Say how weak a network is on its weakest kind of thing, as a clause."""
    return (
        f": {one.name} is right on {one.right:,} of {one.images:,} ({one.rate:.0%}), and on "
        f"{one.elsewhere:.0%} of all other images"
    )


def _say_interval(one: WeakKind) -> str:
    ends = say_interval(100 * one.low, 100 * one.high, 0)
    return f"That is {ends} percentage points less (95% interval). "

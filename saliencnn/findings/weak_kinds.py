"""On which kind of thing each network is right least often, and whether by more than chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import join_words, quote, say_interval
from saliencnn.findings.comparison_facts import ComparisonFacts
from saliencnn.findings.finding import Found
from saliencnn.findings.kind_counts import KindCounts, count_kinds, say_rare
from saliencnn.findings.kind_rates import WEAK
from saliencnn.findings.uneven_kinds import find_uneven_pair
from saliencnn.measures.rates import LEVEL, differ_by_chance, difference_interval

NAMED = 3
"""Networks that a sentence names."""
RULE = "weak kind"
"""The rule that says it."""


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
    counts = count_kinds(facts)
    found = find_weak_kinds(counts)
    certain = [one for one in found if one.certain]
    if not counts.kinds or (len(found) < 2 and not certain):
        return None
    worst = max(certain or found, key=lambda one: one.low)
    harder = _find_harder(counts, certain)
    left = len(counts.names) - len(certain)
    numbers = {
        "said": _say_gaps(counts, harder, certain, worst)
        if harder
        else _say_weak(certain, worst, len(found)),
        "others": _say_unsure(left) if harder and certain and left else "",
        "rare": say_rare(counts),
        "interval": _say_interval(worst) if certain else "",
        "together": counts.comparisons,
    }
    query = {"root": worst.kind, "tab": "classes", "rank": "do worst"}
    return Found(numbers, facts.see(**query, pin=facts.run_ids[worst.network]))


def _find_harder(counts: KindCounts, certain: Sequence[WeakKind]) -> str:
    """Return the kind that all find harder, if no network is known to be weak on another one."""
    pair = find_uneven_pair(counts)
    kind = counts.kinds[pair[0]] if pair else ""
    return kind if all(one.kind == kind for one in certain) else ""


def _say_gaps(counts: KindCounts, kind: str, certain: Sequence[WeakKind], worst: WeakKind) -> str:
    """Say of which networks it is sure that they find a kind harder that all find harder."""
    left = len(counts.names) - len(certain)
    if not certain:
        return (
            f"Taken one by one, no network's gap on {quote(kind)} is large enough to be sure of, "
            "beside all other images"
        )
    is_widest = len(certain) == 1 and worst.network == _find_widest(counts, kind)
    names = join_words([one.name for one in certain], NAMED) if left else "each network alone"
    who = "" if len(certain) == 1 else f"{worst.name} is "
    gap = f"The gap on {quote(kind)} is {'widest' if is_widest else 'sure'} for {names}"
    return f"{gap}: {who}right on {_count(worst)}"


def _say_unsure(networks: int) -> str:
    """Say of so many networks that what is sure of all together is not of each alone."""
    if networks == 1:
        return "The other network's gap alone is too small to be sure of. "
    return f"Each of the other {networks} networks' gaps alone is too small to be sure of. "


def _find_widest(counts: KindCounts, kind: str) -> int:
    """Return the network whose accuracy on a kind is furthest below that on all other images."""
    place = counts.kinds.index(kind)
    others = counts.every - counts.images[place]
    gaps = (counts.every_right - counts.right[:, place]) / others - counts.rates[:, place]
    return int(gaps.argmax())


def _say_weak(certain: Sequence[WeakKind], worst: WeakKind, networks: int) -> str:
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
    of_kind = f"images of {quote(worst.kind)}" if len(by_kind) > 1 else ""
    left, rest = networks - len(certain), ""
    if left:
        who = f"the other {left}, each taken alone," if left > 1 else "the other one"
        rest = f"; of {who} no kind of thing stands out"
    return f"{join_words(told)}: {worst.name} is right on {_count(worst, of_kind)}{rest}"


def _count(one: WeakKind, of_kind: str = "") -> str:
    """Say on how many images of its weakest kind a network is right, and how often elsewhere."""
    images = f"{one.images:,} {of_kind}".strip()
    return f"{one.right:,} of {images} ({one.rate:.0%}), on {one.elsewhere:.0%} of all other images"


def _say_interval(one: WeakKind) -> str:
    ends = say_interval(100 * one.low, 100 * one.high, 0)
    return f"That is {ends} percentage points less (95% interval). "

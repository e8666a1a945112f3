"""How often something happens on the images of each kind of thing: birds, dogs, vehicles."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.common.sentences import count_of, quote
from saliencnn.measures.rates import difference_interval, wilson_interval

MIN_OF_WEAK = 30
"""Images of a kind, of fewer of which nobody is told that a network is weak on it."""
WEAK = 0.05
"""Accuracy below that of all images from which on a kind of thing is weak."""


@dataclass(frozen=True)
class KindRate:
    """How often something happens on images of a kind of thing.

    Attributes:
        rate: fraction of them.
        kind: its name.
        images: how many there are.
        low: of the rate's 95% interval, over all kinds together.
        high: likewise.
    """

    rate: float
    kind: str
    images: int
    low: float
    high: float

    @property
    def counted(self) -> str:
        """How often it happens, in words."""
        return count_of(round(self.rate * self.images), self.images)

    @property
    def interval(self) -> str:
        """The interval of that percentage, in words."""
        return f"95% interval {self.low:.1%} to {self.high:.1%}"


def rates_by_kind(
    kinds: Sequence[str], true: np.ndarray, happens: np.ndarray, least: int = MIN_IMAGES
) -> list[KindRate]:
    """Return how often something happens on each kind of thing with images enough.

    Args:
        kinds: of each class; "" where it is of none.
        true: int (N,), the images' classes.
        happens: bool (N,).
        least: images that are enough.
    """
    of_images = np.array(kinds)[true]
    names, counts = np.unique(of_images, return_counts=True)
    enough = [(name, int(n)) for name, n in zip(names, counts, strict=True) if name and n >= least]
    found = []
    for name, images in enough:
        rate = float(happens[of_images == name].mean())
        low, high = wilson_interval(np.array(rate), np.array(images), len(enough))
        found.append(KindRate(rate, str(name), images, float(low), float(high)))
    return found


def weakest(kinds: Sequence[str], true: np.ndarray, right: np.ndarray) -> KindRate | None:
    """Return the kind on which a network is right least often, if beyond chance below all images.

    Args:
        kinds: of each class.
        true: int (N,), the images' classes.
        right: bool (N,), which images it is right on.
    """
    accuracy = right.mean()
    least, _ = wilson_interval(accuracy, np.array(len(right)))
    found = [
        one
        for one in rates_by_kind(kinds, true, right, MIN_OF_WEAK)
        if one.high < least and one.rate <= accuracy - WEAK
    ]
    return min(found, key=lambda one: (one.rate, one.kind), default=None)


def lowest(kinds: Sequence[str], true: np.ndarray, right: np.ndarray) -> list[KindRate]:
    """Return the kinds on which a network is right least often, all that tie; none if never wrong.

    Args:
        kinds: of each class.
        true: int (N,), the images' classes.
        right: bool (N,), which images it is right on.
    """
    rates = rates_by_kind(kinds, true, right)
    least = min((one.rate for one in rates), default=1.0)
    return [one for one in rates if one.rate == least < 1]


def say_where_most(rates: Sequence[KindRate]) -> tuple[str, str]:
    """Say on which kind of thing something happens more often, by more than chance, or that not.

    Args:
        rates: of each kind.

    Returns:
        That as part of a sentence, and a sentence with the counts; "" of fewer than two kinds.
    """
    known = sorted((one for one in rates if one.images >= MIN_OF_WEAK), key=lambda one: one.rate)
    if len(known) < 2:
        return "", ""
    pairs = [*combinations(known, 2)]
    low, high, of_low, of_high = (
        np.array([getattr(pair[n], name) for pair in pairs])
        for name in ("rate", "images")
        for n in (0, 1)
    )
    least, _ = difference_interval(high, low, of_high, len(pairs), of_low)
    fewer, more = pairs[int(least.argmax())]
    first, second = quote(more.kind), quote(fewer.kind)
    counts = "; ".join(f"on {quote(one.kind)}, {one.counted}" for one in (more, fewer))
    told = f" {counts[0].upper()}{counts[1:]}."
    if least.max() > 0:
        return f", more often on {first} than on {second}", told
    return f", as far as can be told as often on {first} as on {second}", told

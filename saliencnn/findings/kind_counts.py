"""On how many images of each kind of thing each of several networks is right."""

from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import count, list_some, quote
from saliencnn.findings.comparison_facts import ComparisonFacts
from saliencnn.findings.kind_rates import MIN_OF_WEAK


@dataclass(frozen=True, eq=False)
class KindCounts:
    """How many images of each of K kinds of thing M networks are right on.

    Attributes:
        names: of the networks.
        kinds: names of those that have images.
        images: int (K,), at least 1.
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
    def rates(self) -> np.ndarray:
        """Fraction of each kind's images on which each network is right, (M, K)."""
        return np.asarray(self.right / self.images)

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


def count_kinds(facts: ComparisonFacts) -> KindCounts:
    """Count on how many images of each kind of thing networks are right; none of unknown kinds."""
    of_images = np.array(facts.kinds or ("",), str)[facts.true if facts.kinds else 0 * facts.true]
    kinds, places = np.unique(of_images, return_inverse=True)
    named = kinds != ""
    right = [np.bincount(places, own, len(kinds))[named].astype(int) for own in facts.right]
    return KindCounts(
        facts.names,
        tuple(map(str, kinds[named])),
        np.bincount(places, minlength=len(kinds))[named],
        np.stack(right),
        len(facts.true),
        facts.right.sum(axis=1),
    )


def say_rare(counts: KindCounts) -> str:
    """Say of which kinds of thing there are too few images, as a sentence; "" where of none."""
    told = [f"{quote(kind)} ({count(n, 'image', 'images')})" for kind, n in counts.rare]
    return f"Too few images to say: {list_some(told)}." if told else ""

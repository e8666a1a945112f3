"""What is known of networks that were evaluated on the same images, as the rules need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from saliencnn.findings.finding import Evidence
from saliencnn.findings.kind_rates import KindRate, rates_by_kind
from saliencnn.measures.rates import level_of_each, mcnemar


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
        warnings: of each network, what its training run is warned of in a few words, and that
            run's id; empty where nothing is known.
        parameters: (M,); NaN where unknown.
        seconds: (M,), that an image took when the network was evaluated; NaN where unknown.
        left_out: id of an evaluation of the same images that is not among these -> the verdict on
            its network, for which it is left out.
        groups: narrower kinds of thing -> their classes; empty where none are known.
    """

    run_ids: tuple[str, ...]
    names: tuple[str, ...]
    multiply_adds: np.ndarray
    true: np.ndarray
    predicted: np.ndarray
    kinds: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    parameters: np.ndarray = field(default_factory=lambda: np.empty(0))
    seconds: np.ndarray = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        """Take costs that nobody gave for unknown."""
        for name in ("parameters", "seconds"):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, np.full(len(self.names), np.nan))

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

        By McNemar's exact test (1947) of the images that only one of two gets right, at 5% for
        all pairs together: which network comes first is chance, too.
        """
        networks = len(self.names)
        chance = 1 - level_of_each(max(networks * (networks - 1) // 2, 1))
        return tuple(
            n for n in range(1, networks) if _chance(self.right[0], self.right[n]) > chance
        )

    def rates_by_kind(self, happens: np.ndarray) -> list[KindRate]:
        """Return how often something, bool (N,), happens on each kind of thing."""
        return rates_by_kind(self.kinds, self.true, happens) if self.kinds else []

    def name_with_accuracy(self, place: int) -> str:
        """Return a network's name and its accuracy."""
        return f"{self.names[place]} ({self.accuracy[place]:.1%})"

    def see(self, **query: str | tuple[str, ...]) -> Evidence:
        """Return the page that compares them."""
        return Evidence("compare", query)


def _chance(one: np.ndarray, other: np.ndarray) -> float:
    """Return how likely chance sets two networks as far apart, either way, from what is right."""
    return min(1.0, 2 * min(mcnemar(one, other), mcnemar(other, one)))

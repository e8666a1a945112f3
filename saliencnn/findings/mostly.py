"""Whether most of some maps lie on the object or beside it, by more than chance, and of whom."""

from dataclasses import dataclass

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.common.sentences import join_words, quote
from saliencnn.findings.focus_words import Place
from saliencnn.measures.focus import INSIDE
from saliencnn.measures.rates import wilson_interval

MAX_NAMED = 3
"""Classes that a sentence names."""
LONGEST_NAME = 40
"""Characters of each of them there."""


@dataclass(frozen=True)
class Beside:
    """A class of which at most half of the maps lie on the object.

    Attributes:
        target: the class.
        beside: images of which most of the map lies beside the object.
        known: images of the class whose focus is known.
    """

    target: int
    beside: int
    known: int

    @property
    def certain(self) -> bool:
        """Whether that is more than chance explains."""
        return are_most(self.beside, self.known)


def are_most(part: float, images: int) -> bool:
    """Whether more than half of all such images would be like a part of those, beyond chance."""
    low, _ = wilson_interval(np.array(part / images), np.array(images))
    return bool(low > 0.5)


def count_mostly(focus: np.ndarray, inside: bool) -> dict[str, float] | None:
    """Count the maps that lie mostly inside the object, or outside; None unless most do."""
    known = focus[np.isfinite(focus)]
    if len(known) < MIN_IMAGES:
        return None
    most = int(((known >= INSIDE) == inside).sum())
    if not are_most(most, len(known)):
        return None
    return {"count": most, "known": len(known), "focus": float(known.mean())}


def list_beside(focus: np.ndarray, true: np.ndarray, classes: int) -> list[Beside]:
    """Return the classes of which at most half of the maps lie on the object, the worst first.

    Args:
        focus: float (N,), of each image's map; NaN where unknown.
        true: int (N,), the images' classes.
        classes: how many there are; those of too few images are left out.
    """
    seen = np.isfinite(focus)
    known = np.bincount(true[seen], minlength=classes)
    beside = np.bincount(true[seen & (focus < INSIDE)], minlength=classes)
    weak = np.flatnonzero((known >= MIN_IMAGES) & (2 * beside >= known))
    ranked = sorted(weak, key=lambda target: -beside[target] / known[target])
    return [Beside(int(one), int(beside[one]), int(known[one])) for one in ranked]


def name_beside(some: list[Beside], classes: tuple[str, ...], place: Place) -> str:
    """Say of how many images of which classes the map lies beside, at least one class."""
    told = [
        f"{one.beside:,} of {one.known:,} images of {quote(classes[one.target], LONGEST_NAME)}"
        for one in some
    ]
    return f"beside {place.words['it']} in {join_words(told, MAX_NAMED)}"

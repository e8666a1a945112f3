"""Whether most of some maps lie on the object or beside it, by more than chance, and of whom."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.common.sentences import join_words, quote
from saliencnn.findings.focus_words import Place
from saliencnn.measures.focus import INSIDE
from saliencnn.measures.rates import wilson_interval

MAX_NAMED = 3
"""Classes that a sentence names."""
PERHAPS = ", perhaps also in "
"""Stands before the classes of which chance may be the reason, where it is certain of others."""
LONGEST_NAME = 40
"""Characters of each of them there."""


@dataclass(frozen=True)
class Beside:
    """A class of which at most half of the maps lie on the object.

    Attributes:
        target: the class.
        beside: images of which most of the map lies beside the object.
        known: images of the class whose focus is known.
        certain: whether that is more than chance explains in any of the classes that were judged.
    """

    target: int
    beside: int
    known: int
    certain: bool


def are_most(part: float, images: int, comparisons: int = 1) -> bool:
    """Whether more than half of all such images would be like a part of those, beyond chance.

    Args:
        part: how many are.
        images: of how many, at least 1.
        comparisons: groups of images of which the same is asked, see ``wilson_interval``.
    """
    low, _ = wilson_interval(np.array(part / images), np.array(images), comparisons)
    return bool(low > 0.5)


def count_mostly(focus: np.ndarray, inside: bool) -> dict[str, float] | None:
    """Count the maps that lie mostly inside the object, or outside; None unless most do."""
    known = focus[np.isfinite(focus)]
    most = int(((known >= INSIDE) == inside).sum())
    if len(known) < MIN_IMAGES or not are_most(most, len(known)):
        return None
    return {"count": most, "known": len(known), "focus": float(known.mean())}


def list_beside(focus: np.ndarray, true: np.ndarray, classes: int) -> list[Beside]:
    """Return the classes of which at most half of the maps lie on the object.

    Those of which it is certain come first, then the worst.

    Args:
        focus: float (N,), of each image's map; NaN where unknown.
        true: int (N,), the images' classes.
        classes: how many there are; those of too few images are left out.
    """
    seen = np.isfinite(focus)
    known = np.bincount(true[seen], minlength=classes)
    beside = np.bincount(true[seen & (focus < INSIDE)], minlength=classes)
    judged = known >= MIN_IMAGES
    weak = np.flatnonzero(judged & (2 * beside >= known)).tolist()
    found = [
        Beside(one, off, of, are_most(off, of, int(judged.sum())))
        for one, off, of in zip(weak, beside[weak].tolist(), known[weak].tolist(), strict=True)
    ]
    return sorted(found, key=lambda one: (not one.certain, -one.beside / one.known))


def name_beside(some: Sequence[Beside], classes: Sequence[str], place: Place) -> str:
    """Say of how many images of which classes the map lies beside, at least one class.

    Where it is certain of some, that of the others may be chance, which is said.
    """
    certain = [one for one in some if one.certain]
    others = [one for one in some if not one.certain]
    told = f"beside {place.words['it']} in "
    if not certain:
        return told + _count_beside(others, classes, MAX_NAMED)
    told += _count_beside(certain, classes, MAX_NAMED)
    room = max(1, MAX_NAMED - len(certain))
    return f"{told}{PERHAPS}{_count_beside(others, classes, room)}" if others else told


def name_certain(some: Sequence[Beside], classes: Sequence[str]) -> str:
    """Name the classes of which it is certain; "" of none."""
    names = [quote(classes[one.target], LONGEST_NAME) for one in some if one.certain]
    return join_words(names, MAX_NAMED) if names else ""


def _count_beside(some: Sequence[Beside], classes: Sequence[str], most: int) -> str:
    told = [
        f"{one.beside:,} of {one.known:,} images of {quote(classes[one.target], LONGEST_NAME)}"
        for one in some
    ]
    return join_words(told, most)

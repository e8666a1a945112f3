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
        pointed: images of the class whose map's brightest spot lies on the object, of how many;
            of none where that is not known.
        is_wide: whether more of them do so than chance explains: the map covers more than the
            object, but the network does not look beside it.
    """

    target: int
    beside: int
    known: int
    certain: bool
    pointed: tuple[int, int] = (0, 0)
    is_wide: bool = False


def are_most(part: float, images: int, comparisons: int = 1, than: float = 0.5) -> bool:
    """Whether more than half of all such images would be like a part of those, beyond chance.

    Args:
        part: how many are.
        images: of how many, at least 1.
        comparisons: groups of images of which the same is asked, see ``wilson_interval``.
        than: another fraction than half.
    """
    low, _ = wilson_interval(np.array(part / images), np.array(images), comparisons)
    return bool(low > than)


def count_mostly(focus: np.ndarray, inside: bool) -> dict[str, float] | None:
    """Count the maps that lie mostly inside the object, or outside; None unless most do."""
    known = focus[np.isfinite(focus)]
    most = int(((known >= INSIDE) == inside).sum())
    if len(known) < MIN_IMAGES or not are_most(most, len(known)):
        return None
    return {"count": most, "known": len(known), "focus": float(known.mean())}


def points_at_most(pointing: np.ndarray, comparisons: int = 1, chance: float = 0) -> bool:
    """Whether the brightest spots of most maps lie on the object, beyond chance.

    Args:
        pointing: float (N,), 1 for each map whose spot does, else 0; NaN where unknown.
        comparisons: see ``are_most``.
        chance: fraction of the image that the object's box covers, which any spot may lie in.
    """
    known = pointing[np.isfinite(pointing)]
    than = max(0.5, chance)
    return len(known) >= MIN_IMAGES and are_most(known.sum(), len(known), comparisons, than)


def are_wide(focus: np.ndarray, pointing: np.ndarray, box_area: float | None) -> bool:
    """Whether most of most maps lies around the object, though they point at it.

    Args:
        focus: float (N,), of each map; NaN where unknown.
        pointing: see ``points_at_most``, of these maps or of those of which it is known.
        box_area: see ``focus_words.Place``.
    """
    beside = count_mostly(focus, inside=False) is not None
    return beside and points_at_most(pointing, chance=box_area or 0)


def list_beside(
    focus: np.ndarray,
    true: np.ndarray,
    classes: int,
    pointing: np.ndarray | None = None,
    chance: float = 0,
) -> list[Beside]:
    """Return the classes of which at most half of the maps lie on the object.

    Those of which it is certain come first, then the worst.

    Args:
        focus: float (N,), of each image's map; NaN where unknown.
        true: int (N,), the images' classes.
        classes: how many there are; those of too few images are left out.
        pointing: float (N,), see ``points_at_most``; None where it is not known of any.
        chance: likewise.
    """
    seen = np.isfinite(focus)
    known = np.bincount(true[seen], minlength=classes)
    beside = np.bincount(true[seen & (focus < INSIDE)], minlength=classes)
    judged = known >= MIN_IMAGES
    weak = np.flatnonzero(judged & (2 * beside >= known)).tolist()
    comparisons, points = int(judged.sum()), np.full(len(true), np.nan)
    if pointing is not None:
        points = pointing

    def judge(target: int) -> Beside:
        off, of, own = int(beside[target]), int(known[target]), points[true == target]
        pointed = int(np.nansum(own)), int(np.isfinite(own).sum())
        certain, wide = are_most(off, of, comparisons), points_at_most(own, comparisons, chance)
        return Beside(target, off, of, certain, pointed, wide)

    return sorted(map(judge, weak), key=lambda one: (not one.certain, -one.beside / one.known))


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


def name_wide(some: Sequence[Beside], classes: Sequence[str], place: Place) -> str:
    """Say of which classes, at least one, the maps cover more than the object, as a clause."""
    names = join_words([quote(classes[one.target], LONGEST_NAME) for one in some], MAX_NAMED)
    pointed, known = np.sum([one.pointed for one in some], axis=0).tolist()
    return (
        f"in {names} most of it lies around {place.words['object']}, its brightest spot "
        f"{place.words['on']} in {pointed:,} of {known:,} images"
    )


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

"""Focus in words: where maps should lie, on how many images they do, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.terms import say_on_object
from saliencnn.findings.method_groups import OF_METHOD
from saliencnn.findings.methods import FOCUS_METHOD, Advice
from saliencnn.saliency.methods import METHODS

FOCUS_STEP = 0.05
"""Of mean focus, the least change or difference that is told."""
FOCUS_LABEL = METHODS[FOCUS_METHOD].label
AT_NO_EPOCH = 0
BOX_MARGIN = 0.2
"""Above the fraction that boxes fill, focus from which on maps lie inside them for a reason."""


@dataclass(frozen=True)
class Place:
    """Where the maps of images should lie, in words: on the object, or inside its box.

    A map inside a box may lie beside the object all the same; one outside cannot lie on it.

    Attributes:
        box_area: mean fraction of the image that the objects' boxes fill; None where the objects'
            exact pixels are known.
    """

    box_area: float | None = None

    @property
    def words(self) -> dict[str, str]:
        """The words that a rule's sentence takes up."""
        if self.box_area is None:
            told = {"at": "at the object", "on": "on it", "it": "it", "inside": "on the object"}
            return {**told, "object": "the object"}
        at = say_on_object(True)
        told = {"at": at, "on": "inside it", "it": "its box", "inside": at}
        return {**told, "object": "the object's box"}

    def describe_chance(self, focus: float, method: str = FOCUS_LABEL) -> str:
        """Say that mean focus of a method is little above that of any map; "" where it is not."""
        box = self.describe_box(focus)
        return (
            f"{focus:.0%} of a {method} map lies {say_on_object(True)}, which {box}" if box else ""
        )

    def name_chance(self) -> str:
        """Say how much of an image boxes cover, as a clause; "" of objects."""
        return "" if self.box_area is None else f"while boxes cover {self.box_area:.0%} of an image"

    def compare_with_chance(self, focus: float) -> str:
        """Say how much of a map lies inside boxes, and how much these cover; "" of objects."""
        if self.box_area is None:
            return ""
        return (
            f" On average {focus:.0%} of a map lies inside, while boxes cover "
            f"{self.box_area:.0%} of an image."
        )

    def describe_box(self, focus: float) -> str:
        """Say how large the boxes are where mean focus is little above that; "" where it is not."""
        if self.box_area is None or focus - self.box_area >= BOX_MARGIN:
            return ""
        better = "little" if focus - self.box_area >= FOCUS_STEP else "no"
        return f"covers {self.box_area:.0%} of the image: {better} better than chance"


def begin_looking(subject: str, checked: bool, doubted: bool, method: str = FOCUS_LABEL) -> str:
    """Return how a sentence on where a network looks begins: maps may prove little.

    Args:
        subject: of the sentence, as it begins where the maps have been checked.
        checked: whether they have.
        doubted: whether the checks advise not to rely on them.
        method: whose maps they are.
    """
    if checked and not doubted:
        return subject
    return f"{_limit_to_maps(doubted, method)} {subject[:1].lower()}{subject[1:]}"


def _limit_to_maps(doubted: bool, method: str) -> str:
    """Say by what is judged where maps were not checked, or failed; ends with a comma."""
    if doubted:
        return f"Judging by its {method} maps, {OF_METHOD[Advice.DO_NOT]},"
    return "Judging by its unchecked maps,"


def name_images(known: int, images: int) -> str:
    """Say which images a statement about focus is of, e.g. ``240 validation images``.

    Args:
        known: images whose focus is known.
        images: all of them.
    """
    which = "" if known == images else " whose focus is known"
    return f"{known:,} validation images{which}"


def find_step(focus: np.ndarray) -> int | None:
    """Return after which epoch's place mean focus changed most, None where it hardly did.

    Args:
        focus: float (E,), epoch by epoch; NaN where unknown.
    """
    steps = np.abs(np.diff(focus))
    if not np.isfinite(steps).any() or np.nanmax(steps) < FOCUS_STEP:
        return None
    return int(np.nanargmax(steps))


def find_arrival(
    inside: np.ndarray, epochs: Sequence[int], focus: float, place: Place
) -> int | None:
    """Return the epoch from which on, to the last one, most maps lie where they should.

    Args:
        inside: fraction of the maps that lie mostly there, epoch by epoch, float (E,); NaN where
            unknown.
        epochs: E, ascending.
        focus: mean of the last epoch's maps; NaN where too few are known.
        place: where they should lie.

    Returns:
        The epoch; ``AT_NO_EPOCH`` where they do at none, None where neither can be said.
    """
    if not len(epochs) or not np.isfinite(inside[-1]) or not np.isfinite(focus):
        return None
    if place.describe_chance(focus):
        return None
    most = inside > 0.5
    if not most.any():
        return AT_NO_EPOCH
    others = np.flatnonzero(~most)
    first = others[-1] + 1 if len(others) else 0
    return None if first == len(epochs) else int(epochs[first])


def name_arrival(arrival: int) -> str:
    """Say when, as ``find_arrival`` returns it."""
    return "at no epoch" if arrival == AT_NO_EPOCH else f"from epoch {arrival} on"


def describe_arrival(arrival: int | None, place: Place, whose: str, of_all: str = "") -> str:
    """Say from which epoch on most maps lie where they should, or that none do.

    Args:
        arrival: see ``find_arrival``; of None nothing is said.
        place: where they should lie.
        whose: images these are, e.g. ``the images``.
        of_all: the same of all classes' images as a clause, where these are of one class.
    """
    if arrival is None:
        return ""
    over = of_all and f"; {of_all}"
    if arrival == AT_NO_EPOCH:
        return f"At no epoch does it look {place.words['at']} in more than half of {whose}{over}."
    return (
        f"From epoch {arrival} on, most of the map lies {place.words['inside']} in more than half "
        f"of {whose}{over}."
    )

"""Where networks look in missed images and in correct ones, as far as enough maps tell."""

from dataclasses import dataclass

import numpy as np

from saliencnn.findings.confusion_places import Looks
from saliencnn.findings.focus_words import Place
from saliencnn.measures.focus import INSIDE
from saliencnn.measures.groups import MIN_GROUP


@dataclass(frozen=True)
class Looked:
    """Where the network looks in missed images.

    Attributes:
        where: as far as enough of them tell.
        words: with its numbers, as a clause.
        inside: where the maps should lie.
    """

    where: Looks
    words: str
    inside: str


def locate(focus: np.ndarray, correct: np.ndarray, place: Place, of: str = "the map") -> Looked:
    """Say where maps of missed images lie, and those of correct ones.

    Args:
        focus: float (N,), of each map; NaN where unknown.
        correct: bool (N,).
        place: where maps should lie.
        of: what lies there, by whose method.
    """
    inside = place.words["inside"]
    sides = [focus[np.isfinite(focus) & own] for own in (~correct, correct)]
    if not any(map(len, sides)):
        return Looked(
            Looks.UNKNOWN,
            "whether it looks at the object in them is not known: no image has a box or a mask",
            inside,
        )
    if min(map(len, sides)) < MIN_GROUP:
        return Looked(Looks.UNKNOWN, "whether it looks at the object in them is not known", inside)
    missed, right = (float(side.mean()) for side in sides)
    words = (
        f"{missed:.0%} of {of} lies {inside} where wrong ({len(sides[0])} maps), "
        f"{right:.0%} where right ({len(sides[1])})"
    )
    if box := place.describe_box(missed):
        return Looked(Looks.UNKNOWN, f"{words}, but the box {box}", inside)
    where = Looks.ON_OBJECT if missed >= INSIDE else Looks.BESIDE
    chance = place.name_chance()
    return Looked(where, f"{words}, {chance}" if chance else words, inside)

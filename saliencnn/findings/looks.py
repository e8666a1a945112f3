"""Where a network looks in images that it gets wrong, beside those that it gets right."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from saliencnn.common.sentences import count, say_interval
from saliencnn.findings.errors_answer import WIDEST_PLACE
from saliencnn.findings.focus_words import BOX_MARGIN, FOCUS_STEP, Place
from saliencnn.measures.focus import INSIDE
from saliencnn.measures.groups import MIN_GROUP, Estimate, difference, mean_interval


class Looks(Enum):
    """Where the maps of wrong images show that a network looks."""

    BESIDE = "beside the object"
    LESS = "at the object less than where it is right"
    AS_LITTLE = "beside the object, and as little at it where it is right"
    ON_OBJECT = "clearly at the object, and as much as where it is right"
    AS_MUCH = "as much at the object as where it is right, which chance may do"
    FEW = "too few images tell whether less at the object than where it is right"
    UNKNOWN = "not known"


DOES: Mapping[Looks, str] = {
    Looks.BESIDE: "it looks beside the object then",
    Looks.LESS: "it looks less {at} then",
    Looks.AS_LITTLE: "it looks as little {at} then as when it is right",
    Looks.ON_OBJECT: "it looks {at} then {as_much} when it is right",
    Looks.AS_MUCH: "it looks {no} less {at} then",
    Looks.FEW: "{few} tell whether it looks less {at} then",
}
"""What the network does in wrong images, as a clause."""
MEANS: Mapping[Looks, str] = {
    Looks.BESIDE: "most likely what surrounds the object counts",
    Looks.LESS: "what surrounds the object may count",
    Looks.AS_LITTLE: "that alone explains no mistake",
    Looks.ON_OBJECT: "most likely the classes look alike to it",
    Looks.AS_MUCH: "perhaps the classes look alike to it",
    Looks.FEW: "perhaps the classes look alike to it",
}
"""What that says of two classes that are confused, as a clause."""
PERHAPS = (Looks.AS_MUCH, Looks.FEW)
"""What leaves open why two classes are confused."""


SAID_MAP = "the {method} map of the class it says"
"""What explains a mistake: what spoke for the wrong class, not what would for the right one."""
REASON = "where it looks is the reason for the mistakes"

FEWEST_ALIKE = 10
"""Wrong images from which on they may show that nothing differs: intervals of fewer are too narrow,
and a few of one class would tell what more of two classes cannot."""


@dataclass(frozen=True)
class Looked:
    """Where a network looks in wrong images.

    Attributes:
        where: as far as the images tell.
        place: where maps should lie.
        wrong: mean fraction of a wrong image's map that lies there; NaN where unknown.
        right: likewise of the right images.
        shift: by how much more of a wrong image's map lies there.
    """

    where: Looks
    place: Place
    wrong: float
    right: float
    shift: Estimate

    def limit(self, doubted: bool, explained: bool) -> "Looked":
        """Return it as far as its maps tell.

        Args:
            doubted: whether they fail the checks: then they show nothing.
            explained: whether guidance or a shortcut explains maps on the object, which then prove
                nothing.
        """
        unknown = doubted or (explained and self.where is not Looks.BESIDE)
        return replace(self, where=Looks.UNKNOWN) if unknown else self

    @property
    def does(self) -> str:
        """What the network does then, as a clause; "" where that is not known."""
        as_much = "no less than" if self.shift.value >= FOCUS_STEP else "as much as"
        less = self.shift.excludes(0) and round(100 * self.shift.value) < 0
        no = "hardly" if less else "no"
        words = {"few": self.few, "as_much": as_much, "no": no, **self.place.words}
        return DOES.get(self.where, "").format(**words)

    @property
    def few(self) -> str:
        """Of which side how few images are known, as the start of what these cannot tell."""
        sides = (self.shift.failed, "wrong"), (self.shift.correct, "right")
        images, which = min(sides)
        cannot = count(images, f"{which} image cannot", f"{which} images cannot")
        return cannot if images else f"no {which} image can"

    @property
    def means(self) -> str:
        """What that says of two classes that are confused; "" where nothing."""
        return MEANS.get(self.where, "")

    @property
    def explains(self) -> bool | None:
        """Whether where it looks may be why images are missed; None where that cannot be said.

        In boxes in which any map would lie as much, maps do not tell where it looks.
        """
        if self.where in (Looks.BESIDE, Looks.LESS):
            return True
        unsure = self.where is Looks.AS_MUCH and self.place.describe_box(self.wrong)
        return None if self.where in (Looks.FEW, Looks.UNKNOWN) or unsure else False

    @property
    def reason(self) -> str:
        """Whether where it looks is why images are missed, as a clause."""
        if self.explains:
            return REASON.replace("is the", "may be the")
        if self.explains is False:
            return REASON.replace("is the", "is not the")
        images, which = min((self.shift.failed, "missed"), (self.shift.correct, "right"))
        are = count(images, f"{which} image is", f"{which} images are")
        few = self.where is Looks.FEW or 0 < images < MIN_GROUP
        return f"{f'{are} too few to say' if few else 'the maps do not tell'} whether {REASON}"

    def describe_sides(self, of: str) -> str:
        """Say how much of the maps of missed and of correct images lies where it should.

        Args:
            of: what lies there, by whose method.

        Returns:
            A clause; "" where none of either is known.
        """
        missed, right = self.shift.failed, self.shift.correct
        if not min(missed, right):
            return ""
        chance = self.place.box_area
        boxes = "" if chance is None else f"; boxes cover {chance:.0%} of an image"
        images, ones = "image" if missed == 1 else "images", "one" if right == 1 else "ones"
        return (
            f"{self.wrong:.0%} of {of} lies {self.place.words['inside']} in {missed} missed "
            f"{images}, {self.right:.0%} in {right} right {ones}{boxes}"
        )

    def compare(self, of: str = "the map") -> str:
        """Say how much of the maps lies where it should, in wrong and in right images, as a clause.

        Args:
            of: what lies there, by whose method.
        """
        if not self.shift.failed:
            return "whether it looks at the object in them is not known"
        lies = f"{self.wrong:.0%} of {of} lies {self.place.words['inside']}"
        told = [f"{lies} where wrong ({self.shift.failed} images)"]
        if self.shift.correct:
            told.append(f"{self.right:.0%} where right ({self.shift.correct})")
        return ", ".join(filter(None, [*told, self.place.name_chance()]))

    def bound(self) -> str:
        """Say between which ends the difference lies, as a sentence; "" of too few images."""
        if not self.shift.enough:
            return ""
        ends = say_interval(100 * self.shift.low, 100 * self.shift.high, 0)
        return f" The difference is {ends} percentage points (95% interval)."


def count_questions(true: np.ndarray, predicted: np.ndarray) -> int:
    """Return of how many classes a person can ask why they are missed: each may err by chance.

    Args:
        true: int (N,), the class of each image.
        predicted: int (N,), what it is taken for.
    """
    right = true == predicted
    classes = int(true.max(initial=0)) + 1
    sides = [np.bincount(true[own], minlength=classes) for own in (~right, right)]
    return max(1, int((np.minimum(*sides) >= MIN_GROUP).sum()))


def judge_looks(
    focus: np.ndarray, correct: np.ndarray, place: Place, comparisons: int = 1
) -> Looked:
    """Judge where a network looks in wrong images, from their maps and those of right images.

    It looks at the object less only by ``FOCUS_STEP`` or more, and where the whole interval says
    so; as much only where the images exclude that it looks there much less, see ``WIDEST_PLACE``:
    that is one claim, whose 95% interval is that of the focus alone.
    What lies beside the object explains no mistake where the right images' maps lie there, too;
    where hardly an image is right, nothing contradicts it. That it is the object, and not what any
    map would cover, is clear from exact masks, and from boxes that are much smaller than what lies
    inside them.

    Args:
        focus: float (N,), of each map; NaN where unknown.
        correct: bool (N,).
        place: where maps should lie.
        comparisons: see ``saliencnn.measures.groups.separability``.
    """
    wrong, right = (focus[np.isfinite(focus) & own] for own in (~correct, correct))
    mean, of_right = (float(own.mean()) if len(own) else np.nan for own in (wrong, right))
    shift = difference(focus, correct, comparisons)

    def judge() -> Looks:
        if len(wrong) < MIN_GROUP:
            return Looks.UNKNOWN
        low, high = mean_interval(wrong, comparisons)
        beside, few = high < INSIDE, len(right) < MIN_GROUP
        less = shift.excludes(0) and shift.value <= -FOCUS_STEP
        if beside and (less or few):
            return Looks.BESIDE
        if place.box_area is not None and place.box_area > 1 - BOX_MARGIN:
            return Looks.UNKNOWN
        if less:
            return Looks.LESS
        if few or difference(focus, correct).low < -WIDEST_PLACE:
            return Looks.FEW
        if beside:
            return Looks.AS_LITTLE
        if len(wrong) < FEWEST_ALIKE:
            return Looks.FEW
        chance = max(INSIDE, place.box_area or 0)
        clear = low >= chance and not place.describe_box(mean)
        return Looks.ON_OBJECT if clear else Looks.AS_MUCH

    return Looked(judge(), place, mean, of_right, shift)

"""Where a network looks in images that it gets wrong, beside those that it gets right."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from saliencnn.common.sentences import count, say_interval
from saliencnn.findings.errors_answer import WIDEST_PLACE
from saliencnn.findings.focus_words import FOCUS_STEP, Place
from saliencnn.findings.sides import Sides
from saliencnn.measures.focus import INSIDE
from saliencnn.measures.groups import MIN_GROUP, Estimate


class Looks(Enum):
    """Where the maps of wrong images show that a network looks."""

    BESIDE = "beside the object"
    LESS = "at the object less than where it is right"
    AS_LITTLE = "beside the object, and as little at it where it is right"
    ON_OBJECT = "clearly at the object, and as much as where it is right"
    AS_MUCH = "as much at the object as where it is right, which chance may do"
    FEW = "too few images tell whether less at the object than where it is right"
    UNKNOWN = "not known"


ALIKE = "the classes may look alike to it"
MEANS: Mapping[Looks, str] = {
    Looks.BESIDE: "most likely what surrounds the object counts",
    Looks.LESS: "what surrounds the object may count",
    Looks.AS_LITTLE: "that alone explains no mistake",
    Looks.ON_OBJECT: ALIKE,
    Looks.AS_MUCH: ALIKE,
    Looks.FEW: ALIKE,
}
"""What that says of two classes that are confused, as a clause."""
SAID_MAP = "the {method} map of the class it says"
"""What explains a mistake: what spoke for the wrong class, not what would for the right one."""
UNTOLD = "The maps do not tell whether where it looks is the reason for the mistakes."


@dataclass(frozen=True)
class Looked:
    """Where a network looks in wrong images.

    Attributes:
        where: as far as the images tell.
        place: where maps should lie.
        wrong: mean fraction of a wrong image's map that lies there; NaN where unknown.
        right: likewise of the right images.
        shift: by how much more of a wrong image's map lies there.
        inside: wrong and right images of which most of the map lies there.
    """

    where: Looks
    place: Place
    wrong: float
    right: float
    shift: Estimate
    inside: tuple[int, int] = (0, 0)

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
    def means(self) -> str:
        """What that says of two classes that are confused; "" where nothing."""
        if self.where is Looks.FEW and self._seems_less:
            return MEANS[Looks.LESS]
        return MEANS.get(self.where, "")

    @property
    def may_lead(self) -> bool:
        """Whether what that means is the answer: not what a few images only seem to show."""
        if self.where is Looks.FEW:
            return not self._seems_less and self.shift.failed >= MIN_GROUP
        return self.where is not Looks.AS_LITTLE

    @property
    def leads_elsewhere(self) -> bool:
        """Whether what lies beside the object is to be seen first, surely or as far as it seems."""
        return self.explains or (self.where is Looks.FEW and self._seems_less)

    @property
    def _seems_less(self) -> bool:
        """Whether it looks much less at the object then, sure or not."""
        beside = self.shift.correct == 0 and self.wrong < INSIDE
        return beside or self.shift.value <= -WIDEST_PLACE or self._much_fewer

    @property
    def _much_fewer(self) -> bool:
        """Whether it looks there in far fewer of them, and at less: not only just below half."""
        return self._sides.much_fewer and self.shift.value <= -FOCUS_STEP

    @property
    def _sides(self) -> Sides:
        (there, on_right) = self.inside
        return Sides(there, self.shift.failed, on_right, self.shift.correct)

    @property
    def explains(self) -> bool:
        """Whether images enough show that where it looks may be why others are missed."""
        return self.where in (Looks.BESIDE, Looks.LESS)

    def answer(self, wrong: str, hedge: str = "", reasoned: bool = True) -> str:
        """Say whether where it looks seems to be why images are wrong, and from how many.

        Args:
            wrong: what a wrong image is, in words.
            hedge: how far the maps can be believed; the sentence begins with it.
            reasoned: whether to say if that is the reason; not where something else says it.

        Returns:
            A sentence; "" where that is not known.
        """
        if self.where is Looks.UNKNOWN:
            return ""
        so = ":" if self.leads_elsewhere and self._much_fewer else ", so"
        reason = f"{so} {self._reason}" if reasoned else ""
        told = f"{hedge}{self._compare_sides(wrong)}{reason}{self._few}."
        return f"{told[:1].upper()}{told[1:]}"

    def describe(self, of: str, wrong: str = "missed image", hedge: str = "") -> str:
        """Say the answer and what it rests on; "" where that is not known.

        Args:
            of: what lies on the object or beside it: by whose method, and for which class.
            wrong: as of ``answer``.
            hedge: likewise.
        """
        answer = self.answer(wrong, hedge)
        return answer and f"{answer} {self.average(of)}"

    @property
    def _reason(self) -> str:
        if self.leads_elsewhere:
            return "that may be the reason"
        return "little points to that as the reason"

    @property
    def _few(self) -> str:
        """How few images that is told from, as a clause; "" where they are enough."""
        images, right = self.shift.failed, self.shift.correct
        few = count(right, "right image is", "right images are")
        if self._lacks_right and right:
            return f"; {few} too few to compare with"
        if self.where is not Looks.FEW:
            return ""
        if images >= MIN_GROUP > right:
            return f"; {few} too few to be sure" if right else "; no image is right to compare with"
        return f"; {count(images, 'image is', 'images are')} too few to be sure"

    @property
    def _lacks_right(self) -> bool:
        """Whether wrong images alone show that it looks beside the object."""
        return self.where is Looks.BESIDE and self.shift.correct < MIN_GROUP

    def _compare_sides(self, wrong: str) -> str:
        """Say in how many wrong and right images it looks where it should, or beside it."""
        sides, words = self._sides, self.place.words
        wrongs = count(sides.wrong, wrong, f"{wrong}s")
        rights = count(sides.right, "right one", "right ones")
        if self._lacks_right:
            sides = replace(sides, on_right=0, right=0)
        elif sides.right and self.leads_elsewhere and not self._much_fewer:
            return f"it looks less {words['at']} in {wrongs} than in {rights}"
        elif sides.much_fewer and not self.leads_elsewhere:
            return (
                f"on average it looks about as much {words['at']} in {wrongs} ({self.wrong:.0%}) "
                f"as in {rights} ({self.right:.0%})"
            )
        beside = self.where is Looks.BESIDE or (self.leads_elsewhere and not sides.right)
        if beside or not sides.there:
            return f"it looks beside {words['object']} {sides.turn().describe(wrong)}"
        return f"it looks {words['at']} {sides.describe(wrong)}"

    def average(self, of: str) -> str:
        """Say how much of the maps lies where it should, beside what chance does, as a sentence.

        Args:
            of: whose maps these are, by whose method.
        """
        right = f", {self.right:.0%} in right ones{self._tell_apart}" if self.shift.correct else ""
        lies = f"On average {self.wrong:.0%} of {of} lies {self.place.words['inside']}{right}"
        if self.place.box_area is None:
            return f"{lies}."
        _, _, chance = self.place.describe_box(self.wrong).partition(":")
        return (
            f"{lies}; boxes cover {self.place.box_area:.0%} of an image{chance and f':{chance}'}."
        )

    @property
    def _tell_apart(self) -> str:
        """Whether that is a difference or not, as a clause; "" where the two are the same."""
        if f"{self.wrong:.0%}" == f"{self.right:.0%}":
            return ""
        if not self.shift.enough:
            return ", too few to say whether that differs"
        apart = "beyond chance" if self.shift.excludes(0) else "that chance may explain"
        return f", a difference {apart}"

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

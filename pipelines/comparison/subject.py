"""Images of a class or of a kind of thing, of which it is asked why networks err."""

from dataclasses import dataclass

import numpy as np

from pipelines.comparison.subject_keys import kind_of, kind_things
from saliencnn.common.evenly import take_evenly
from saliencnn.common.sentences import count, quote, say_range
from saliencnn.measures.groups import MIN_GROUP

MAX_IMAGES = 96
"""Images that are explained at most."""


@dataclass(frozen=True, eq=False)
class Subject:
    """Images of a class or of a kind of thing.

    Attributes:
        key: unique among the subjects of a class.
        name: in words, as part of a sentence.
        images: int (N,), positions of those that are explained, see ``subjects._choose``.
        missed: int (M,), how many of those explained each network misses.
        sides: how many of those explained some network misses, and how many some gets right, of
            networks that do both.
        seen: the same of all networks.
        known: how many there are.
        known_missed: int (M,), how many of all each network misses.
        known_seen: as ``seen``, of all images.
        class_name: of the class where the person looks, or of another one, where these images are
            none of its.
    """

    key: str
    name: str
    images: np.ndarray
    missed: np.ndarray
    sides: tuple[int, int]
    seen: tuple[int, int]
    known: int
    known_missed: np.ndarray
    known_seen: tuple[int, int]
    class_name: str

    @property
    def enough(self) -> bool:
        """Whether missed and correct images are enough to say anything of others."""
        return min(self.sides) >= MIN_GROUP

    @property
    def lacking(self) -> str:
        """How few missed or correct images there are, and how many are needed, as a clause."""
        sampled = len(self.images) < self.known
        return self._count_few(self.seen, f"the {self.sampled} explained" if sampled else "")

    @property
    def alone(self) -> str:
        """Why these images of a class do not tell, as a sentence; "" where they do."""
        if self.enough:
            return ""
        few = min(self.known_seen) < MIN_GROUP
        said = self._count_few(self.known_seen, "") if few else self.lacking
        return f"{self.things[0].upper()}{self.things[1:]} as a class does not tell: {said}."

    def _count_few(self, sides: tuple[int, int], of: str) -> str:
        """Say of the side with fewer images how many there are and how many are needed."""
        who = "any network" if len(self.missed) > 1 else "the network"
        images = count(self.known, "image", "images")
        if self.known < MIN_GROUP:
            return f"it has {images}, and {MIN_GROUP} missed and {MIN_GROUP} right ones are needed"
        if min(sides) >= MIN_GROUP:
            return "no network misses enough of them and gets enough right"
        few = min(sides)
        are = "is" if few < 2 else "are"
        which = f"missed by {who}" if sides[0] <= sides[1] else f"right with {who}"
        only = "none" if not few else f"only {few}"
        return f"{only} of {of or f'its {images}'} {are} {which}, {MIN_GROUP} are needed"

    @property
    def label(self) -> str:
        """Its name beside the class, short enough for a field."""
        return "this class" if self.name == quote(self.key) else kind_of(self.key) or self.key

    @property
    def things(self) -> str:
        """What its images are of, as part of a sentence, e.g. ``dogs`` or ``"beagle"``."""
        kind = kind_of(self.key)
        return kind_things(kind) if kind else self.name

    @property
    def every(self) -> str:
        """All that its images are of, e.g. ``all dogs`` or ``all classes``."""
        return f"all {self.things}" if kind_of(self.key) else self.name

    @property
    def counted(self) -> str:
        """How many of its images are missed."""
        return f"{say_range(self.known_missed)} of {self.known:,} missed"

    @property
    def sampled(self) -> str:
        """How many of how many images are explained."""
        few = f"{len(self.images)} of " if len(self.images) < self.known else ""
        return f"{few}{count(self.known, 'image', 'images')}"

    def take_even(self, correct: np.ndarray) -> np.ndarray:
        """Return places of those images, ascending, among which as many are missed as among all.

        Args:
            correct: bool (N,), on which of ``images`` one network is right.
        """
        sides = [np.flatnonzero(~correct).tolist(), np.flatnonzero(correct).tolist()]
        missed = int(self.known_missed[0])
        known = [max(missed, len(sides[0])), max(self.known - missed, len(sides[1]))]
        part = min(len(own) / of for own, of in zip(sides, known, strict=True) if of)
        taken = [take_evenly(own, round(part * of)) for own, of in zip(sides, known, strict=True)]
        return np.sort(np.concatenate(taken).astype(int))

    def describe_taken(self, missed: int, correct: int) -> str:
        """Say of one network how many missed and correct images are shown, of how many.

        Args:
            missed: that are shown.
            correct: likewise.
        """
        all_missed = int(self.known_missed[0])
        if missed + correct == self.known:
            return f"{count(self.known, 'image', 'images')}, {missed} missed and {correct} correct"
        sides = (missed, all_missed, "missed"), (correct, self.known - all_missed, "correct")
        told = [
            f"{_say_every(known) if taken == known else f'{taken} of {known:,}'} {which}"
            for taken, known, which in sides
        ]
        return f"{told[0]} and {told[1]} images"


def _say_every(number: int) -> str:
    return {0: "no", 1: "the one", 2: "both"}.get(number, f"all {number:,}")

"""Of which images to ask whether what networks look at explains their errors: a class, or a kind.

An ImageNet validation set of some images has no class that is missed often enough to say; the kinds
of thing above it, dog or bird, have.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.evenly import take_evenly
from saliencnn.common.plurals import pluralize
from saliencnn.common.sentences import count, quote, say_range, show
from saliencnn.data.kinds import name_kind
from saliencnn.data.wordnet import ClassGroup
from saliencnn.measures.groups import MIN_GROUP

MAX_IMAGES = 96
"""Images that are explained at most."""
EVERYTHING = "all classes"


@dataclass(frozen=True, eq=False)
class Subject:
    """Images of a class or of a kind of thing.

    Attributes:
        key: unique among the subjects of a class.
        name: in words, as part of a sentence.
        images: int (N,), positions of those that are explained, see ``_choose``.
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
        """What is true of these images alone where they are too few, as a sentence; "" of more."""
        if self.enough:
            return ""
        things = f"{self.things[0].upper()}{self.things[1:]}"
        few = min(self.known_seen) < MIN_GROUP
        said = self._count_few(self.known_seen, "") if few else self.lacking
        return (
            f"{things} alone cannot tell whether being wrong has to do with what is looked at: "
            f"{said}."
        )

    def _count_few(self, sides: tuple[int, int], of: str) -> str:
        """Say of the side with fewer images how many there are and how many are needed."""
        who = "any network" if len(self.missed) > 1 else "the network"
        images = count(self.known, "image", "images")
        if self.known < MIN_GROUP:
            return f"it has {images}, and {MIN_GROUP} missed and {MIN_GROUP} right ones are needed"
        if min(sides) >= MIN_GROUP:
            return "no network misses enough of them and gets enough right"
        few = min(sides)
        are = "is" if few == 1 else "are"
        which = f"missed by {who}" if sides[0] <= sides[1] else f"right with {who}"
        only = "none" if not few else f"only {few}"
        return f"of {of or f'its {images}'} {only} {are} {which}, and {MIN_GROUP} are needed"

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


def find_subjects(
    target: int,
    classes: Sequence[str],
    groups: Sequence[ClassGroup],
    true: np.ndarray,
    right: np.ndarray,
    wanted: str = "",
    anywhere: bool = False,
) -> list[Subject]:
    """Return a class, and the kinds of thing above it that are missed often enough.

    Args:
        target: the class, which comes first however few images it has; then narrow kinds.
        classes: names of all classes.
        groups: the kinds of thing, see ``saliencnn.data.wordnet.groups_of``.
        true: int (N,), the images' classes.
        right: bool (M, N), whether a network is right on an image.
        wanted: key of a kind that a person chose, which is among them however rarely missed.
        anywhere: whether it is so, too, where the class is not of it; then it comes last.
    """
    own = classes[target]
    subjects = [_subject(own, quote(own), true == target, right, own)]
    for key, name, members in _widen(target, groups, true):
        wider = _subject(key, name, members, right, own)
        told = wider.enough and wider.known > subjects[-1].known
        if told or key == wanted:
            subjects.append(wider)
    others = (one for one in groups if target not in one.classes and all_of(one.name) == wanted)
    for group in others if anywhere else ():
        members = np.isin(true, group.classes)
        if members.any():
            first = classes[int(true[members][0])]
            subjects.append(_subject(wanted, _name(group), members, right, first))
    return subjects


def all_of(kind: str) -> str:
    """Return the key of the subject that is a kind of thing."""
    return f"all of {kind}"


def kind_of(key: str) -> str:
    """Return the kind of thing that a subject is, by its key; "" of a class and of everything."""
    kind = key.removeprefix(all_of(""))
    return "" if kind == key else kind


def kind_things(kind: str) -> str:
    """Return a kind of thing in the plural, as part of a sentence, e.g. ``dogs``."""
    return pluralize(show(kind))


def present_key(key: str) -> str:
    """Return a subject's key, also of a link or a task that was kept when WordNet's words stood."""
    kind = kind_of(key)
    return all_of(name_kind(kind)) if kind else key


def _widen(
    target: int, groups: Sequence[ClassGroup], true: np.ndarray
) -> Iterator[tuple[str, str, np.ndarray]]:
    for group in sorted(groups, key=lambda one: len(one.classes)):
        if target in group.classes:
            yield all_of(group.name), _name(group), np.isin(true, group.classes)
    yield EVERYTHING, EVERYTHING, np.ones(len(true), bool)


def _name(group: ClassGroup) -> str:
    return f"all of {quote(group.name)}"


def _subject(
    key: str, name: str, members: np.ndarray, right: np.ndarray, class_name: str
) -> Subject:
    images, every = _choose(members, right), int(members.sum())
    explained, known = right[:, images], right[:, members]
    return Subject(
        key, name, images, (~explained).sum(axis=1), _count_compared(explained),
        _count_sides(explained), every, (~known).sum(axis=1), _count_sides(known), class_name,
    )  # fmt: skip


def _count_sides(right: np.ndarray) -> tuple[int, int]:
    """Return on how many images some network is wrong, and on how many some is right."""
    return int((~right).any(axis=0).sum()), int(right.any(axis=0).sum())


def _count_compared(right: np.ndarray) -> tuple[int, int]:
    """Return the same of networks that are both: each is compared with itself alone."""
    return _count_sides(right[right.any(axis=1) & ~right.all(axis=1)])


def _choose(members: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the positions of ``MAX_IMAGES`` at most, ascending.

    Of one network all missed ones, as far as they leave room for as many correct ones, which are
    taken evenly: what differs between both is seen best so. Of several, which miss others each,
    all are taken evenly.

    Args:
        members: bool (N,), the images to choose from.
        right: bool (M, N), whether a network is right on an image.
    """
    if len(right) > 1:
        return np.array(take_evenly(np.flatnonzero(members).tolist(), MAX_IMAGES), int)
    missed, correct = (np.flatnonzero(members & one).tolist() for one in (~right[0], right[0]))
    room = max(MAX_IMAGES // 2, MAX_IMAGES - len(correct))
    taken = take_evenly(missed, room)
    return np.sort(np.array([*taken, *take_evenly(correct, MAX_IMAGES - len(taken))], int))

"""Of which images to ask whether what networks look at explains their errors: a class, or a kind.

An ImageNet validation set of some images has no class that is missed often enough to say; the kinds
of thing above it, dog or bird, have.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.evenly import take_evenly
from saliencnn.common.sentences import count, quote, say_all, say_range
from saliencnn.data.wordnet import ClassGroup
from saliencnn.measures.groups import MIN_GROUP

MAX_IMAGES = 96
"""Images that are explained; of more, evenly spaced ones are chosen."""
EVERYTHING = "all classes"


@dataclass(frozen=True, eq=False)
class Subject:
    """Images of a class or of a kind of thing.

    Attributes:
        key: unique among the subjects of a class.
        name: in words, as part of a sentence.
        images: int (N,), positions of those that are explained.
        known: how many there are.
        missed: int (M,), how many of those explained each network misses.
    """

    key: str
    name: str
    images: np.ndarray
    known: int
    missed: np.ndarray

    @property
    def networks(self) -> int:
        """How many networks have missed and correct images enough to say anything of others."""
        fewer = np.minimum(self.missed, len(self.images) - self.missed)
        return int((fewer >= MIN_GROUP).sum())

    @property
    def enough(self) -> bool:
        """Whether some network has."""
        return self.networks > 0

    @property
    def counted(self) -> str:
        """How many images it has, how many of them are missed, and for whom that is enough."""
        few = f"{len(self.images)} of " if len(self.images) < self.known else ""
        told = f"{few}{count(self.known, 'image', 'images')}, {say_range(self.missed)} missed"
        if len(self.missed) < 2 or not self.enough:
            return told
        networks = len(self.missed)
        some = f"{self.networks} of {networks}"
        of = say_all(networks) if self.networks == networks else some
        return f"{told}: enough for {of} networks"


def find_subjects(
    target: int,
    classes: Sequence[str],
    groups: Sequence[ClassGroup],
    true: np.ndarray,
    right: np.ndarray,
    wanted: str = "",
) -> list[Subject]:
    """Return a class, and the kinds of thing above it that are missed often enough.

    Args:
        target: the class, which comes first however few images it has; then narrow kinds.
        classes: names of all classes.
        groups: the kinds of thing, see ``saliencnn.data.wordnet.groups_of``.
        true: int (N,), the images' classes.
        right: bool (M, N), whether a network is right on an image.
        wanted: key of a kind that a person chose, which is among them however rarely missed.
    """
    subjects = [_subject(classes[target], quote(classes[target]), true == target, right)]
    for key, name, members in _widen(target, groups, true):
        wider = _subject(key, name, members, right)
        told = wider.enough and wider.known > subjects[-1].known
        if told or key == wanted:
            subjects.append(wider)
    return subjects


def all_of(kind: str) -> str:
    """Return the key of the subject that is a kind of thing."""
    return f"all of {kind}"


def _widen(
    target: int, groups: Sequence[ClassGroup], true: np.ndarray
) -> Iterator[tuple[str, str, np.ndarray]]:
    for group in sorted(groups, key=lambda one: len(one.classes)):
        if target in group.classes:
            yield all_of(group.name), f"all of {quote(group.name)}", np.isin(true, group.classes)
    yield EVERYTHING, EVERYTHING, np.ones(len(true), bool)


def _subject(key: str, name: str, members: np.ndarray, right: np.ndarray) -> Subject:
    images = np.array(take_evenly(np.flatnonzero(members).tolist(), MAX_IMAGES), int)
    return Subject(key, name, images, int(members.sum()), (~right[:, images]).sum(axis=1))

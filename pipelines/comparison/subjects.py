"""Of which images to ask whether what networks look at explains their errors: a class, or a kind.

An ImageNet validation set of some images has no class that is missed often enough to say; the kinds
of thing above it, dog or bird, have.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from pipelines.comparison.subject import MAX_IMAGES, Subject
from pipelines.comparison.subject_keys import EVERYTHING, all_of
from saliencnn.common.evenly import take_evenly
from saliencnn.common.sentences import quote
from saliencnn.data.wordnet import ClassGroup


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

"""The kinds of thing that a class set's classes are, and the images of each that are asked of."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd

from pipelines.comparison.subject import Subject
from pipelines.comparison.subjects import find_subjects
from saliencnn.data.classset import ClassSet
from saliencnn.data.wordnet import ClassGroup, groups_of, kinds_of

TELLING = 20
"""Images on each side from which on a difference of a third of a region is mostly seen or ruled
out; of fewer one is asked only where a person chooses them."""


def subjects_of(
    class_set: ClassSet,
    tables: Sequence[pd.DataFrame],
    target: int,
    wanted: str = "",
    anywhere: bool = False,
) -> list[Subject]:
    """Return what may be asked of where a person looks at a class.

    Args:
        class_set: of all evaluations.
        tables: each evaluation's predictions of the same images, see ``read_predictions``.
        target: the class.
        wanted: see ``find_subjects``.
        anywhere: likewise.
    """
    true = tables[0]["true"].to_numpy()
    right = np.stack([table["class_1"].to_numpy() == true for table in tables])
    kinds, _ = known_kinds(class_set)
    return find_subjects(target, class_set.classes, kinds, true, right, wanted, anywhere)


def pick_subject(subjects: Sequence[Subject], chosen: str) -> Subject | None:
    """Return the subject that is asked of: the chosen one, else the first that most likely tells.

    Args:
        subjects: see ``subjects_of``.
        chosen: its key; of none of them before a choice.

    Returns:
        Where none has so many images the widest one of which something can be said, else the first
        with images; None where none has any.
    """
    known = [one for one in subjects if len(one.images)]
    likely = [one for one in known if min(one.sides) >= TELLING]
    enough = [one for one in reversed(known) if one.enough]
    first = next(iter([*likely, *enough, *known]), None)
    return next((one for one in known if one.key == chosen), first)


@lru_cache(maxsize=8)
def known_kinds(class_set: ClassSet) -> tuple[tuple[ClassGroup, ...], list[tuple[str, ...]]]:
    """Return the groups of a set's classes, and the kinds of thing that each class is.

    A root class holds what the class set says, as the radar counts it: WordNet puts a traffic light
    among signs, not among things made by people. One that WordNet does not know is a group too.
    """
    groups = tuple(
        replace(one, classes=_classes_of_root(class_set, one.name) or one.classes)
        for one in groups_of(class_set)
    )
    named = {one.name for one in groups}
    roots = (root for root in dict.fromkeys(class_set.roots) if root and root not in named)
    groups += tuple(ClassGroup(root, (root,), _classes_of_root(class_set, root)) for root in roots)
    return groups, kinds_of(groups, len(class_set))


def classes_of(class_set: ClassSet, kind: str) -> tuple[int, ...]:
    """Return the classes of a kind of thing, a root class or a narrower one; () of an unknown one.

    Args:
        class_set: theirs.
        kind: its name.
    """
    groups, _ = known_kinds(class_set)
    return next((one.classes for one in groups if one.name == kind), ())


def _classes_of_root(class_set: ClassSet, kind: str) -> tuple[int, ...]:
    return tuple(index for index, root in enumerate(class_set.roots) if root == kind)

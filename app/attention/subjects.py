"""Of which images a person asks: a class's, or a kind of thing's, that are missed often enough."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from app.parts.shared_choice import draw_choice
from app.reads import stored_evaluations
from pipelines.comparison.subjects import Subject, find_subjects
from saliencnn.data.classset import ClassSet
from saliencnn.data.wordnet import ClassGroup, groups_of, kinds_of
from saliencnn.store.connection import Store

SUBJECT = "subject"
"""Name of what is asked of in the address, and the key of its choice."""


def read_subjects(
    store: Store, class_set: ClassSet, run_ids: Sequence[str], target: int, wanted: str = ""
) -> list[Subject]:
    """Return what may be asked of where the person looks at a class.

    Args:
        store: where the evaluations are.
        class_set: of all of them.
        run_ids: of evaluations on the same images.
        target: the class.
        wanted: see ``find_subjects``.
    """
    tables = [stored_evaluations.predictions(store, run_id) for run_id in run_ids]
    true = tables[0]["true"].to_numpy()
    right = np.stack([table["class_1"].to_numpy() == true for table in tables])
    kinds, _ = known_kinds(class_set)
    return find_subjects(target, class_set.classes, kinds, true, right, wanted)


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


def choose_subject(
    subjects: Sequence[Subject],
    chosen: str,
    first: str,
    take: Callable[[], None],
    label: str,
    others: Mapping[str, str] = MappingProxyType({}),
) -> Subject:
    """Let the person choose of which images to ask.

    Args:
        subjects: at least one that has images.
        chosen: key of the one that is chosen; of none where nothing was.
        first: key of the one that is shown then.
        take: takes the value of the widget ``SUBJECT`` over into the page's state.
        label: of the choice.
        others: keys of further kinds that ``take`` knows what to do with -> their labels.
    """
    by_key = {one.key: one for one in subjects if len(one.images)}
    shown = chosen if chosen in by_key else first
    draw_choice(
        label,
        [*by_key, *(key for key in others if key not in by_key)],
        shown,
        SUBJECT,
        take,
        lambda key: f"{by_key[key].label}: {by_key[key].counted}" if key in by_key else others[key],
        "The class, and the kinds of thing above it that are missed and right often enough to say "
        f"whether missed images differ{'; then all other kinds' if others else ''}.",
    )
    return by_key[shown]

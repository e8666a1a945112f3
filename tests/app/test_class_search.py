"""How classes and kinds of thing are found, of ImageNet's 1,000 classes."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from app.compare.class_search import FOLDED, ClassOptions, class_options, matches
from pipelines.comparison.groups import Group
from pipelines.comparison.kinds import classes_of, known_kinds
from pipelines.comparison.subject_keys import all_of
from pipelines.comparison.subjects import find_subjects
from pipelines.comparison.task import MAX_CLASSES
from saliencnn.data.classset import ClassSet
from saliencnn.data.imagenet import imagenet_classes
from tests.app.test_compared import GROUP

CLASSES = ClassSet.decode(imagenet_classes().encode())  # with the names that a store has
MADE = "things made by people"


@pytest.fixture(scope="module")
def offered() -> ClassOptions:
    """Of two images a class, every third of which is missed; of dogs none is."""
    accuracy = np.where(np.arange(1000) % 3, 1.0, 0.5)
    accuracy[list(classes_of(CLASSES, "dog"))] = 1.0
    table = pd.DataFrame({"images": 2, "accuracy": accuracy})
    group = Group(GROUP.models, CLASSES)
    return class_options(dict.fromkeys(group.run_ids, table), group)


def test_kinds_are_found_by_what_people_call_them(offered: ClassOptions) -> None:
    for word in ("dog", "bird", MADE):
        option = offered.by_kind[word]
        assert offered.labels[option].startswith(f"all of {word} ")
    kinds = [*offered.by_kind]
    assert kinds.index("bird") < kinds.index("dog"), "of dogs nothing is missed"
    telling = [all_of(kind) in offered.telling for kind in kinds]
    assert telling == sorted(telling, reverse=True)
    assert any(telling)
    assert not all(telling)


def test_a_class_tells_by_itself_where_it_is_missed_and_right_often_enough() -> None:
    accuracy = np.ones(1000)
    accuracy[[7, 8]] = 0.5, 0.75
    table = pd.DataFrame({"images": 10, "accuracy": accuracy})
    group = Group(GROUP.models, CLASSES)
    found = class_options(dict.fromkeys(group.run_ids, table), group)
    told = [name for name in CLASSES.classes if name in found.telling]
    assert told == [CLASSES.classes[7]], "of the other one two or three images are missed"


def test_a_kind_of_more_classes_than_a_task_has_stays_one_entry(offered: ClassOptions) -> None:
    for kind in ("dog", MADE):
        classes = offered.held[kind]
        assert len(classes) > MAX_CLASSES
        assert offered.fold(classes[:MAX_CLASSES], "") == (offered.by_kind[kind],)
        others = classes[-MAX_CLASSES:]
        assert offered.fold(others, f"all of {kind}") == (offered.by_kind[kind],), "of a link"


def test_of_kinds_with_the_same_most_missed_classes_the_chosen_one_is_named(
    offered: ClassOptions,
) -> None:
    """A task holds the 60 most missed classes of organisms, all of which may be animals."""
    twins = [
        (one, other)
        for one, other in combinations(offered.members, 2)
        if offered.members[one][:MAX_CLASSES] == offered.members[other][:MAX_CLASSES]
    ]
    assert any(len(offered.members[one]) != len(offered.members[other]) for one, other in twins)
    for group in {group for pair in twins for group in pair}:
        classes = offered.members[group][:MAX_CLASSES]
        if len(classes) >= FOLDED:
            assert offered.fold(classes, f"all of {offered.kinds[group]}") == (group,)


def test_a_root_class_has_the_same_images_wherever_it_is_counted() -> None:
    """WordNet puts a traffic light among signs, and the class set among things made by people."""
    groups, _ = known_kinds(CLASSES)
    true = np.arange(1000)
    for root in dict.fromkeys(CLASSES.roots):
        own = [index for index, one in enumerate(CLASSES.roots) if one == root]
        assert [*classes_of(CLASSES, root)] == own
        key = f"all of {root}"
        asked = find_subjects(own[0], CLASSES.classes, groups, true, np.ones((1, 1000), bool), key)
        assert next(one for one in asked if one.key == key).known == len(own)


@pytest.mark.parametrize(
    ("plural", "kind"),
    [
        ("dogs", "dog"),
        ("Birds", "bird"),
        ("foxes", "fox"),
        ("butterflies", "butterfly"),
        ("fishes", "fish"),
    ],
)
def test_the_plural_of_a_kind_finds_what_its_singular_finds(
    offered: ClassOptions, plural: str, kind: str
) -> None:
    """Where a browser looks for a part of the label, and in the list of classes."""
    found = {n for n, label in offered.labels.items() if plural.casefold() in label.casefold()}
    assert {offered.by_kind[kind], *classes_of(CLASSES, kind)} <= found
    assert {*classes_of(CLASSES, kind)} <= {*np.flatnonzero(matches(CLASSES, plural))}


def test_no_word_of_a_kind_is_cut_out_of_a_label(offered: ClassOptions) -> None:
    assert not [label for label in offered.labels.values() if "…" in label]

"""Groups of classes by what their things are, bird or thrush: the levels of WordNet above them.

The table holds all synsets of WordNet 3.0 (Princeton University, free under its own licence) that
are hypernyms, of any distance, of at least two of ImageNet's 1,000 classes, without the few that
hold nearly all, such as physical entity, and those whose things have nothing in common that can be
seen, such as causal agent. Synsets that hold the same classes are one row, the words
of the lowest first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from saliencnn.common.shown import tell_apart
from saliencnn.data.classset import ClassSet
from saliencnn.data.imagenet import imagenet_classes
from saliencnn.data.kinds import name_kind


@dataclass(frozen=True)
class ClassGroup:
    """Classes that are things of one kind.

    Attributes:
        name: for people, unique among the groups.
        words: all that WordNet calls it.
        classes: indices in their class set, at least one.
    """

    name: str
    words: tuple[str, ...]
    classes: tuple[int, ...]


def groups_of(class_set: ClassSet) -> tuple[ClassGroup, ...]:
    """Return the groups that a set's classes are in, the largest of ImageNet first.

    Nothing where the classes have no WordNet ids.
    """
    places = {wnid: place for place, wnid in enumerate(class_set.wnids)}
    wnids = imagenet_classes().wnids
    found = []
    for group in imagenet_groups():
        members = (places.get(wnids[index]) for index in group.classes)
        classes = tuple(sorted(place for place in members if place is not None))
        if classes:
            found.append(ClassGroup(group.name, group.words, classes))
    return tuple(found)


def kinds_of(groups: Sequence[ClassGroup], classes: int) -> list[tuple[str, ...]]:
    """Return the words of the groups that each class is in, the narrowest group first.

    Args:
        groups: see ``groups_of``.
        classes: how many classes the set has.
    """
    found: list[list[str]] = [[] for _ in range(classes)]
    for group in sorted(groups, key=lambda one: len(one.classes)):
        for index in group.classes:
            found[index].extend(group.words)
    return [tuple(dict.fromkeys(words)) for words in found]


@cache
def imagenet_groups() -> tuple[ClassGroup, ...]:
    """Return the groups of ImageNet's 1,000 classes, the largest first."""
    table = files("saliencnn.data").joinpath("imagenet_groups.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines()]
    words = [tuple(row[0].split(", ")) for row in rows]
    names = tell_apart(
        {place: name_kind(one[0]) for place, one in enumerate(words)},
        mark=lambda place: words[place][-1],
    )
    return tuple(
        ClassGroup(names[place], words[place], _expand(spans))
        for place, (_, spans) in enumerate(rows)
    )


def _expand(spans: str) -> tuple[int, ...]:
    """Return the numbers of spans such as ``7-24,80``."""
    ends = (span.partition("-") for span in spans.split(","))
    return tuple(
        index for first, _, last in ends for index in range(int(first), int(last or first) + 1)
    )

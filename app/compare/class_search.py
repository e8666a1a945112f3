"""How people find classes: by name, by the kind of thing that WordNet knows, and by failures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.reads import stored_evaluations
from app.reads.caching import shared
from pipelines.comparison.groups import Group
from pipelines.comparison.kinds import known_kinds
from pipelines.comparison.subject_keys import EVERYTHING, all_of
from pipelines.comparison.task import MAX_CLASSES, Task
from saliencnn.common.plurals import search_words
from saliencnn.common.sentences import count_missed
from saliencnn.common.shown import tell_apart
from saliencnn.data.classset import ClassSet
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.store.connection import Store

MOST_MISSED = 20
"""Classes that a list begins with: those with the most missed images."""
FOLDED = 4
"""Classes of a kind of thing from which on they are shown as the kind once all are chosen."""
LONGEST_OPTION = 480
"""Characters of an option: beyond what is seen of it, a search still finds the kinds of thing."""


@dataclass(frozen=True)
class ClassOptions:
    """What a person may choose: classes by their index, and groups of them below zero.

    Attributes:
        options: what is missed and right often enough to ask why, narrow kinds of thing first, so
            that a search for one finds it before its classes; then the classes with most missed
            images, the groups, the other classes.
        labels: of each, for people; each holds the kinds of thing, also in the plural, for a
            search.
        chosen: of each class and group where it is chosen and has little room.
        counted: class with images -> its name, and how many of its images are missed.
        members: group -> its classes with images, those with most missed images first.
        kinds: group -> its name.
        held: kind -> its classes with images, likewise, also where it is only one.
        telling: keys of classes and kinds with missed and correct images enough to ask why.
    """

    options: tuple[int, ...]
    labels: Mapping[int, str]
    chosen: Mapping[int, str]
    counted: Mapping[int, str]
    members: Mapping[int, tuple[int, ...]]
    kinds: Mapping[int, str]
    held: Mapping[str, tuple[int, ...]]
    telling: frozenset[str]

    @property
    def classes(self) -> tuple[int, ...]:
        """The classes alone."""
        return tuple(option for option in self.options if option >= 0)

    @property
    def of_all(self) -> tuple[int, ...]:
        """Those that stand for all classes where nobody has chosen any.

        Two, so that nobody takes what is said of all of them for one class's.
        """
        return self.classes[:2]

    def stand_for_all(self, task: Task, subject: str) -> bool:
        """Return whether all classes are asked of, and nobody has chosen those of the task."""
        return subject == EVERYTHING and {*task.classes} == {*self.of_all[: task.max_classes]}

    @property
    def by_kind(self) -> dict[str, int]:
        """Kinds of several classes -> their group, those that tell why first."""
        ranked = sorted(
            self.members, key=lambda group: all_of(self.kinds[group]) not in self.telling
        )
        return {self.kinds[group]: group for group in ranked}

    def expand(self, chosen: Sequence[int | str]) -> tuple[int, ...]:
        """Return the classes of what was chosen, each once, in its order.

        A class that has just been chosen may come as the label that a browser showed before.
        """
        classes = (self.members.get(one, (one,)) for one in self.know(chosen))
        return tuple(dict.fromkeys(index for some in classes for index in some))

    def find_kind(self, chosen: Sequence[int | str]) -> str:
        """Return the kind of thing among what was chosen, the last one; "" where there is none."""
        return next((self.kinds[one] for one in reversed(self.know(chosen)) if one < 0), "")

    def fold(self, classes: Sequence[int], preferred: str) -> tuple[int, ...]:
        """Return classes as few options: those that are a whole kind of thing are its group.

        Args:
            classes: that are chosen.
            preferred: key of the kind that is named where another one has the same classes.
        """

        def rank(group: int) -> tuple[int, bool, int]:
            # A task may have all classes of a kind and the most missed of a wider one alike.
            size = len(self.members[group])
            return -min(size, MAX_CLASSES), all_of(self.kinds[group]) != preferred, -size

        left, found = [*classes], list[int]()
        for group in sorted(self.members, key=rank):
            own = {*self.members[group][:MAX_CLASSES]}
            named = all_of(self.kinds[group]) == preferred
            if named and len(left) == MAX_CLASSES and {*left} <= {*self.members[group]}:
                own = {*left}  # a link has those that other networks miss most
            if len(own) >= FOLDED and own <= {*left}:
                found.append(group)
                left = [one for one in left if one not in own]
        return (*found, *left)

    def know(self, chosen: Sequence[int | str]) -> list[int]:
        """Return the options that were chosen, also where a browser knows one by its label."""
        named = (self.chosen, self.labels)
        labels = {label: option for names in named for option, label in names.items()}
        known = (labels.get(one) if isinstance(one, str) else one for one in chosen)
        return [one for one in known if one is not None]


def offer_classes(store: Store, group: Group) -> ClassOptions:
    """Return the options of a list of a comparison's classes."""
    return _offer_classes(store, group.run_ids, group)


@shared(max_entries=16)
def _offer_classes(store: Store, run_ids: tuple[str, ...], _group: Group) -> ClassOptions:
    return class_options(stored_evaluations.class_tables(store, run_ids), _group)


def class_options(tables: Mapping[str, pd.DataFrame], group: Group) -> ClassOptions:
    """Return the options of a list of classes.

    Args:
        tables: evaluation's id -> its numbers class by class, see ``read_by_class``.
        group: the evaluations.
    """
    class_set = group.class_set
    images = tables[group.run_ids[0]]["images"].to_numpy()
    accuracy = np.stack([tables[run_id]["accuracy"].to_numpy() for run_id in group.run_ids])
    right = np.nan_to_num(accuracy * images).round().astype(int)
    missed = images - right
    most = missed.max(axis=0)
    ranked = [int(n) for n in np.lexsort((np.arange(len(images)), -images, -most))]
    groups, kinds = known_kinds(class_set)
    fewest = missed.min(axis=0)
    told = [
        f"{'up to ' if fewest[n] < most[n] else ''}{count_missed(most[n], int(images[n]))}"
        for n in range(len(most))
    ]
    numbers = [words if n else "" for n, words in zip(most, told, strict=True)]
    found_by = [", ".join(search_words(words)) for words in kinds]
    known_as = zip(class_set.classes, told, found_by, strict=True)
    labels = {n: " · ".join(filter(None, parts)) for n, parts in enumerate(known_as)}
    names = tell_apart(dict(enumerate(class_set.classes)), LONGEST_OPTION)
    chosen = {n: " · ".join(filter(None, (name, numbers[n]))) for n, name in names.items()}
    counted = {n: f"{names[n]} · {told[n]}" for n in ranked if images[n]}
    members, asked, with_images = {}, {}, {}
    for place, one in enumerate(groups, 1):
        held = {*one.classes}
        known = tuple(n for n in ranked if n in held and images[n])
        with_images[one.name] = known
        if len(known) > 1:
            members[-place] = known
            own = list(known)
            of_kind = missed[:, own].sum(axis=1), right[:, own].sum(axis=1)
            words = ", ".join(word for word in search_words(one.words) if word != one.name)
            up_to = "up to " if len({*of_kind[0].tolist()}) > 1 else ""
            missed_of = f"{up_to}{count_missed(of_kind[0].max(), int(images[own].sum()))}"
            label = f"all of {one.name} · {missed_of}, {len(known)} classes"
            chosen[-place] = f"all of {one.name} · {len(known)} classes"
            labels[-place] = f"{label} · {words}" if words else label
            if np.minimum(*of_kind).max() >= MIN_GROUP:
                asked[-place] = int(images[own].sum())
    enough = [n for n in ranked if np.minimum(missed[:, n], right[:, n]).max() >= MIN_GROUP]
    known_names = {-place: one.name for place, one in enumerate(groups, 1)}
    first = (*enough[:MOST_MISSED], *_rank_kinds(asked, known_names), *ranked[:MOST_MISSED])
    options = tuple(dict.fromkeys((*first, *members, *ranked)))
    telling = frozenset(
        [*(class_set.classes[n] for n in enough), *(all_of(known_names[n]) for n in asked)]
    )
    labels = tell_apart(labels, LONGEST_OPTION)
    return ClassOptions(
        options, labels, chosen, counted, members, known_names, with_images, telling
    )


def _rank_kinds(images: Mapping[int, int], names: Mapping[int, str]) -> list[int]:
    """Return kinds of thing, narrow ones first; before a hunting dog stands a dog, typed as such.

    Args:
        images: of each kind.
        names: likewise.
    """

    def rank(kind: int) -> tuple[int, int, int]:
        own = [n for other, n in images.items() if names[kind] in names[other].split()]
        return min([*own, images[kind]]), len(names[kind].split()), -kind

    return sorted(images, key=rank)


def matches(class_set: ClassSet, wanted: str) -> np.ndarray:
    """Return which classes have a text in their name or among their kinds of thing, bool (C,)."""
    text = wanted.strip().casefold()
    _, kinds = known_kinds(class_set)
    named = zip(class_set.classes, kinds, strict=True)
    known = (search_words((name, *words)) for name, words in named)
    return np.array([any(text in word.casefold() for word in words) for words in known])

"""Whether right and wrong differ over many classes, each image beside its own class alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import count, join_words
from saliencnn.common.terms import say_on_object
from saliencnn.findings.failure_facts import QUESTIONS
from saliencnn.findings.finding import Evidence, Finding, Severity
from saliencnn.findings.map_errors import LARGE, WAYS, describe_power
from saliencnn.findings.telling import BORDER, FOCUS, SIZE
from saliencnn.measures.groups import (
    MIN_GROUP,
    find_comparable,
    least_separability,
    permutation_test,
)
from saliencnn.measures.rates import level_of_each

DIFFER, SAME, TOO_FEW = (
    "over classes: they differ",
    "over classes: no difference",
    "over classes: too few",
)
"""The rules, each one answer."""
ASKED = QUESTIONS + 3
LEVEL = 1 - level_of_each(ASKED)
"""The p-value below which colours, places or sizes differ: all are asked beside what else is."""
COLOURS = "colours"
NUMBERS = {SIZE: "size", FOCUS: "place", BORDER: "place"}
"""Number of a map -> what of what it highlights it tells."""
OTHER_COLOURS = "other highlighted colours"


@dataclass(frozen=True, eq=False)
class ClassFacts:
    """What was measured in images of several classes.

    Attributes:
        true: int (N,), their classes.
        correct: bool (N,), whether the network is right.
        colours: (N, 3, bins), histograms of what the maps highlight; NaN where they do nothing.
        numbers: name -> float (N,), each 0 to 1; ``SIZE``, and of where a map lies ``FOCUS`` or
            ``BORDER``.
        boxed: whether the objects are known by their boxes alone.
        over: which classes these are.
    """

    true: np.ndarray
    correct: np.ndarray
    colours: np.ndarray
    numbers: dict[str, np.ndarray]
    boxed: bool = False
    over: str = "all classes"


@dataclass(frozen=True)
class Compared:
    """What was asked within classes, of which images, and what came out.

    Attributes:
        what: may differ, in words.
        way: what missed images then have, than correct ones.
        missed: images that are missed, of classes that have both.
        correct: likewise, that are not.
        classes: how many classes these are.
        chance: how often random groups within the classes differ as much; NaN for too few images.
        place: whether it tells where the network looks.
    """

    what: str
    way: str
    missed: int
    correct: int
    classes: int
    chance: float
    place: bool = False

    @property
    def telling(self) -> bool:
        """Whether so many images would have shown a large difference."""
        return least_separability(self.missed, self.correct, ASKED) <= LARGE

    @property
    def enough(self) -> bool:
        """Whether there are images enough to say anything of others."""
        return min(self.missed, self.correct) >= MIN_GROUP

    @property
    def counted(self) -> str:
        """Its images, in words."""
        having = f"{'has' if self.classes == 1 else 'have'} both"
        classes = count(self.classes, "class", "classes")
        return (
            f"{self.missed} missed and {self.correct} correct images of the {classes} that {having}"
        )

    @property
    def power(self) -> str:
        """How large a difference so many images show, as ``describe_power`` says it."""
        return describe_power([(self.missed, self.correct)], ASKED)


def compare_over_classes(facts: ClassFacts, evidence: Evidence) -> Finding:
    """Say whether right and wrong images of the same class differ, over all classes together.

    Its rule is ``DIFFER``, ``SAME`` or ``TOO_FEW``.
    """
    compared = _compare_all(facts)
    told = [one for one in compared if one.enough]
    if not told:
        most = max(compared, key=lambda one: min(one.missed, one.correct))
        said = (
            "Too few images tell whether right and wrong differ within classes: there are "
            f"{most.counted}, where {MIN_GROUP} of each are needed."
        )
        return Finding(TOO_FEW, Severity.NOTE, said, "", evidence)
    apart = [one for one in told if one.chance < LEVEL]
    same = [one.what for one in told if one not in apart]
    chances = [f"{one.what} {one.chance:.1%} of the time" for one in told]
    detail = (
        "Images are compared with others of their own class alone, so that what tells classes "
        f"apart counts for nothing. Random groups within the classes differ as much in "
        f"{' and in '.join(chances)}; less than {LEVEL:.1%} counts as a difference, since {ASKED} "
        "questions are asked of these images."
    )
    rule, said = (DIFFER, _say_apart(facts.over, apart)) if apart else (SAME, _say_same(told))
    neither = f" No difference could be shown in {_list(same)} of what the maps highlight."
    sentence = f"{said}: {_say_counts(compared, bool(apart))}{neither if same else ''}"
    return Finding(rule, Severity.NOTE, sentence, "", evidence, detail=detail)


def _list(what: Sequence[str]) -> str:
    """Return words as part of a sentence, each once: ``a, b or c``; "" without any."""
    *others, last = dict.fromkeys(what) or ("",)
    return f"{', '.join(others)} or {last}" if others else last


def _compare_all(facts: ClassFacts) -> list[Compared]:
    """Compare colours, sizes and places, each in the images where it is known."""
    compared = [_compare(COLOURS, OTHER_COLOURS, facts.colours, facts)]
    for name, what in NUMBERS.items():
        if name in facts.numbers:
            values = facts.numbers[name]
            way = _name_way(name, _is_higher(values, facts), facts.boxed)
            rows = np.stack([values, 1 - values], axis=1)[:, None]
            compared.append(_compare(what, way, rows, facts, name in (FOCUS, BORDER)))
    return compared


def _is_higher(values: np.ndarray, facts: ClassFacts) -> bool:
    """Return whether missed images have the higher number than correct ones of their class."""
    known = find_comparable(facts.correct, facts.true, np.isfinite(values))
    _, places, images = np.unique(facts.true[known], return_inverse=True, return_counts=True)
    beside = values[known] - (np.bincount(places, values[known]) / images)[places]
    return bool(beside[~facts.correct[known]].sum() > 0)


def _compare(
    what: str, way: str, rows: np.ndarray, facts: ClassFacts, place: bool = False
) -> Compared:
    known = np.isfinite(rows).all(axis=(1, 2))
    comparable = find_comparable(facts.correct, facts.true, known)
    return Compared(
        what,
        way,
        int((comparable & ~facts.correct).sum()),
        int((comparable & facts.correct).sum()),
        len(np.unique(facts.true[comparable])),
        permutation_test(rows, facts.correct, within=facts.true),
        place,
    )


def _say_counts(compared: Sequence[Compared], differ: bool) -> str:
    """Say how many images were compared, of each question where these are not the same ones."""
    if len({one.counted for one in compared}) == 1:
        said = f"{compared[0].counted}, each compared with its own class."
        return said if differ else f"{said} {compared[0].power}."
    told = []
    for one in compared:
        power = f"; {one.power[0].lower()}{one.power[1:]}" if one.enough and not differ else ""
        few = "" if one.enough else f", too few to say: {MIN_GROUP} of each are needed"
        told.append(f"For {one.what}, {one.counted}{few}{power}.")
    return f"each image is compared with its own class. {' '.join(told)}"


def _name_way(name: str, higher: bool, boxed: bool) -> str:
    if name == SIZE:
        return f"{'larger' if higher else 'smaller'} highlighted regions"
    return WAYS[name][int(higher)].replace("on the object", say_on_object(boxed))


def _say_apart(over: str, apart: Sequence[Compared]) -> str:
    """Say what missed images have, than correct ones of their class."""
    ways = join_words([one.way for one in apart])
    return (
        f"Missed images have {ways} than correct ones of their class: by more than chance, over "
        f"{over}"
    )


def _say_same(told: Sequence[Compared]) -> str:
    """Say, where nothing differs, whether that tells that where it looks explains no mistake.

    It does only where a large difference would have been seen.
    """
    places = [one for one in told if one.place]
    if not places:
        return "No difference could be shown between right and wrong"
    if all(one.telling for one in places):
        return "Where it looks does not explain the mistakes"
    return "Too few images tell whether where it looks explains the mistakes"

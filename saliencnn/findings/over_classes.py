"""Whether colours and places differ between right and wrong over many classes, in a sentence."""

from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import count
from saliencnn.common.terms import say_on_object
from saliencnn.findings.failure_facts import QUESTIONS
from saliencnn.findings.finding import Evidence, Finding, Severity
from saliencnn.findings.map_errors import BORDER, FOCUS, describe_power
from saliencnn.measures.groups import MIN_GROUP, find_comparable, permutation_test
from saliencnn.measures.rates import level_of_each

RULE = "over classes"
ASKED = QUESTIONS + 2
LEVEL = 1 - level_of_each(ASKED)
"""The p-value below which colours, or places, differ: both are asked beside what else is."""
COLOURS = "the colours that the maps highlight"


@dataclass(frozen=True, eq=False)
class ClassFacts:
    """What was measured in images of several classes.

    Attributes:
        true: int (N,), their classes.
        correct: bool (N,), whether the network is right.
        colours: (N, 3, bins), histograms of what the maps highlight; NaN where they do nothing.
        numbers: name -> float (N,); of where a map lies one of ``FOCUS`` and ``BORDER`` tells.
        boxed: whether the objects are known by their boxes alone.
        over: which classes these are.
    """

    true: np.ndarray
    correct: np.ndarray
    colours: np.ndarray
    numbers: dict[str, np.ndarray]
    boxed: bool = False
    over: str = "all classes"


def compare_over_classes(facts: ClassFacts, evidence: Evidence) -> Finding:
    """Say whether right and wrong images of the same class differ, over all classes together."""
    known = np.isfinite(facts.colours).all(axis=(1, 2))
    comparable = find_comparable(facts.correct, facts.true, known)
    missed, right = (int((comparable & own).sum()) for own in (~facts.correct, facts.correct))
    classes = len(np.unique(facts.true[comparable]))
    having = f"{'has' if classes == 1 else 'have'} both"
    counted = (
        f"{missed} missed and {right} correct images of the {count(classes, 'class', 'classes')}"
    )
    if min(missed, right) < MIN_GROUP:
        said = (
            "Too few to say whether colours or places differ between right and wrong within "
            f"classes: there are {counted} that {having}, where {MIN_GROUP} of each are needed."
        )
        return Finding(RULE, Severity.NOTE, said, "", evidence)
    found = {COLOURS: permutation_test(facts.colours, facts.correct, within=facts.true)}
    for name, where in _name_places(facts.boxed).items():
        if name in facts.numbers:
            values = facts.numbers[name]
            rows = np.stack([values, 1 - values], axis=1)[:, None]
            found[where] = permutation_test(rows, facts.correct, within=facts.true)
    told = {what: p for what, p in found.items() if np.isfinite(p)}
    apart = [what for what, p in told.items() if p < LEVEL]
    same = [what for what in told if what not in apart]
    detail = (
        "Images are compared with others of their own class alone, so that what tells classes "
        "apart counts for nothing. Random groups within the classes differ as much in "
        f"{' and in '.join(f'{what} {p:.1%} of the time' for what, p in told.items())}; less than "
        f"{LEVEL:.0%} counts as a difference, since {ASKED} questions are asked of these "
        "images."
    )
    rest = f"{counted} that {having}, each compared with its own class."
    if not apart:
        rest = f"{rest} {describe_power([(missed, right)], ASKED)}."
    said = f"{_say(facts.over, apart, same)}: {rest}"
    return Finding(RULE, Severity.NOTE, said, "", evidence, detail=detail)


def _name_places(boxed: bool) -> dict[str, str]:
    return {
        FOCUS: f"how much of the map lies {say_on_object(boxed)}",
        BORDER: "how much of the map lies near the image's border",
    }


def _say(over: str, apart: list[str], same: list[str]) -> str:
    if not apart:
        neither = f"neither in {' nor in '.join(same)}" if len(same) > 1 else f"in {same[0]}"
        return f"Over {over} no difference between right and wrong could be shown, {neither}"
    but = f", but not in {same[0]} as far as can be told" if same else ""
    return (
        f"Over {over} right and wrong differ by more than chance in {' and in '.join(apart)}{but}"
    )

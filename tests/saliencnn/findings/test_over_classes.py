"""Whether right and wrong images of the same class differ, where the truth is known."""

import numpy as np
import pytest

from saliencnn.findings.finding import Evidence
from saliencnn.findings.over_classes import (
    COLOURS,
    DIFFER,
    SAME,
    ClassFacts,
    compare_over_classes,
)
from saliencnn.findings.telling import BORDER, FOCUS, SIZE

EACH, CLASSES = 20, 4
TRUE = np.repeat(np.arange(CLASSES), EACH)
CORRECT = np.arange(EACH * CLASSES) % EACH >= 6
SEE = Evidence("colours")


def make_facts(of_missed: float = 0, focus: float = 0, **given: object) -> ClassFacts:
    """Return classes of different colours; by so much missed images differ from their class."""
    rng = np.random.default_rng(0)
    shade = 0.2 + 0.15 * TRUE + of_missed * ~CORRECT + rng.normal(0, 0.02, len(TRUE))
    colours = np.repeat(np.stack([shade, 1 - shade], 1)[:, None], 3, axis=1)
    values = 0.5 + focus * ~CORRECT + rng.normal(0, 0.05, len(TRUE))
    facts = {"true": TRUE, "correct": CORRECT, "colours": colours, "numbers": {FOCUS: values}}
    return ClassFacts(**{**facts, **given})  # type: ignore[arg-type]


def say(facts: ClassFacts) -> str:
    return compare_over_classes(facts, SEE).sentence


def test_no_difference_is_said_with_its_counts() -> None:
    said = say(make_facts())
    assert said.startswith("Where it looks does not explain the mistakes: 24 missed")
    assert "24 missed and 56 correct images of the 4 classes" in said
    assert f"No difference could be shown in {COLOURS} or place of what" in said
    assert "inside the object's box" in say(make_facts(focus=-0.2, boxed=True))


@pytest.mark.parametrize(
    ("of_missed", "focus", "differs"),
    [
        (0.1, 0, "other highlighted colours"),
        (0, -0.2, "less of the map on the object"),
        (0, 0.2, "more of the map on the object"),
    ],
)
def test_what_differs_is_named_and_the_other_is_not(
    of_missed: float, focus: float, differs: str
) -> None:
    said = say(make_facts(of_missed, focus))
    assert said.startswith(f"Missed images have {differs} than correct ones of their class: by")
    assert "No difference could be shown in" in said


def test_a_class_that_is_missed_more_is_no_difference_between_right_and_wrong() -> None:
    """Of one class most are missed, and its colours are others: that explains no mistake."""
    correct = np.where(
        TRUE == 3, np.arange(len(TRUE)) % EACH >= 17, np.arange(len(TRUE)) % EACH > 1
    )
    facts = make_facts(correct=correct)
    assert compare_over_classes(facts, SEE).rule == SAME


def test_of_too_few_images_of_classes_with_both_nothing_is_said() -> None:
    """Many are missed, but hardly any of a class of which others are right."""
    correct = (TRUE < 2) | (np.arange(len(TRUE)) == len(TRUE) - 1)
    said = say(make_facts(correct=correct))
    assert said.startswith("Too few images tell")
    assert "19 missed and 1 correct images of the 1 class that has both" in said
    nothing = make_facts(colours=np.full((len(TRUE), 3, 2), np.nan))
    assert "0 missed and 0 correct" in say(nothing)


def test_where_no_object_is_known_the_border_tells() -> None:
    near = np.where(CORRECT, 0.2, 0.6) + np.random.default_rng(1).normal(0, 0.05, len(TRUE))
    said = say(make_facts(numbers={BORDER: near}))
    assert "have more of the map near the border than" in said


def test_each_question_is_counted_in_the_images_where_it_is_known() -> None:
    """Colours are known in all; where maps lie is known in the first two classes alone."""
    values = make_facts().numbers[FOCUS].copy()
    values[TRUE > 1] = np.nan
    said = say(make_facts(numbers={FOCUS: values}))
    assert f"For {COLOURS}, 24 missed and 56 correct images of the 4 classes" in said
    assert "For place, 12 missed and 28 correct images of the 2 classes" in said
    assert "with 24 missed images" in said
    assert "with 12 missed images" in said
    assert said.count("each image is compared with its own class") == 1
    values[TRUE > 0] = np.nan
    values[np.flatnonzero(~CORRECT)[:3]] = np.nan
    few = say(make_facts(numbers={FOCUS: values}))
    assert "For place, 3 missed and 14 correct images of the 1 class that has both, too" in few
    assert few.endswith(f"shown in {COLOURS} of what the maps highlight."), "nothing of the other"
    assert few.startswith("No difference could be shown between right and wrong: ")


def test_places_alone_tell_where_the_maps_colours_are_unknown() -> None:
    colours = np.full((len(TRUE), 3, 2), np.nan)
    said = say(make_facts(focus=-0.2, colours=colours))
    assert "less of the map on the object than correct ones of their class" in said


def test_sizes_are_compared_within_classes_too() -> None:
    """A class of small regions that is missed more explains nothing; smaller ones within do."""
    rng = np.random.default_rng(0)
    size = np.where(TRUE == 3, 0.1, 0.5) + rng.normal(0, 0.02, len(TRUE))
    missed_more = np.where(TRUE == 3, np.arange(len(TRUE)) % EACH > 15, CORRECT)
    told = compare_over_classes(make_facts(correct=missed_more, numbers={SIZE: size}), SEE)
    assert told.rule == SAME
    told = compare_over_classes(make_facts(numbers={SIZE: size - 0.08 * ~CORRECT}), SEE)
    assert told.rule == DIFFER
    assert "have smaller highlighted regions than" in told.sentence


def test_few_images_do_not_show_that_where_it_looks_explains_nothing() -> None:
    """Of 9 missed and 7 correct images only a large difference could be seen."""
    few = np.zeros(len(TRUE), bool)
    few[[0, 1, 2, 6, 7, 20, 21, 22, 26, 27, 40, 41, 42, 46, 47, 48]] = True
    numbers = {FOCUS: np.where(few, make_facts().numbers[FOCUS], np.nan)}
    colours = np.where(few[:, None, None], make_facts().colours, np.nan)
    told = compare_over_classes(make_facts(numbers=numbers, colours=colours), SEE)
    assert told.rule == SAME
    assert told.sentence.startswith("Too few images tell whether where it looks explains the mist")
    assert "9 missed and 7 correct images" in told.sentence

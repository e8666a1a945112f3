"""One answer to whether missed images differ, on a class whose truth is known."""

import numpy as np
import pytest

from saliencnn.findings.failure_answer import answer_failures
from saliencnn.findings.failure_facts import MapGroup
from saliencnn.findings.finding import Severity
from saliencnn.findings.of_failures import find_in_failures
from tests.saliencnn.findings.test_of_failures import make_facts

TAKEN_FOR = ["crow"] * 9 + ["raven"] * 3 + ["rook", "jay"]


def test_the_answer_says_what_missed_images_are_taken_for() -> None:
    found = answer_failures(make_facts(), TAKEN_FOR)
    assert found is not None
    assert found.severity is Severity.NOTE
    assert "between the 14 missed images and the 16 correct ones" in found.sentence
    assert '"crow" (9), "raven" (3), "rook" (1) and 1 more' in found.advice


@pytest.mark.parametrize(
    ("missed", "correct", "few"),
    [
        (1, 29, "1 missed image is too few to say why it misses it: 5 are needed."),
        (4, 26, "4 missed images are too few to say why it misses them: 5 are needed."),
        (4, 3, "4 missed images are too few"),
        (14, 3, "3 right images are too few to say why it misses them: 5 are needed."),
        (14, 1, "1 right image is too few to say why it misses them"),
        (7, 0, "None of 7 images is right: there is none to compare the missed ones with"),
        (1, 0, "1 missed image is too few"),
    ],
)
def test_of_too_few_the_answer_is_that_it_cannot_be_told(
    missed: int, correct: int, few: str
) -> None:
    """Whatever the numbers are; what the missed ones are taken for is known all the same."""
    found = answer_failures(make_facts(missed, correct, colours=1e-6), TAKEN_FOR[:missed])
    assert found is not None
    assert found.severity is Severity.NOTE
    assert found.sentence.startswith(few)
    assert f'"crow" ({min(missed, 9)})' in found.advice


def test_where_not_all_images_were_explained_it_says_of_how_many_few_are_missed() -> None:
    found = answer_failures(make_facts(2, 94), TAKEN_FOR[:2], known=(2, 203))
    assert found is not None
    assert found.sentence.startswith("2 missed images are too few")
    found = answer_failures(make_facts(14, 2), TAKEN_FOR, known=(1000, 2))
    assert found is not None
    assert found.sentence.startswith("2 right images are too few")
    found = answer_failures(make_facts(14, 2), TAKEN_FOR, known=(1000, 20))
    assert found is not None
    assert found.sentence.startswith("2 right images among the 16 measured are too few")
    found = answer_failures(make_facts(2, 0), TAKEN_FOR[:2], known=(10, 3))
    assert found is not None
    assert found.sentence.startswith("2 missed images among the 2 measured are too few")


def test_where_nothing_is_missed_nothing_is_asked() -> None:
    assert answer_failures(make_facts(0, 30), []) is None


@pytest.mark.parametrize("telling", ["higher size", "colours", "maps of one kind"])
def test_what_tells_them_apart_is_named(telling: str) -> None:
    """And each is a finding with its numbers as well."""
    size = {"size": np.arange(30) < 14} if telling == "higher size" else {}
    noise = {"red": np.random.default_rng(0).normal(size=30)}
    groups = (MapGroup("wide maps", 38, 28), MapGroup("small maps", 7, 0))
    facts = make_facts(
        numbers={**noise, **{name: own.astype(float) for name, own in size.items()}},
        colours=1e-6 if telling == "colours" else 0.4,
        groups=groups if telling == "maps of one kind" else (),
    )
    found = answer_failures(facts, TAKEN_FOR)
    assert found is not None
    assert found.severity is Severity.WARNING
    named = found.sentence.split(":")[1].split(" than ")[0]
    assert telling in named
    assert "red" not in named
    rule = {"higher size": "failures differ", "colours": "colours differ"}.get(
        telling, "failing group"
    )
    assert rule in [one.rule for one in find_in_failures(facts)]


def test_a_difference_barely_beyond_chance_is_said_to_be_so() -> None:
    values = np.where(np.arange(30) < 14, 0.0, 0.4) + np.random.default_rng(6).random(30)
    found = answer_failures(make_facts(numbers={"region size": values}), TAKEN_FOR)
    assert found is not None
    assert found.sentence == (
        "They differ, but barely beyond chance: the 14 missed images have smaller highlighted "
        "regions than the 16 correct ones."
    )


def test_what_differs_beyond_three_numbers_is_counted_apart_from_the_comparison() -> None:
    sides = (np.arange(30) < 14).astype(float)
    facts = make_facts(numbers=dict.fromkeys(("a", "b", "c", "d", "e"), sides))
    found = answer_failures(facts, TAKEN_FOR)
    assert found is not None
    assert "than the 16 correct ones, beside 2 other differences." in found.sentence
    few = answer_failures(make_facts(numbers={"a": sides}), TAKEN_FOR)
    assert few is not None
    assert few.sentence.endswith("than the 16 correct ones.")

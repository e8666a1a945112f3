"""Findings on a class whose truth is known, and silence where nothing is the matter."""

import re
from typing import Any

import numpy as np
import pytest

from saliencnn.findings.failure_answer import answer_failures
from saliencnn.findings.failure_facts import FailureFacts, MapGroup
from saliencnn.findings.failure_follows import say_what_follows
from saliencnn.findings.finding import Evidence, Severity
from saliencnn.findings.map_groups import name_groups
from saliencnn.findings.methods import Advice
from saliencnn.findings.of_failures import DIFFERENCES, find_in_failures
from saliencnn.findings.usual_mistake import UsualMistake


def make_facts(missed: int = 14, correct: int = 16, **changes: Any) -> FailureFacts:
    """Missed images that are drawn like the correct ones."""
    rng = np.random.default_rng(0)
    known = np.arange(missed + correct) >= missed
    facts = {
        "correct": known,
        "numbers": {name: rng.normal(size=len(known)) for name in ("size", "red", "green")},
        "colours": 0.4,
        "groups": (),
        "evidence": Evidence("colours"),
    }
    return FailureFacts(**{**facts, **changes})


def rules_of(facts: FailureFacts) -> list[str]:
    return [finding.rule for finding in find_in_failures(facts)]


def test_failures_like_the_others_are_said_to_be_so() -> None:
    (found,) = find_in_failures(make_facts())
    assert found.rule == "failures do not differ"
    assert "None of 3 numbers" in found.detail
    assert "14 missed, 16 correct" in found.detail


@pytest.mark.parametrize(("p", "said"), [(0.02, True), (0.4, False)])
def test_what_would_count_if_it_were_asked_alone_says_why_it_does_not(p: float, said: bool) -> None:
    (found,) = find_in_failures(make_facts(colours=p))
    assert found.rule == "failures do not differ"
    assert ("3 questions are asked" in found.detail) == said


def test_nothing_is_said_where_nothing_is_missed() -> None:
    assert rules_of(make_facts(missed=0, colours=float("nan"))) == []


@pytest.mark.parametrize(("missed", "correct"), [(1, 29), (4, 20), (20, 4)])
def test_few_images_are_too_few_to_say(missed: int, correct: int) -> None:
    facts = make_facts(missed, correct, colours=0.001, groups=())
    assert rules_of(facts) == []


def test_a_failing_group_comes_first_with_its_interval() -> None:
    groups = (MapGroup("wide maps", 38, 28), MapGroup("small maps where the object is small", 7, 0))
    found = find_in_failures(make_facts(groups=groups))
    assert [one.rule for one in found] == ["failing group", "failures do not differ"]
    assert "7 of 17 mistakes have small maps where the object is small" in found[0].sentence
    assert "0 of the 28 right images" in found[0].sentence
    low, high = (int(part) for part in re.findall(r"\d+", found[0].detail)[:2])
    assert 0 < low < 41 < high


def test_a_failing_group_of_few_images_is_not_told() -> None:
    groups = (MapGroup("wide maps", 22, 22), MapGroup("small maps", 7, 0))
    assert "failing group" not in rules_of(make_facts(groups=groups))


@pytest.mark.parametrize(
    "groups",
    [
        (MapGroup("a", 20, 11), MapGroup("b", 10, 5)),
        (MapGroup("a", 30, 30), MapGroup("b", 4, 0)),
        (MapGroup("a", 30, 10),),
        (),
    ],
    ids=["alike", "of four images", "alone", "none"],
)
def test_groups_that_do_not_stand_out(groups: tuple[MapGroup, ...]) -> None:
    found = rules_of(make_facts(groups=groups))
    assert "failing group" not in found
    assert ("no group stands out" in found) == (len(groups) > 1)
    assert ("one group" in found) == (len(groups) == 1)
    unclear = rules_of(make_facts(groups=groups, clear=False))
    assert "no group stands out" not in unclear
    assert ("one group" in unclear) == (len(groups) > 0)


def test_many_groups_must_stand_out_more() -> None:
    two = (MapGroup("a", 20, 16), MapGroup("b", 12, 4))
    assert "failing group" in rules_of(make_facts(groups=two))
    many = (*(MapGroup(str(n), 5, 4) for n in range(4)), MapGroup("b", 12, 4))
    assert "failing group" not in rules_of(make_facts(groups=many))


def test_a_number_that_separates_is_named_with_its_direction() -> None:
    facts = make_facts()
    numbers = {**facts.numbers, "object's size": facts.correct + 0.0}
    found = find_in_failures(make_facts(numbers=numbers))
    assert found[0].rule == "failures differ"
    assert (
        "most in object's size: of a missed and a correct image, the missed one's is lower in 100%"
        in found[0].sentence
    )
    assert "failures do not differ" not in rules_of(make_facts(numbers=numbers))


GROUPS = (MapGroup("wide maps", 38, 28), MapGroup("small maps", 7, 0))
BARELY = np.where(np.arange(30) < 14, 0.0, 0.4) + np.random.default_rng(6).random(30)


@pytest.mark.parametrize(
    "facts",
    [
        make_facts(numbers={"region size": BARELY}),
        make_facts(numbers={"region size": np.arange(30.0)}, advice=Advice.DO_NOT),
        make_facts(colours=0.001, advice=Advice.DO_NOT),
        make_facts(groups=GROUPS, advice=Advice.DO_NOT),
    ],
    ids=["barely", "number", "colours", "group"],
)
def test_a_difference_not_to_be_acted_on_neither_warns_nor_advises(facts: FailureFacts) -> None:
    """As the answer beside it says so."""
    answer = answer_failures(facts, ["crow"] * 14)
    assert answer is not None
    assert (
        "do not act on it" in say_what_follows(facts, UsualMistake("ani", "crow", 14, 14, 1)).advice
    )
    found = [one for one in find_in_failures(facts) if one.rule in DIFFERENCES]
    assert found
    for one in (answer, *found):
        assert one.severity is Severity.NOTE
    assert not any(one.advice for one in found)


def test_a_difference_to_be_acted_on_warns_and_leaves_the_next_step_to_the_answer() -> None:
    (found, *_) = find_in_failures(make_facts(numbers={"region size": np.arange(30.0)}))
    assert found.severity is Severity.WARNING
    assert "training images" not in found.advice


def test_colours_that_differ() -> None:
    assert rules_of(make_facts(colours=0.01)) == ["colours differ"]


def test_of_classes_without_any_difference_one_in_twenty_is_told_one() -> None:
    """Of numbers, colours and groups together, whose p-values are even under permuted labels."""
    told = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        correct = rng.permutation(100) >= 50
        numbers = {str(n): rng.normal(size=100) for n in range(4)}
        of = rng.integers(0, 2, 100)
        groups = [
            MapGroup("maps", int((of == n).sum()), int(correct[of == n].sum())) for n in (0, 1)
        ]
        facts = FailureFacts(correct, numbers, rng.random(), tuple(groups), Evidence("colours"))
        told += rules_of(facts) != ["no group stands out", "failures do not differ"]
    assert told <= 16  # of 10 expected; more would be chance in one of 40


def test_groups_are_named_by_what_sets_them_apart() -> None:
    labels = np.repeat([0, 1, 2], 10)
    spread = np.linspace(0, 0.01, 30)
    traits = {
        "size": np.repeat([0.5, 0.5, 0.1], 10) + spread,
        "border": np.repeat([0.1, 0.6, 0.1], 10) + spread,
        "object": np.repeat([0.4, 0.4, 0.1], 10) + spread,
        "focus": np.full(30, np.nan),
    }
    first, second, third = name_groups(labels, traits)
    assert "near the border" in second
    assert third == "small maps where the object is small"
    assert "in the middle" in first
    assert name_groups(np.zeros(30, int), traits) == ["all maps"]
    alike = name_groups(labels, {"size": np.ones(30)})
    assert alike == ["maps like the others"] * 3


def test_the_page_says_where_missed_images_are_looked_at() -> None:
    facts = make_facts()
    focus = np.where(facts.correct, 0.75, 0.25)
    said = [one.sentence for one in find_in_failures(make_facts(numbers={"focus": focus}))]
    assert any("0.25 in 14 missed images, 0.75 in 16 correct ones" in one for one in said)


@pytest.mark.parametrize(
    ("missed", "correct", "told"),
    [
        (5, 5, "With 5 missed images hardly any"),
        (14, 16, "With 14 missed images only a large difference"),
        (16, 14, "With 14 correct images only a large difference"),
        (400, 400, "a large difference would have been seen"),
    ],
)
def test_without_a_difference_it_says_what_so_many_images_could_show(
    missed: int, correct: int, told: str
) -> None:
    groups = (MapGroup("all maps", missed + correct, correct),)
    found = find_in_failures(make_facts(missed, correct, groups=groups))
    (none,) = (one.sentence for one in found if one.rule == "failures do not differ")
    assert told in none
    assert ("few maps" in [one.rule for one in found]) == (missed + correct < 30)

"""What follows from the answer: with its numbers, and one next step each."""

from dataclasses import replace

import numpy as np
import pytest

from saliencnn.findings.failure_answer import answer_failures
from saliencnn.findings.failure_facts import FailureFacts, MapGroup
from saliencnn.findings.failure_follows import (
    RETRAIN,
    SEE_CLASSES,
    SEE_DIFFERENCE,
    SEE_IMAGES,
    SEE_PAIR,
    say_what_follows,
)
from saliencnn.findings.focus_words import Place
from saliencnn.findings.methods import Advice
from saliencnn.findings.usual_mistake import find_usual_mistake
from tests.saliencnn.findings.test_of_failures import make_facts

EXACT = Place()
CROW = [("ani", "crow")] * 9 + [("ani", "raven")] * 5
SPREAD = [("ani", name) for name in "abcdefg"] * 2
UNIQUE = [("ani", str(number)) for number in range(14)]
SIZES = np.random.default_rng(0).random(30) / 4
CLASSES = [(name, "crow") for name in "abcdefg"] * 2


def follow(
    facts: FailureFacts, mistakes: list[tuple[str, str]] = CROW, place: Place = EXACT
) -> tuple[str, str]:
    usual = find_usual_mistake(mistakes)
    assert usual is not None
    facts = replace(facts, place=place)
    found = say_what_follows(facts, usual)
    return found.rule, " ".join(filter(None, (found.sentence, found.advice, found.detail)))


def answer(facts: FailureFacts, place: Place = EXACT) -> str:
    found = answer_failures(replace(facts, place=place), ["crow"] * facts.missed)
    assert found is not None
    return found.sentence


def with_focus(missed: float, correct: float, apart: float = 0.2) -> FailureFacts:
    noise = apart * np.random.default_rng(1).random(30)
    return make_facts(numbers={"focus": noise + np.where(np.arange(30) < 14, missed, correct)})


@pytest.mark.parametrize(
    ("focus", "mistakes", "step", "said"),
    [
        (0.6, CROW, SEE_PAIR, "The classes may look alike to it: 9 of 14 missed images"),
        (0.2, CROW, SEE_PAIR, "One mistake explains most of them"),
        (0.6, SPREAD, SEE_IMAGES, "no class takes most of them, at most 2 of 14"),
        (0.6, UNIQUE, SEE_IMAGES, "no two of 14 missed images are the same mistake"),
        (0.6, CLASSES, SEE_CLASSES, '"a" taken for "crow" is the mistake made most: 2 of 14'),
    ],
)
def test_where_nothing_differs_the_likely_cause_leads_to_a_step(
    focus: float, mistakes: list[tuple[str, str]], step: str, said: str
) -> None:
    facts = with_focus(focus, focus)
    found, sentence = follow(facts, mistakes)
    assert found == step
    assert said in sentence
    assert "little points to that as the reason" in answer(facts)
    where = "at" if focus >= 0.5 else "beside"
    assert f"{where} the object in all 14 missed images, as in all 16" in answer(facts)
    assert "with 14 missed images" in answer(facts), "how sure that is"


def test_it_says_how_large_a_difference_stays_unseen() -> None:
    _, sentence = follow(make_facts(numbers={"region size": SIZES}))
    assert "of 100 pairs" in sentence
    assert "% of the image smaller or" in sentence
    assert answer(make_facts()).startswith("Why it misses these cannot be said: ")
    assert "hardly any difference could be seen" in answer(make_facts(5, 5))


def test_of_several_mistakes_without_a_known_object_no_cause_is_claimed() -> None:
    step, sentence = follow(make_facts(numbers={"region size": SIZES}), SPREAD)
    assert step == SEE_IMAGES
    assert "likely" not in sentence
    assert sentence.startswith("No single mistake explains them")
    assert "at most 2 of 14" in sentence


def test_a_box_of_nearly_the_whole_image_tells_nothing_of_where_it_looks() -> None:
    step, sentence = follow(with_focus(0.6, 0.6), CROW, Place(0.7))
    said = answer(with_focus(0.6, 0.6), Place(0.7))
    assert "boxes cover 70% of an image" in said
    assert "no better than chance" in said
    assert "classes may look alike" in sentence
    assert step == SEE_PAIR


def test_where_boxes_alone_are_known_it_says_so_beside_what_chance_does() -> None:
    said = answer(with_focus(0.6, 0.6), Place(0.4))
    assert "little points to that as the reason" in said
    assert "in right ones, a difference that chance may explain; boxes cover 40% of" in said
    assert "on the object" not in said
    near = answer(with_focus(0.6, 0.6), Place(0.6))
    assert "boxes cover 60% of an image: little better than chance" in near
    _, apart = follow(with_focus(0.1, 0.6), CROW, Place(0.4))
    assert "less of what speaks for the right class lies inside the object's box" in apart
    assert "boxes" not in answer(with_focus(0.6, 0.6))


@pytest.mark.parametrize(
    ("advice", "start", "likely"),
    [
        (
            None,
            "Judging by unchecked maps, it looks at the object in all 14 missed images",
            "The classes may",
        ),
        (Advice.UNKNOWN, "Judging by hardly checked maps, it looks at ", "The classes may"),
        (Advice.CARE, "Judging by maps of which the checks are not sure, it ", "The classes"),
        (Advice.BELIEVE, "It looks at the object in all 14 missed images", "The classes may"),
        (Advice.DO_NOT, "Why it misses these cannot be said: ", "One mistake explains most"),
    ],
)
def test_a_cause_is_as_sure_as_the_checks_are_of_the_maps(
    advice: Advice | None, start: str, likely: str
) -> None:
    facts = replace(with_focus(0.6, 0.6), method="CAM", advice=advice, instead="RISE")
    assert answer(facts).startswith(start)
    sentence = follow(facts)[1]
    assert sentence.startswith(likely)
    told = "But the maps of CAM fail the checks. So choose RISE first: its maps pass them."
    assert (told in sentence) == (advice == Advice.DO_NOT)


@pytest.mark.parametrize("missed", [6, 9])
def test_of_few_missed_images_it_is_not_said_that_where_it_looks_is_no_reason(missed: int) -> None:
    correct = np.arange(30) >= missed
    focus = 0.6 + 0.2 * np.random.default_rng(1).random(30)
    facts = make_facts(missed, 30 - missed, numbers={"focus": focus})
    assert (facts.correct == correct).all()
    assert f"{missed} images are too few to be sure" in answer(facts)


def test_a_difference_by_a_method_that_failed_changes_no_training() -> None:
    facts = with_focus(0.1, 0.6)
    assert follow(replace(facts, advice=Advice.BELIEVE))[0] == RETRAIN
    step, sentence = follow(replace(facts, advice=Advice.DO_NOT))
    assert step == SEE_DIFFERENCE
    told = "But the maps of this method fail the checks. So do not act on it: look at the images"
    assert told in sentence
    assert "surrounds" not in sentence


def test_of_too_few_it_says_what_an_answer_takes() -> None:
    step, sentence = follow(make_facts(4, 26), CROW[:4])
    assert step == SEE_IMAGES
    assert "look at the 4 missed ones, or ask where more are missed." in sentence
    assert find_usual_mistake([]) is None


@pytest.mark.parametrize(
    ("facts", "step", "said"),
    [
        (with_focus(0.1, 0.6), RETRAIN, "less of what speaks for the right class lies on the obj"),
        (with_focus(0.6, 0.1), RETRAIN, "more of what speaks for the right class lies on the obj"),
        (
            make_facts(numbers={"region size": np.arange(30.0)}),
            SEE_DIFFERENCE,
            "need not cause them",
        ),
        (make_facts(numbers={"texture contrast": np.arange(30.0)}), RETRAIN, "vary it"),
        (make_facts(colours=0.001), RETRAIN, "0.1% of the time"),
        (
            make_facts(groups=(MapGroup("wide maps", 38, 28), MapGroup("small maps", 7, 0))),
            SEE_DIFFERENCE,
            "7 of 17 mistakes have small maps",
        ),
    ],
)
def test_what_a_difference_means_has_its_numbers(facts: FailureFacts, step: str, said: str) -> None:
    found, sentence = follow(facts)
    assert found == step
    assert said in sentence


BARELY = np.where(np.arange(30) < 14, 0.0, 0.4) + np.random.default_rng(6).random(30)


@pytest.mark.parametrize("number", ["texture contrast", "region size", "focus"])
def test_a_difference_barely_beyond_chance_is_not_to_be_acted_on(number: str) -> None:
    facts = make_facts(numbers={number: BARELY})
    assert facts.barely
    step, sentence = follow(facts)
    assert step == SEE_DIFFERENCE
    assert sentence.startswith("Perhaps, ")
    assert sentence.endswith("So do not act on it: see whether it holds on more images.")
    assert not make_facts(numbers={number: np.arange(30.0)}).barely
    assert not make_facts(numbers={number: BARELY}, colours=0.001).barely, "the colours differ too"


@pytest.mark.parametrize(
    ("facts", "mistakes", "place"),
    [
        (with_focus(0.6, 0.6), CROW, EXACT),
        (with_focus(0.2, 0.2), SPREAD, EXACT),
        (with_focus(0.6, 0.6), CLASSES, EXACT),
        (with_focus(0.6, 0.6), UNIQUE, Place(0.7)),
        (with_focus(0.1, 0.6), CROW, EXACT),
        (replace(with_focus(0.6, 0.6), advice=Advice.DO_NOT), CROW, EXACT),
        (replace(make_facts(colours=0.001), advice=Advice.DO_NOT), CROW, EXACT),
        (make_facts(colours=0.001), CROW, EXACT),
        (make_facts(numbers={"region size": np.arange(30.0)}), CROW, EXACT),
        (make_facts(4, 26), CROW[:4], EXACT),
    ],
)
def test_every_answer_ends_in_what_to_do(
    facts: FailureFacts, mistakes: list[tuple[str, str]], place: Place
) -> None:
    usual = find_usual_mistake(mistakes)
    assert usual is not None
    found = say_what_follows(replace(facts, place=place), usual)
    advice = found.advice or found.sentence
    last = advice[advice.rindex("So ") :]
    assert ". " not in last
    assert last[-1] in ".?"
    assert advice[-2] not in ".?"

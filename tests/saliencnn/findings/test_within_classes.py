"""Images of several classes have one answer, which classes that are missed more do not make."""

from dataclasses import replace

import numpy as np
import pytest

from saliencnn.findings.failure_answer import answer_failures
from saliencnn.findings.failure_facts import FailureFacts
from saliencnn.findings.failure_follows import SEE_CLASSES, SEE_IMAGES, say_what_follows
from saliencnn.findings.finding import Evidence, Finding, Severity
from saliencnn.findings.methods import Advice
from saliencnn.findings.over_classes import DIFFER, SAME, TOO_FEW
from saliencnn.findings.usual_mistake import UsualMistake
from saliencnn.findings.within_classes import conclude, follow
from tests.saliencnn.findings.test_of_failures import make_facts

OVER = Finding(SAME, Severity.NOTE, "Over all classes no difference: 14 and 16.", "", Evidence("c"))
USUAL = UsualMistake("jay", "crow", 3, 14, 3)


def make_apart() -> FailureFacts:
    """Missed images' regions are smaller."""
    correct = np.arange(30) >= 14
    size = np.where(correct, 0.5, 0.1) + np.random.default_rng(0).normal(0, 0.01, 30)
    return make_facts(numbers={"region size": size})


def conclude_of(facts: FailureFacts, over: Finding = OVER) -> tuple[Finding, Finding]:
    answer = answer_failures(facts, ["crow"] * 14)
    assert answer is not None
    follows = say_what_follows(facts, USUAL)
    return conclude(over, answer, facts), follow(over, follows, facts, USUAL)


@pytest.mark.parametrize("rule", [SAME, TOO_FEW])
def test_what_holds_whatever_the_classes_are_is_no_claim(rule: str) -> None:
    told, follows = conclude_of(make_apart(), replace(OVER, rule=rule))
    assert told.sentence.startswith(OVER.sentence)
    assert "the 14 missed images have smaller highlighted regions" in told.sentence
    assert "that may tell classes apart" in told.sentence
    assert "smaller" not in follows.sentence
    assert follows.rule == SEE_CLASSES


def test_what_differs_within_classes_leads_to_the_images() -> None:
    told, follows = conclude_of(make_apart(), replace(OVER, rule=DIFFER))
    assert told.sentence == OVER.sentence
    assert follows.rule == SEE_IMAGES
    assert "before you change the training" in follows.advice
    failing = replace(make_apart(), advice=Advice.DO_NOT, method="CAM", instead="Grad-CAM")
    _, follows = conclude_of(failing, replace(OVER, rule=DIFFER))
    assert "maps of CAM fail the checks. So choose Grad-CAM first" in follows.advice


def test_where_nothing_differs_anyhow_that_is_said_once() -> None:
    facts = make_facts()
    told, follows = conclude_of(facts)
    assert told.sentence == OVER.sentence
    assert follows == say_what_follows(facts, USUAL)


def test_of_too_few_images_only_that_is_said() -> None:
    facts = make_facts(4, 26)
    answer = answer_failures(facts, ["crow"] * 4)
    assert answer is not None
    assert conclude(OVER, answer, facts) == answer
    follows = say_what_follows(facts, USUAL)
    assert follow(OVER, follows, facts, USUAL) == follows

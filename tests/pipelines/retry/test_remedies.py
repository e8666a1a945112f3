"""What is tried where a run confuses classes, and how that stands among the other proposals."""

from dataclasses import replace
from typing import Any

import pytest

from pipelines.retry.attempts import lead_to_attempts, list_attempts
from pipelines.retry.history import PastRun
from pipelines.retry.proposals import find_reason, list_proposals, train_for
from pipelines.retry.remedies import ROWS
from pipelines.retry.resized import ResizedRun
from pipelines.retry.settings import scale_size
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.findings.confusion_help import (
    BALANCED,
    LARGER_IMAGES,
    LONGER_TRAINING,
    REMEDIES,
)
from saliencnn.findings.finding import Evidence, Finding, Remedy, Severity, Suggestion

OWN = Hyperparameters(epochs=6)
START = {**OWN.as_dict(), "image_size": "64"}
PAST = {"start": PastRun(OWN, 0.5, {"focus": 0.7})}


def confuse(*remedies: Remedy) -> Finding:
    return Finding(
        "confused", Severity.NOTE, "It confuses.", "", Evidence("progression"), remedies=remedies
    )


LARGER = Remedy(LARGER_IMAGES, "they hold more", 5.0)
MEMORIZED = Finding("memorized", Severity.WARNING, "It memorizes.", "", Evidence("retrain"))


@pytest.mark.parametrize(
    ("remedy", "changed"),
    [
        (Remedy(LONGER_TRAINING, "it rose"), {"epochs": 12}),
        (LARGER, {"image_size": "128"}),
        (Remedy(LARGER_IMAGES, "they hold more", 1.5), {"image_size": "96"}),
        (Remedy(BALANCED, "it is rare"), {"balance": "sampling"}),
    ],
)
def test_each_remedy_is_one_change_and_says_why(remedy: Remedy, changed: dict[str, Any]) -> None:
    (attempt,) = list_attempts(START, [confuse(remedy)])
    assert attempt.changes == changed
    assert "it confuses; " in attempt.reason.why
    assert remedy.why in attempt.reason.why
    assert "not known" in attempt.reason.expected, "nobody has tried it"
    (led,) = lead_to_attempts(START, [confuse(remedy)])
    ((name, value),) = changed.items()
    evidence = Evidence("retrain", {"change": (f"{name}:{value}",)})
    assert led.suggestion == Suggestion(remedy.what, evidence)
    reason = find_reason(START, {**START, **changed}, [confuse(remedy)], ())
    assert reason == str(attempt.reason)
    assert find_reason(START, {**START, "seed": 9}, [confuse(remedy)], ()) == ""


def test_what_helps_the_run_comes_first_but_a_link_beside_a_confusion_keeps_its_reason() -> None:
    rising = Finding("still rising", Severity.NOTE, "It rises.", "", Evidence("retrain"))
    found = [confuse(Remedy(LONGER_TRAINING, "it rose")), rising]
    first, *others = list_proposals(OWN, PAST, found, 9)
    assert first.reason.why == "Why: it rises."
    assert first.values not in [one.values for one in others]
    reason = find_reason(START, {**START, "epochs": 12}, found, ())
    assert reason.endswith("Why: it confuses; it rose.")


def test_what_cannot_help_or_comes_second_is_not_tried() -> None:
    assert {*REMEDIES} <= {*ROWS}
    assert list_attempts(START, [confuse()]) == []
    assert list_attempts({**START, "balance": "weights"}, [confuse(Remedy(BALANCED, ""))]) == []
    assert list_attempts({**START, "image_size": "1024"}, [confuse(LARGER)]) == []
    assert list_attempts({**START, "image_size": ""}, [confuse(LARGER)]) == []
    assert list_attempts(START, [confuse(LARGER)], ruled_out=True) == []
    wrong = Finding("shortcut", Severity.PROBLEM, "It cheats.", "", Evidence("retrain"))
    assert list_attempts(START, [wrong, confuse(LARGER)]) == []
    assert lead_to_attempts(START, [wrong, confuse(LARGER)])[1].suggestion is None


def test_what_a_link_asks_for_comes_first_however_few_are_wanted() -> None:
    rising = Finding("still rising", Severity.NOTE, "It rises.", "", Evidence("retrain"))
    found = [MEMORIZED, rising, confuse(LARGER)]
    for change in ({"epochs": 12}, {"image_size": "128"}, {"crop": 0.35}):
        asked = {**START, "image_size": "64", **change}
        first, *_ = list_proposals(OWN, PAST, found, 1, size="64", asked=asked)
        assert first.change({**START, "image_size": "64"}) == asked
    first, *_ = list_proposals(OWN, PAST, found, 1, size="64", asked=START)
    assert first.values.mixup, "nothing proposes that"


def test_a_size_grows_in_steps_and_keeps_its_proportions() -> None:
    assert scale_size("48", 2.0) == "96"
    assert scale_size("224", 1.46) == "320"
    assert scale_size("48x96", 2.0) == "96x192"
    assert scale_size("800", 2.0) == "1024"
    assert scale_size("50", 1.2) == "50", "no step larger"


def test_a_remedy_stands_among_the_first_proposals_and_a_search_leaves_sizes_alone() -> None:
    found = [MEMORIZED, confuse(LARGER)]
    first, second, *others = list_proposals(OWN, PAST, found, 4, size="64")
    assert first.values.mixup
    assert (second.values, second.image_size) == (OWN, "128")
    assert second.change(START) == {**START, "image_size": "128"}
    assert not any(one.image_size for one in others)
    assert not any(one.image_size for one in list_proposals(OWN, PAST, found, 9))


def test_what_runs_at_that_size_reached_is_said_and_one_with_the_same_values_is_named() -> None:
    at = [ResizedRun("big", "128", PastRun(OWN, 0.61, name="larger"), 0.5)]
    _, proposal = list_proposals(OWN, PAST, [MEMORIZED, confuse(LARGER)], 2, size="64", resized=at)
    assert "larger reached accuracy 61.0% in 6 epochs, where" in proposal.reason.expected
    assert "this run has 50.0%" in proposal.reason.expected
    assert proposal.trained == "big"
    assert train_for(proposal, OWN, OWN.epochs, PAST).trained == "big"
    assert train_for(proposal, OWN, 3, PAST).trained == "", "it was trained for longer"
    assert train_for(proposal, OWN, 9, PAST).trained == "", "not for as long"
    other = ResizedRun("crop", "128", PastRun(replace(OWN, crop=0.5), 0.4, name="cropped"), 0.3)
    at = [other, replace(other, past=replace(other.past, accuracy=0.5))]
    (attempt,) = list_attempts(START, [confuse(LARGER)], resized=at)
    assert "40.0% to 50.0%" in attempt.reason.expected
    assert "2 runs, 2 of them with other settings, reached" in attempt.reason.expected
    assert attempt.trained == ""
    wrong = [replace(at[0], past=replace(at[0].past, rejected=True))]
    (attempt,) = list_attempts(START, [confuse(LARGER)], resized=wrong)
    assert "40.0%" not in attempt.reason.expected, "a person rejected it"
    elsewhere = [replace(at[0], size="96")]
    (attempt,) = list_attempts(START, [confuse(LARGER)], resized=elsewhere)
    assert "40.0%" not in attempt.reason.expected

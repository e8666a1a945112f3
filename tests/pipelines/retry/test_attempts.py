"""What a run's own findings ask for, and how that stands among the other proposals."""

from dataclasses import replace
from typing import Any

import pytest

from pipelines.retry.attempts import lead_to_attempts, list_attempts
from pipelines.retry.history import PastRun
from pipelines.retry.proposals import Proposal, list_proposals, train_for
from pipelines.retry.reason import Reason
from pipelines.retry.remedies import ROWS
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.findings.confusion_help import HARDER_IMAGES, REMEDIES
from saliencnn.findings.finding import Evidence, Finding, Severity
from saliencnn.findings.of_run import RUN_RULES

START = Hyperparameters(epochs=6, crop=0.3)
SETTINGS = START.as_dict()


def make_finding(rule: str, severity: Severity = Severity.NOTE) -> Finding:
    return Finding(rule, severity, f"About {rule}.", "", Evidence("retrain"))


RISING = make_finding("still rising")


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ("still rising", {"epochs": 12}),
        ("memorized", {"mixup": 0.2}),
        ("overfitting", {"mixup": 0.2}),
        ("imbalance", {"balance": "sampling"}),
        ("loss above chance", {"learning_rate": START.learning_rate / 10}),
    ],
)
def test_each_finding_is_answered_by_one_change_and_says_why(
    rule: str, changed: dict[str, Any]
) -> None:
    first, *_ = list_attempts(SETTINGS, [make_finding("confused"), make_finding(rule)])
    assert first.changes == changed
    assert first.reason.why == f"Why: about {rule}."
    (name,) = changed
    assert name.replace("_", " ") in first.reason.title
    leading = replace(make_finding(rule), evidence=Evidence("retrain", {"run": "f"}))
    (led,) = lead_to_attempts(SETTINGS, [leading])
    assert led.evidence.query == {"run": "f", "change": (f"{name}:{changed[name]}",)}


def test_what_would_not_help_is_not_proposed() -> None:
    assert {*ROWS} - {*REMEDIES, HARDER_IMAGES} <= {*RUN_RULES}
    assert list_attempts(SETTINGS, [make_finding("confused")]) == []
    assert list_attempts(SETTINGS, []) == []
    assert list_attempts(SETTINGS, [make_finding("shortcut", Severity.PROBLEM), RISING]) == []
    assert list_attempts({**SETTINGS, "epochs": 1000}, [RISING]) == []
    both = [make_finding("memorized"), make_finding("overfitting")]
    answers = [{"mixup": 0.2}, {"crop": 0.35}, {"label_smoothing": 0.1}]
    assert [one.changes for one in list_attempts(SETTINGS, both)] == answers
    for mixed in ({"mixup": 0.4}, {"cutmix": 1.0}, {"guidance": "both"}):
        done = {**SETTINGS, **mixed, "crop": 0.5, "label_smoothing": 0.1}
        assert list_attempts(done, both) == []
        assert lead_to_attempts(done, both) == (*both,)
    first, *_ = list_attempts(SETTINGS, [RISING, make_finding("memorized", Severity.WARNING)])
    assert first.changes == {"mixup": 0.2}, "what memorizes is not trained longer first"


def test_what_interventions_found_is_answered_before_what_is_merely_new() -> None:
    border = Evidence("retrain", {"change": ("crop:0.4",)})
    guided = Evidence("retrain", {"change": ("guidance:inside",)})
    found = [
        Finding("hardly needs the object", Severity.PROBLEM, "No need.", "Guide it.", guided),
        Finding("reads the border", Severity.PROBLEM, "The border.", "Crop at random.", border),
        RISING,
    ]
    (attempt,) = list_attempts(SETTINGS, found, ruled_out=True)
    assert attempt.changes == {"crop": 0.4}
    assert attempt.reason.title == "Crop at random: crop 0.3 → 0.4"
    assert attempt.reason.why == "Why: the border."
    assert lead_to_attempts(SETTINGS, found)[:2] == (*found[:2],), "they lead to it themselves"
    convicted = PastRun(START, 0.9, {"focus": 0.2}, conviction="reads the border")
    first, second, *_ = list_proposals(START, {"own": convicted}, found, 5)
    assert first.reason.is_known, "guidance"
    assert second.values == replace(START, crop=0.4)


def accuse(rule: str, *change: str, advice: str = "Mend it.") -> Finding:
    evidence = Evidence("retrain", {"change": change})
    return Finding(rule, Severity.PROBLEM, f"It {rule}.", advice, evidence)


@pytest.mark.parametrize(
    ("own", "asked", "changes"),
    [
        ({"degrade": 0.8}, ("degrade:0.7",), []),
        ({"degrade": 0.7}, ("degrade:0.7",), []),
        ({"degrade": 0.6}, ("degrade:0.7",), [{"degrade": 0.7}]),
        ({"erasing": 0.8, "crop": 0.1}, ("erasing:0.5", "crop:0.3"), [{"crop": 0.3}]),
        ({"erasing": 0.8, "crop": 0.5}, ("erasing:0.5", "crop:0.3"), []),
        ({}, ("optimizer:sgd",), [{"optimizer": "sgd"}]),
    ],
)
def test_what_mends_a_problem_lowers_nothing(
    own: dict[str, float], asked: tuple[str, ...], changes: list[dict[str, Any]]
) -> None:
    found = list_attempts({**SETTINGS, **own}, [accuse("reads it", *asked)])
    assert [one.changes for one in found] == changes


def test_what_a_problem_asks_for_may_be_anything() -> None:
    def answer(*asked: str) -> list[dict[str, Any]]:
        return [one.changes for one in list_attempts(SETTINGS, [accuse("reads it", *asked)])]

    assert answer("nonsense:1") == []
    assert answer("nonsense:1", "erasing:0.5") == [{"erasing": 0.5}]
    assert answer("crop:9") == answer("crop") == answer("crop:much") == []


def test_problems_that_ask_for_the_same_are_answered_once() -> None:
    corner = accuse("reads one corner", "erasing:0.5", "crop:0.4", advice="Look there.")
    place = accuse("reads one place", "crop:0.4", "erasing:0.5", advice="Look at that place.")
    (attempt,) = list_attempts(SETTINGS, [corner, place])
    assert attempt.changes == {"erasing": 0.5, "crop": 0.4}
    assert attempt.reason.title == "Look there: erasing 0 → 0.5, crop 0.3 → 0.4"


def test_a_person_says_for_how_many_epochs_a_proposal_trains() -> None:
    mixed = replace(START, mixup=0.2)
    past = {
        "start": PastRun(START, 0.8, {"focus": 0.7}),
        "mixed": PastRun(mixed, 0.85, {"focus": 0.7}),
    }
    proposal = Proposal(mixed, Reason("Mix", "", ""), "mixed")
    assert train_for(proposal, START, 6, past) is proposal
    shorter, longer = (train_for(proposal, START, epochs, past) for epochs in (3, 9))
    assert (shorter.values, shorter.trained) == (replace(mixed, epochs=3), ""), (
        "it trained for longer"
    )
    assert (longer.values, longer.trained) == (replace(mixed, epochs=9), ""), "not for as long"
    own = Proposal(replace(START, epochs=12), Reason("Train longer", "", ""), "")
    assert train_for(own, START, 3, past) is own, "that is what it changes"


def test_an_answer_comes_first_and_says_where_a_run_has_it() -> None:
    longer = replace(START, epochs=12)
    past = {"start": PastRun(START, 0.8, {"focus": 0.7})}
    first, *others = list_proposals(START, past, [RISING], 3)
    assert (first.values, first.trained) == (longer, "")
    assert longer not in [one.values for one in others]
    assert len(others) == 2
    past["longer"] = PastRun(longer, 0.85, {"focus": 0.7})
    first, *others = list_proposals(START, past, [RISING], 3)
    assert (first.values, first.trained) == (longer, "longer")
    assert not any(one.trained for one in others)
    rejected = {"start": replace(past["start"], rejected=True)}
    assert longer not in [one.values for one in list_proposals(START, rejected, [RISING], 9)]


def test_what_a_proposal_expects_follows_the_epochs_that_a_person_chooses() -> None:
    good = replace(START, epochs=8, crop=0.5)
    past = {
        "start": PastRun(START, 0.8, {"focus": 0.3}, rejected=True),
        "good": PastRun(good, 0.975, {"focus": 0.54}, accepted=True, name="cropped"),
    }
    proposal, *others = list_proposals(START, past, [], 3)
    assert proposal.reason.title.startswith("Do as cropped")
    told = {n: train_for(proposal, START, n, past).reason.expected for n in (2, 4, 5, 6, 8, 12)}
    reached = "From this run to that one: accuracy 80.0% → 97.5%, focus 0.30 → 0.54, in 8 epochs."
    assert all(one.startswith(reached) for one in told.values())
    assert told[2].endswith(" 2 epochs are too few to judge by.")
    assert told[4].endswith(" 4 epochs are too few to judge by.")
    assert told[5].endswith(" Expect less in 5 epochs.")
    assert told[6].endswith(" Expect less in 6 epochs."), "also with the epochs of the start"
    assert told[8].endswith("chance moves both.")
    assert told[12] == told[8]
    guided = next(one for one in others if one.values.guidance != "none")
    assert "trainings of 6 epochs each" in guided.reason.expected
    two = train_for(guided, START, 2, past).reason
    assert two.expected.endswith(" 2 epochs are too few to judge by.")
    assert two.expected in str(two), "the reason that is kept with the request says it too"
    assert "too few" not in guided.reason.expected

"""When a longer training is proposed, and how it stands among the other proposals."""

from dataclasses import replace

from pipelines.retry.history import PastRun
from pipelines.retry.longer import train_longer
from pipelines.retry.proposals import list_proposals
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.findings.finding import Evidence, Finding, Severity
from saliencnn.findings.of_run import RUN_RULES

RISING = RUN_RULES["still rising"]
START = Hyperparameters(epochs=6, crop=0.3)


def make_finding(rule: str, severity: Severity = Severity.NOTE) -> Finding:
    return Finding(rule, severity, f"About {rule}.", "", Evidence("retrain"))


def test_what_still_learned_is_trained_twice_as_long_and_else_as_it_was() -> None:
    found = train_longer(START, [make_finding("confused"), make_finding(RISING.name)])
    assert found is not None
    longer, why = found
    assert longer == Hyperparameters(epochs=12, crop=0.3)
    assert "epochs 6 → 12" in why.title
    assert f"About {RISING.name}." in why.why


def test_it_is_not_proposed_where_it_would_not_help() -> None:
    rising = make_finding(RISING.name)
    assert train_longer(START, [make_finding("confused")]) is None
    assert train_longer(START, []) is None
    assert train_longer(START, [make_finding("shortcut", Severity.PROBLEM), rising]) is None
    assert train_longer(Hyperparameters(epochs=1000), [rising]) is None


def test_it_comes_first_and_says_where_a_run_has_it() -> None:
    longer, rising = replace(START, epochs=12), make_finding(RISING.name)
    past = {"start": PastRun(START, 0.8, {"focus": 0.7})}
    first, *others = list_proposals(START, past, [rising], 3)
    assert (first.values, first.trained) == (longer, "")
    assert longer not in [one.values for one in others]
    assert len(others) == 2
    past["longer"] = PastRun(longer, 0.85, {"focus": 0.7})
    first, *others = list_proposals(START, past, [rising], 3)
    assert (first.values, first.trained) == (longer, "longer")
    assert not any(one.trained for one in others)
    rejected = {"start": replace(past["start"], rejected=True)}
    assert longer not in [one.values for one in list_proposals(START, rejected, [rising], 9)]

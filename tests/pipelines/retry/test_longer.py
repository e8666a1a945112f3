"""When a longer training is proposed."""

from pipelines.retry.longer import train_longer
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
    assert f"About {RISING.name}." in why


def test_it_is_not_proposed_where_it_would_not_help() -> None:
    rising = make_finding(RISING.name)
    assert train_longer(START, [make_finding("confused")]) is None
    assert train_longer(START, []) is None
    assert train_longer(START, [make_finding("shortcut", Severity.PROBLEM), rising]) is None
    assert train_longer(Hyperparameters(epochs=1000), [rising]) is None

"""What is tried where a run confuses classes: the changes that its own numbers speak for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipelines.retry.answers import MAX_EPOCHS
from pipelines.retry.history import PastRun
from pipelines.retry.reason import Reason, format_change
from pipelines.retry.resized import ResizedRun
from pipelines.retry.settings import Settings, scale_size
from pipelines.training.request import IMAGE_SIZE
from saliencnn.common.hyperparameters import UNBALANCED, Hyperparameters
from saliencnn.findings.confusion_help import BALANCED, LARGER_IMAGES, LONGER_TRAINING
from saliencnn.findings.finding import Evidence, Finding, Remedy, Severity, Suggestion

MAX_TIMES = 2.0
"""Times the side that images are made larger at once: four times the pixels, and the time."""


@dataclass(frozen=True)
class Attempt:
    """What to try, and why.

    Attributes:
        what: in a few words.
        changes: setting -> its new value.
        reason: for people.
        trained: id of a run on images of another size that has the values already; else "".
    """

    what: str
    changes: dict[str, Any]
    reason: Reason
    trained: str = ""


@dataclass(frozen=True)
class _Row:
    title: str
    change: Callable[[Settings, Remedy], dict[str, Any]]
    expected: str


def _train_longer(start: Settings, _remedy: Remedy) -> dict[str, Any]:
    return {"epochs": min(2 * start["epochs"], MAX_EPOCHS)}


def _enlarge(start: Settings, remedy: Remedy) -> dict[str, Any]:
    if not start[IMAGE_SIZE]:
        return {}
    return {IMAGE_SIZE: scale_size(start[IMAGE_SIZE], min(remedy.times, MAX_TIMES))}


def _balance(start: Settings, _remedy: Remedy) -> dict[str, Any]:
    return {"balance": "sampling"} if start["balance"] == UNBALANCED else {}


ROWS: dict[str, _Row] = {
    LONGER_TRAINING: _Row(
        "Train longer",
        _train_longer,
        "Accuracy was still rising, so it may go on to; whether it then tells these classes apart "
        "is not known.",
    ),
    LARGER_IMAGES: _Row(
        "Show it larger images",
        _enlarge,
        "What more detail brings is not known: no run here was trained on these images at this "
        "size.",
    ),
    BALANCED: _Row(
        "Let each class count the same",
        _balance,
        "Expect the rarer class to be named more often, rightly or wrongly; whether fewer images "
        "are confused is not known.",
    ),
}
"""By what may help; a new one is one more row."""


def list_attempts(
    start: Settings,
    findings: Sequence[Finding],
    ruled_out: bool = False,
    resized: Sequence[ResizedRun] = (),
) -> list[Attempt]:
    """Return what may tell the classes apart that a run confuses, each change alone.

    Args:
        start: the run's settings.
        findings: about it.
        ruled_out: whether a person rejected the run, or interventions convict it.
        resized: runs on the same images at other sizes, which say what larger ones brought.

    Returns:
        Nothing where something is wrong with what it learned, which is mended first.
    """
    if ruled_out or any(one.severity is Severity.PROBLEM for one in findings):
        return []
    tried = ((one, remedy) for one in findings for remedy in one.remedies)
    found = (_try(start, finding, remedy, resized) for finding, remedy in tried)
    return [one for one in found if one]


def _try(
    start: Settings, finding: Finding, remedy: Remedy, resized: Sequence[ResizedRun]
) -> Attempt | None:
    row = ROWS[remedy.what]
    new = {name: one for name, one in row.change(start, remedy).items() if one != start[name]}
    if not new:
        return None
    what = ", ".join(format_change(name, start[name], value) for name, value in new.items())
    why = f'This answers the finding "{finding.sentence}": {remedy.why}.'
    own = Hyperparameters.from_mapping(start)
    sound = [one for one in resized if not one.past.ruled_out]
    larger = [one for one in sound if one.size == new.get(IMAGE_SIZE)]
    expected = _expect_size(larger, own) if larger else row.expected
    same = (one.run_id for one in larger if _is_trained(one.past, own))
    return Attempt(remedy.what, new, Reason(f"{row.title}: {what}", expected, why), next(same, ""))


def _expect_size(larger: Sequence[ResizedRun], own: Hyperparameters) -> str:
    """Say what runs at a size reached, beside a run of other images' size with its own values."""
    reached, before = [one.past.accuracy for one in larger], f"{larger[0].before:.1%}"
    other = sum(one.past.hyperparameters != own for one in larger)
    if len(larger) == 1:
        (one,) = larger
        settings = " with other settings" if other else ""
        return (
            f"At this size {one.past.name or 'an unnamed run'}{settings} reached accuracy "
            f"{reached[0]:.1%}, where this run has {before}. That is from one training; chance "
            "moves both."
        )
    settings = f", {other} of them with other settings," if other else ""
    return (
        f"At this size {len(larger)} runs{settings} reached accuracy {min(reached):.1%} to "
        f"{max(reached):.1%}, where this run has {before}."
    )


def _is_trained(past: PastRun, own: Hyperparameters) -> bool:
    """Whether a run has a run's own values, for as many epochs."""
    return past.hyperparameters == own


def lead_to_attempts(start: Settings, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings, of which each that has remedies leads to where the first can be tried.

    Args:
        start: the run's settings.
        findings: about the run; where something is wrong with what it learned, none leads there.
    """
    if any(one.severity is Severity.PROBLEM for one in findings):
        return tuple(findings)
    return tuple(_lead(start, one) for one in findings)


def _lead(start: Settings, finding: Finding) -> Finding:
    first = next(iter(list_attempts(start, [finding])), None)
    if first is None:
        return finding
    change = tuple(f"{name}:{value}" for name, value in first.changes.items())
    suggestion = Suggestion(first.what, Evidence("retrain", {"change": change}))
    return replace(finding, suggestion=suggestion)

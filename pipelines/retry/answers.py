"""What a run's findings ask for: the changes that its own numbers support."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from pipelines.retry.reason import Reason, format_change
from saliencnn.common.hyperparameters import UNGUIDED, Hyperparameters
from saliencnn.findings.finding import Evidence, Finding, Severity

_BOUNDS = {spec.name: spec.metadata for spec in fields(Hyperparameters)}
MAX_EPOCHS, LOWEST_RATE = _BOUNDS["epochs"]["high"], _BOUNDS["learning_rate"]["low"]
MIXED = 0.2
"""Strength of mixup; Zhang (2018) found 0.1 to 0.4 to help."""
CROPPED, SMOOTHED = 0.35, 0.1
"""What a random crop leaves out at most, and the target's fraction that label smoothing spreads."""


@dataclass(frozen=True)
class Answer:
    """A row: what is changed where a finding says what is wrong.

    Attributes:
        title: what is done, in words.
        change: from a run's values to those that change, none where it has them already.
        expected: what to expect of it, and how sure that is.
    """

    title: str
    change: Callable[[Hyperparameters], dict[str, Any]]
    expected: str


def _train_longer(start: Hyperparameters) -> dict[str, Any]:
    return {"epochs": min(2 * start.epochs, MAX_EPOCHS)}


def _mix(start: Hyperparameters) -> dict[str, Any]:
    mixes = start.mixup or start.cutmix or start.guidance != UNGUIDED
    return {} if mixes else {"mixup": MIXED}


def _raise_to(name: str, value: float) -> Callable[[Hyperparameters], dict[str, Any]]:
    return lambda start: {name: value} if getattr(start, name) < value else {}


_EXPECT_CLOSER = (
    "Expect training and validation accuracy to come closer. Whether more validation images are "
    "then right is not known."
)
_HARDER = (
    Answer("Make the images harder to memorize", _mix, _EXPECT_CLOSER),
    Answer("Crop the images at random", _raise_to("crop", CROPPED), _EXPECT_CLOSER),
    Answer("Ask for less certain answers", _raise_to("label_smoothing", SMOOTHED), _EXPECT_CLOSER),
)
_EXPECT_LESS = "Expect it to rely less on that; how much it is then right without it is not known."
ANSWERS: dict[str, tuple[Answer, ...]] = {
    "overfitting": _HARDER,
    "memorized": _HARDER,
    "imbalance": (
        Answer(
            "Let each class count the same",
            lambda start: {"balance": "sampling"},
            "Expect rare classes to be recognized more often; frequent ones may lose a little.",
        ),
    ),
    "loss above chance": (
        Answer(
            "Learn more slowly",
            lambda start: {"learning_rate": max(start.learning_rate / 10, LOWEST_RATE)},
            "Expect a better first epoch; what the last one gains is not known.",
        ),
    ),
    "still rising": (
        Answer(
            "Train longer",
            _train_longer,
            "Expect accuracy to rise further; by how much is not known.",
        ),
    ),
}
"""By the name of the finding's rule, what comes first of several; a new one is one more row.

Who trains longer what memorizes already mends nothing, so that comes last.
"""


def answer_findings(
    start: Hyperparameters, findings: Sequence[Finding], ruled_out: bool = False
) -> list[tuple[Hyperparameters, Reason]]:
    """Return the changes that a run's findings ask for, each once, and why.

    Args:
        start: the run's values.
        findings: about the run, what matters most first.
        ruled_out: whether a person rejected the run, or interventions convict it.

    Returns:
        Where something is wrong with what it learned, what mends that alone.
    """
    problems = [one for one in findings if one.severity is Severity.PROBLEM]
    answers = [(_mend(one), one) for one in problems]
    if not problems and not ruled_out:
        answers = [
            (row, one)
            for rule, rows in ANSWERS.items()
            for one in findings
            if one.rule == rule
            for row in rows
        ]
    found: dict[Hyperparameters, Reason] = {}
    for answer, finding in answers:
        new = answer.change(start)
        changed = Hyperparameters.from_mapping({**start.as_dict(), **new})
        if changed != start:
            values = changed.as_dict()
            what = [format_change(name, getattr(start, name), values[name]) for name in new]
            title = f"{answer.title}: {', '.join(what)}"
            why = f'This answers the finding "{finding.sentence}"'
            found.setdefault(changed, Reason(title, answer.expected, why))
    return [*found.items()]


def lead_to_answers(start: Hyperparameters, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings, of which each that leads to Retrain fills the form with its own answer.

    Args:
        start: the run's values.
        findings: about the run.
    """
    return tuple(_lead(start, finding) for finding in findings)


def _lead(start: Hyperparameters, finding: Finding) -> Finding:
    evidence = finding.evidence
    changes = (row.change(start) for row in ANSWERS.get(finding.rule, ()))
    new = next(filter(None, changes), None)
    if evidence.page != "retrain" or not new:
        return finding
    change = tuple(f"{name}:{value}" for name, value in new.items())
    return replace(finding, evidence=Evidence("retrain", {**evidence.query, "change": change}))


def _mend(finding: Finding) -> Answer:
    """Return what a finding itself leads to; guidance has a proposal of its own."""
    new = dict(one.split(":", 1) for one in finding.evidence.query.get("change", ()))
    new = {} if "guidance" in new else new
    return Answer(finding.advice.rstrip("."), lambda _: new, _EXPECT_LESS)

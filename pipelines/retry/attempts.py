"""What a run's findings ask to be tried: each change alone, why, and where it can be made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipelines.retry.history import most_epochs, say_epochs
from pipelines.retry.reason import Reason, format_change
from pipelines.retry.remedies import ROWS, Row
from pipelines.retry.resized import ResizedRun
from pipelines.retry.settings import Settings, change_settings, parse_changes
from pipelines.training.request import IMAGE_SIZE
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.findings.finding import Evidence, Finding, Remedy, Severity, Suggestion

EXPECT_LESS = "Expect it to rely less on that; how much it is then right without it is not known."


@dataclass(frozen=True)
class Attempt:
    """What to try, and why.

    Attributes:
        what: in a few words what may help, or the name of the finding's rule.
        changes: setting -> its new value, which differs.
        reason: for people.
        trained: id of a run on images of another size that has the values already; else "".
    """

    what: str
    changes: dict[str, Any]
    reason: Reason
    trained: str = ""


def list_attempts(
    start: Settings,
    findings: Sequence[Finding],
    ruled_out: bool = False,
    resized: Sequence[ResizedRun] = (),
) -> list[Attempt]:
    """Return the changes that a run's findings ask for, each alone, in the order of ``ROWS``.

    Args:
        start: the run's settings.
        findings: about it, what matters most first.
        ruled_out: whether a person rejected the run, or interventions convict it.
        resized: runs on the same images at other sizes, which say what larger ones brought.

    Returns:
        Where something is wrong with what it learned, what mends that alone. Who expects the same
        of the same changes names them once.
    """
    problems = [one for one in findings if one.severity is Severity.PROBLEM]
    asked = [(_mend(start, one), one, Remedy(one.rule, "")) for one in problems]
    if not problems and not ruled_out:
        asked = [
            (row, one, remedy)
            for what, rows in ROWS.items()
            for one in findings
            for remedy in (Remedy(one.rule, ""), *one.remedies)
            if remedy.what == what
            for row in rows
        ]
    found: dict[tuple[Any, ...], Attempt] = {}
    for row, finding, remedy in asked:
        if attempt := _try(start, row, finding, remedy, resized):
            found.setdefault((row.expected, frozenset(attempt.changes.items())), attempt)
    return [*found.values()]


def _mend(start: Settings, problem: Finding) -> Row:
    """Return what a problem itself leads to; guidance has a proposal of its own."""
    asked = parse_changes(problem.evidence.query.get("change", ()))
    try:
        values = {} if "guidance" in asked else change_settings(start, asked)
    except UserError:  # what a finding asks for may be anything
        values = {}
    new = {
        name: values[name]
        for name in asked
        if name in values and not _weakens(name, start, values[name])
    }
    return Row(problem.advice.rstrip("."), lambda *_: new, EXPECT_LESS)


def _weakens(name: str, start: Settings, value: Any) -> bool:
    """Whether a number is below the run's own, which mends nothing: it was convicted with more."""
    return isinstance(value, int | float) and value < start[name]


def _try(
    start: Settings, row: Row, finding: Finding, remedy: Remedy, resized: Sequence[ResizedRun]
) -> Attempt | None:
    new = row.change(start, remedy.times)
    values = {**new, **Hyperparameters.from_mapping({**start, **new}).as_dict()}
    changes = {name: values[name] for name in new if values[name] != start[name]}
    if not changes:
        return None
    what = ", ".join(format_change(name, start[name], value) for name, value in changes.items())
    because = f"; {remedy.why}" if remedy.why else ""
    why = f"Why: {finding.short[:1].lower()}{finding.short[1:]}{because}."
    own = Hyperparameters.from_mapping(start)
    sound = [one for one in resized if not one.past.ruled_out]
    larger = [one for one in sound if one.size == changes.get(IMAGE_SIZE)]
    expected = _expect_size(larger, own) if larger else row.expected
    same = (one.run_id for one in larger if one.past.hyperparameters == own)
    epochs = most_epochs([one.past for one in larger]) if larger else 0
    reason = Reason(f"{row.title}: {what}", expected, why, epochs=epochs)
    return Attempt(remedy.what, changes, reason, next(same, ""))


def _expect_size(larger: Sequence[ResizedRun], own: Hyperparameters) -> str:
    """Say what runs at a size reached, beside a run of other images' size with its own values."""
    reached, before = [one.past.accuracy for one in larger], f"{larger[0].before:.1%}"
    other = sum(one.past.hyperparameters != own for one in larger)
    trained = say_epochs([one.past for one in larger])
    if len(larger) == 1:
        (one,) = larger
        settings = " with other settings" if other else ""
        return (
            f"At this size {one.past.name or 'an unnamed run'}{settings} reached accuracy "
            f"{reached[0]:.1%} {trained}, where this run has {before}. That is one training each; "
            "chance moves both."
        )
    settings = f", {other} of them with other settings," if other else ""
    return (
        f"At this size {len(larger)} runs{settings} reached accuracy {min(reached):.1%} to "
        f"{max(reached):.1%} {trained}, where this run has {before}."
    )


def lead_to_attempts(start: Settings, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings, each of which leads to where the first change that it asks for can be tried.

    One that leads to Retrain fills the form with it; one that has remedies suggests it, unless
    something is wrong with what the run learned. What is wrong leads to what mends it by itself.

    Args:
        start: the run's settings.
        findings: about the run.
    """
    wrong = any(one.severity is Severity.PROBLEM for one in findings)
    return tuple(_lead(start, one, wrong) for one in findings)


def _lead(start: Settings, finding: Finding, wrong: bool) -> Finding:
    found = [] if finding.severity is Severity.PROBLEM else list_attempts(start, [finding])
    if not found:
        return finding
    first = found[0]
    change = tuple(f"{name}:{value}" for name, value in first.changes.items())
    evidence = finding.evidence
    if evidence.page == "retrain":
        return replace(finding, evidence=Evidence("retrain", {**evidence.query, "change": change}))
    if wrong or not finding.remedies:
        return finding
    suggestion = Suggestion(first.what, Evidence("retrain", {"change": change}))
    return replace(finding, suggestion=suggestion)

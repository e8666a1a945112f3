"""Findings and advice as paragraphs of a step."""

from collections.abc import Sequence

from saliencnn.common.sentences import list_some
from saliencnn.drawing.parts import Mark, Words
from saliencnn.findings.finding import Finding, Severity
from saliencnn.findings.method_groups import Advised
from saliencnn.findings.methods import Advice
from saliencnn.saliency import METHODS

MARKS = {
    Severity.PROBLEM: Mark.PROBLEM,
    Severity.WARNING: Mark.WARNING,
    Severity.GOOD: Mark.GOOD,
    Severity.NOTE: Mark.NOTE,
}
ADVICE_MARKS = {
    Advice.BELIEVE: Mark.GOOD,
    Advice.CARE: Mark.WARNING,
    Advice.DO_NOT: Mark.PROBLEM,
    Advice.UNKNOWN: Mark.NOTE,
}


def tell_findings(findings: Sequence[Finding]) -> list[Words]:
    """Return findings as paragraphs; those that matter are bold."""
    return [
        Words(one.sentence, mark=MARKS[one.severity], strong=one.severity >= Severity.WARNING)
        for one in findings
    ]


def tell_advice(advised: Sequence[Advised], most: int = len(METHODS)) -> list[Words]:
    """Return what the checks advise on methods, a paragraph for each advice.

    Args:
        advised: what to believe first.
        most: methods that a paragraph names.
    """
    return [
        Words(
            f"{one.why}.",
            label=f"{one.advice.lead} {list_some(one.labels, most)}",
            mark=ADVICE_MARKS[one.advice],
        )
        for one in advised
    ]

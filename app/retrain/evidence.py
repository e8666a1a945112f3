"""What of a run's findings asks for a change."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from app.parts.findings import MARKS, draw_findings
from app.parts.widgets import plain
from saliencnn.findings.confusion_help import HELPS
from saliencnn.findings.finding import Finding, Severity

CONFUSED = "confused"
"""The finding on classes that a network takes for each other though it looks at the object."""


def draw_evidence(findings: Sequence[Finding], told: Sequence[str]) -> None:
    """Draw what matters most, and which classes are alike to the network, or that nothing matters.

    Args:
        findings: about the run, what matters most first.
        told: why each proposal is made; what is told there is not said twice.
    """
    answered = [one for one in findings if any(one.sentence in why for why in told)]
    worst = [one for one in findings[:1] if one.severity >= Severity.WARNING]
    sound = not findings or findings[0].severity < Severity.PROBLEM
    alike = [one for one in findings if one.rule == CONFUSED and sound]
    if shown := [one for one in worst if one not in answered]:
        draw_findings(shown, "retrain")
    for one in alike:
        _draw_alike(one)
    if not (shown or alike or answered):
        st.markdown(f"{MARKS[Severity.NOTE]} Nothing in its numbers asks for a change.")


def _draw_alike(finding: Finding) -> None:
    """Draw what it means that classes are confused, and what may help, before the long numbers."""
    meaning, helps, listed = finding.advice.partition(HELPS)
    if not meaning:
        draw_findings([finding], "retrain")
        return
    told = replace(finding, sentence=meaning.rstrip(), advice=f"{helps}{listed}")
    draw_findings([told], "retrain", lead_first=True)
    st.caption(plain(finding.sentence))

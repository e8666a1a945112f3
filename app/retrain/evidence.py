"""What of a run's findings asks for a change."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from app.parts.findings import MARKS, draw_findings
from saliencnn.findings.finding import Finding, Severity

CONFUSED = "confused"
"""The finding on classes that a network takes for each other, not known to look beside them."""


def draw_evidence(findings: Sequence[Finding], told: Sequence[str]) -> bool:
    """Draw what matters most, and which classes are alike to the network, or that nothing matters.

    Each is drawn as its claim, since the proposals below say what to do; the rest is behind a mark.

    Args:
        findings: about the run, what matters most first.
        told: why each proposal is made; what is told there is not said twice.

    Returns:
        Whether anything asks for a change.
    """
    answered = [one for one in findings if any(one.short[1:] in why for why in told)]
    worst = [one for one in findings[:1] if one.severity >= Severity.WARNING]
    sound = not findings or findings[0].severity < Severity.PROBLEM
    alike = [one for one in findings if one.rule == CONFUSED and sound and one not in worst]
    # What a proposal answers is said there, unless something else would stand alone above it.
    shown = [*(one for one in worst if alike or one not in answered), *alike]
    if shown:
        draw_findings([_shorten(one) for one in shown], "retrain")
    asked = bool(shown or answered)
    if not asked:
        st.markdown(f"{MARKS[Severity.NOTE]} Nothing in its numbers asks for a change.")
    return asked


def _shorten(finding: Finding) -> Finding:
    """Return a finding that says what it claims, and all else behind its mark."""
    claim = f"{finding.short}."
    detail = f"{finding.in_full} {finding.do_in_full}".strip()
    return replace(finding, sentence=claim, claim=claim, advice="", detail=detail)

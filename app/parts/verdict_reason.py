"""What speaks for and against a run, as reasons that a verdict can quote."""

from collections.abc import Mapping, Sequence

import streamlit as st

from app.parts.findings import MARKS
from app.parts.leads import draw_row
from app.parts.widgets import plain
from app.reads import stored_findings
from saliencnn.common.sentences import split_claim
from saliencnn.findings.finding import Finding, Severity
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import ACCEPTED, MAX_REASON_LENGTH, REJECTED, Decision

SPEAKS: Mapping[Decision, Sequence[Severity]] = {
    REJECTED: (Severity.PROBLEM, Severity.WARNING),
    ACCEPTED: (Severity.GOOD,),
}
"""Verdict -> the findings that speak for it."""


def offer_reason(store: Store, run: RunInfo, key: str, proposed: Decision | None) -> None:
    """Say what speaks most for and against a run, and offer it as the reason for what is open.

    Args:
        store: where the run is.
        run: the run.
        key: with which the keys of the form's fields begin.
        proposed: the verdict that leads, if one does.
    """
    found = stored_findings.of_run(store, run) if run.epoch and run.images_id else ()
    told = {decision: find_reason(found, decision) for decision in SPEAKS}
    if proposed == REJECTED:
        del told[ACCEPTED]
    for decision in sorted(told, key=lambda one: one != proposed):
        if (finding := told[decision]) is not None:
            _draw_reason(finding, decision, key, usable=proposed in (None, decision))


def find_reason(found: Sequence[Finding], decision: Decision) -> Finding | None:
    """Return what speaks most for a verdict; None where nothing does."""
    return next((one for one in found if one.severity in SPEAKS[decision]), None)


def _draw_reason(finding: Finding, decision: Decision, key: str, usable: bool) -> None:
    claim, _ = split_claim(finding.sentence, finding.claim)
    claim = claim.rstrip(":;. ")
    row = draw_row(f"{MARKS[finding.severity]} **{plain(claim)}.**")
    if usable:
        row.form_submit_button(
            "Use as reason",
            type="tertiary",
            icon=":material/south:",
            key=f"{key}-use-{decision}",
            help="Writes this into the field below, where you can change it.",
            on_click=_fill_reason,
            args=(key, f"{claim}."),
        )


def _fill_reason(key: str, reason: str) -> None:
    """Write a reason into its field; a callback."""
    st.session_state[f"{key}-reason"] = reason[:MAX_REASON_LENGTH]

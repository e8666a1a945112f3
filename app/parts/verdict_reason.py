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


def offer_reason(
    store: Store, run: RunInfo, key: str, proposed: Decision | None, said: str = ""
) -> None:
    """Say what speaks most for and against a run, and offer it as the reason for what is open.

    Args:
        store: where the run is.
        run: the run.
        key: with which the keys of the form's fields begin.
        proposed: the verdict that leads, if one does.
        said: what the page says of it that is no finding, as a sentence.
    """
    if said:
        _draw_reason(said, MARKS[Severity.NOTE], f"{key}-use-said", key)
    found = stored_findings.of_run(store, run) if run.epoch and run.images_id else ()
    told = {decision: find_reason(found, decision) for decision in SPEAKS}
    if proposed == REJECTED:
        del told[ACCEPTED]
    for decision in sorted(told, key=lambda one: one != proposed):
        if (finding := told[decision]) is not None:
            claim, _ = split_claim(finding.sentence, finding.claim)
            reason, usable = f"{claim.rstrip(':;. ')}.", proposed in (None, decision)
            button = f"{key}-use-{decision}" if usable else ""
            _draw_reason(reason, MARKS[finding.severity], button, key)


def find_reason(found: Sequence[Finding], decision: Decision) -> Finding | None:
    """Return what speaks most for a verdict; None where nothing does."""
    return next((one for one in found if one.severity in SPEAKS[decision]), None)


def _draw_reason(reason: str, mark: str, button: str, key: str) -> None:
    """Draw a sentence, and a button with a key that makes it the reason; none without a key."""
    row = draw_row(f"{mark} **{plain(reason)}**")
    if button:
        row.form_submit_button(
            "Use as reason",
            type="tertiary",
            icon=":material/south:",
            key=button,
            help="Writes this into the field below, where you can change it.",
            on_click=_fill_reason,
            args=(key, reason),
        )


def _fill_reason(key: str, reason: str) -> None:
    """Write a reason into its field; a callback."""
    st.session_state[f"{key}-reason"] = reason[:MAX_REASON_LENGTH]

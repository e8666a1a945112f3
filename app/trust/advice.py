"""Which methods to believe on this network, and what that does not say: whether it is right."""

from collections.abc import Mapping

import streamlit as st

from app.parts.checking import note_checking
from app.parts.choices import ADVICE_MARKS
from app.parts.claims import write_small
from app.parts.columns import roomy_columns
from app.parts.findings import draw_findings
from app.parts.slow_work import draw_standing, is_under_way
from app.parts.widgets import plain
from app.parts.works import check_key
from app.parts.writing import may_write
from app.reads import stored_findings, stored_runs
from pipelines.trust.results import Table, results_of
from saliencnn.checks.grading import CheckResult
from saliencnn.findings.method_groups import group_methods, list_advised
from saliencnn.findings.methods import describe_unchecked, judge_methods
from saliencnn.findings.of_interventions import INTERVENTION_RULE_NAMES
from saliencnn.store.connection import Store
from saliencnn.store.networks import describe_missing
from saliencnn.store.runs import RunInfo

ADVICE = "trust-advice"
"""Key of the container with the answer."""
LOOKS = "Where the network looks."
RULES_ON_LOOKING = (
    *INTERVENTION_RULE_NAMES,
    *(
        "shortcut",
        "beside",
        "on the object",
        "beside in classes",
        "partly on the object",
        "on the object, unchecked",
        "on the object, doubted",
    ),
)
"""Findings that say whether the network looks at the right thing."""


def draw_unchecked(store: Store, run: RunInfo, epoch: int) -> None:
    """Draw that nobody has checked an epoch's maps, which of them are, and how a check is doing."""
    with st.container(key=ADVICE):
        st.markdown(f"**{describe_unchecked(epoch)}{_lead_on(run, epoch)}.**")
        if checked := sorted({audit.epoch for audit in stored_runs.audits(store, run.run_id)}):
            epochs = "epoch" if len(checked) == 1 else "epochs"
            st.markdown(f"Those of {epochs} {', '.join(map(str, checked))} are checked.")
        draw_standing(check_key(run, epoch))


def draw_advice(store: Store, run: RunInfo, epoch: int, table: Table) -> None:
    """Draw what to do with each method's maps beside what is known of the network itself."""
    if not table:
        _draw_network(store, run)
        return
    maps, network = roomy_columns(ADVICE, (3, 2), 420)
    with maps:
        st.markdown("**Which maps to believe**")
        checks = results_of(table)
        st.markdown(format_advice(checks))
        with st.expander("Why: what the checks found of each method"):
            st.markdown(_format_reasons(checks))
        draw_standing(check_key(run, epoch))
    with network:
        _draw_network(store, run)


def _draw_network(store: Store, run: RunInfo) -> None:
    """Draw where the network looks, as far as that is known."""
    st.markdown(
        f"**{LOOKS}** The checks tell whether a map shows what the network uses, not whether it "
        "uses the right thing."
    )
    found = note_checking(run, run.epoch, stored_findings.of_run(store, run))
    known = [one for one in found if one.rule in RULES_ON_LOOKING]
    if known:
        draw_findings(known, "trust", most=1)
    else:
        st.markdown("See where its maps lie, and judge whether that is what defines the class.")


def _lead_on(run: RunInfo, epoch: int) -> str:
    """Return how a sentence ends about maps that nobody has checked: with what can be done."""
    if is_under_way(check_key(run, epoch)):
        return ": they are being checked now"
    return ": check them here" if may_write() and not describe_missing(run) else ""


def format_advice(checks: Mapping[str, Mapping[str, CheckResult]]) -> str:
    """Return a line of Markdown for each thing that the checks advise, to believe first.

    Args:
        checks: check -> method -> result.
    """
    return "  \n".join(
        f"{ADVICE_MARKS[one.advice]} {one.advice.lead} **{plain(', '.join(one.labels))}**: "
        f"{write_small(f'{one.why}.')}"
        for one in list_advised(judge_methods(checks))
    )


def _format_reasons(checks: Mapping[str, Mapping[str, CheckResult]]) -> str:
    """Return a line of Markdown for each group of methods that the checks say the same of."""
    return "  \n".join(
        f"{ADVICE_MARKS[group.advice]} {group.lead} **{plain(group.labels)}**: {group.reason}."
        for group in group_methods(judge_methods(checks))
    )

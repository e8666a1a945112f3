"""Findings at the top of a page: sentences, what to do, and a link to where it can be seen."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.carried import carried_view
from app.parts.claims import write_claim
from app.parts.followed_link import Query
from app.parts.leads import draw_row, lead
from app.parts.widgets import plain
from saliencnn.common.sentences import count, split_claim
from saliencnn.findings.finding import (
    MAX_SHOWN,
    OTHERS,
    Evidence,
    Finding,
    Severity,
    group_signs,
)
from saliencnn.store.runs import RunInfo

MARKS = {
    Severity.PROBLEM: ":red[:material/report:]",
    Severity.WARNING: ":orange[:material/warning:]",
    Severity.GOOD: ":green[:material/check_circle:]",
    Severity.NOTE: ":gray[:material/info:]",
}
LABELS = {
    "overview": "See its numbers",
    "progression": "See its maps",
    "trust": "See the checks",
    "retrain": "Change its training",
    "compare": "Show it",
    "colours": "See its colours",
}
UNCHECKED = "on the object, unchecked"
"""The rule on where a run looks by maps that nobody has checked."""
LABELS_OF_RULES = {
    UNCHECKED: "Check its maps",
    "memorized": "Make images harder to memorize",
    "still rising": "Train longer",
    "loss above chance": "Lower the learning rate",
}
"""Where a finding asks for more than to look, and which change it leads to."""
MAP_PAGES = ("progression", "trust")
FIRST = "*First:*"
"""What stands before the advice to follow first where several changes compete."""
FILLS_IN = "Opens Retrain with this filled in; nothing is trained until you start it there."
LONGEST_CLAIM = 100
"""Characters of what folded findings begin with."""
SILENCE = "Nothing stands out in its numbers."


def draw_findings(
    findings: Sequence[Finding], page: str, most: int = MAX_SHOWN, one_answer: bool = False
) -> None:
    """Draw what stands out, what matters most first; further signs of a fault, and the rest, fold.

    Of several changes of the training that they ask for one is to be made first; the others fold.

    Args:
        findings: as the rules return them.
        page: the one that shows them: no link leads to itself without saying more.
        most: how many are shown at first.
        one_answer: whether the first note is the answer, and those behind it are read after it.
    """
    if not findings:
        st.markdown(f"{MARKS[Severity.NOTE]} {SILENCE}")
    groups = group_signs(findings)
    heads = [signs[0] for signs in groups[:most]]
    first_to_do = choose_first_to_do(heads)
    # Retrain itself proposes each change.
    competing = first_to_do is not None and page != "retrain"
    later = [one for one in heads if competing and _can_be_made(one) and one is not first_to_do]
    answer = next((signs[0] for signs in groups if signs[0].severity is Severity.NOTE), None)
    for first, *others in groups[:most]:
        strong = not one_answer or first is answer or first.severity is not Severity.NOTE
        if first is first_to_do:
            _draw_finding(first, page, strong, FIRST, later)
        else:
            _draw_finding(first, page, strong, asks=first not in later)
        _fold(others, f"{count(len(others), 'more sign', 'more signs')} of the same", page)
    rest = [one for signs in groups[most:] for one in signs]
    _fold(rest, f"{len(rest)} more", page)


def choose_first_to_do(findings: Sequence[Finding]) -> Finding | None:
    """Return which of several changes of the training to make first; None where none competes."""
    changes = [one for one in findings if _can_be_made(one)]
    return changes[0] if len(changes) > 1 else None


def _can_be_made(finding: Finding) -> bool:
    """Whether a finding leads to a change of the training."""
    return bool(finding.advice) and (finding.evidence.page == "retrain" or bool(finding.suggestion))


def _fold(findings: Sequence[Finding], label: str, page: str) -> None:
    """Draw findings folded, below a label that ends with what the first of them claims."""
    if findings:
        claim, _ = split_claim(findings[0].sentence, findings[0].claim)
        others = " …" if len(findings) > 1 else ""
        with st.expander(f"{label}: {plain(claim.rstrip(':;. '), LONGEST_CLAIM)}{others}"):
            for finding in findings:
                _draw_finding(finding, page)


def draw_summary(findings: Sequence[Finding]) -> DeltaGenerator:
    """Draw findings, at least one, a line each, what matters most first; return a row for links.

    Beside the words several links would leave them half the width.
    """
    lines = "  \n".join(write_claim(one.sentence, plain(one.advice), one.claim) for one in findings)
    details = " ".join(plain(finding.detail) for finding in findings).strip()
    row = draw_row(f"{MARKS[findings[0].severity]} {lines}", details)
    if any(one.suggestion for one in findings):
        row = draw_row("")
    for finding in findings:
        suggest(row, finding)
    return row


def _draw_finding(
    finding: Finding,
    page: str,
    strong: bool = True,
    mark: str = "",
    later: Sequence[Finding] = (),
    asks: bool = True,
) -> None:
    """Draw a finding with its links.

    Args:
        finding: which.
        page: the one that shows it.
        strong: see ``write_claim``.
        mark: what stands before its advice.
        later: findings that ask for other changes, which are told behind its own.
        asks: whether the change that it asks for is told here.
    """
    do = f"{mark} {plain(finding.advice)}".strip() if asks else ""
    words = write_claim(finding.sentence, do, finding.claim, strong)
    row = draw_row(f"{MARKS[finding.severity]} {words}", plain(finding.detail))
    evidence, query = finding.evidence, finding.evidence.query
    if page != "retrain" and asks:
        suggest(row, finding, later)
    # A change that Retrain is to make is among its proposals.
    if evidence.page != page or (len(query) > 1 and "change" not in query):
        seen = [one for one in (evidence, *finding.elsewhere) if asks or one.page != "retrain"]
        for one in seen:
            lead(row, one.page, label_link(finding.rule, one), link_query(one))


def label_link(rule: str, evidence: Evidence) -> str:
    """Return what a link to where a finding can be seen, or acted upon, is called."""
    if evidence.what:
        return f"See {plain(evidence.what)}"
    if "beside" in evidence.query:
        return "See both"
    return LABELS_OF_RULES.get(rule, LABELS[evidence.page])


def suggest(row: DeltaGenerator, finding: Finding, later: Sequence[Finding] = ()) -> None:
    """Draw a link to where what may help can be tried, if anything can, and fold what else may.

    Args:
        row: where.
        finding: that suggests it.
        later: others that ask for changes, which are told where they are not the same.
    """
    if found := finding.suggestion:
        label = f"Try {plain(found.what)}"
        lead(row, found.evidence.page, label, link_query(found.evidence), FILLS_IN)
    more = leave_out_same(finding, later)
    if not finding.others and not more:
        return
    with row.popover(OTHERS, type="tertiary", width="content"):
        if finding.others:
            st.markdown(plain(finding.others))
        for one in more:
            own = draw_row(plain(one.do_in_full))
            if one.suggestion:
                suggest(own, replace(one, others=""))
            else:
                label, query = label_link(one.rule, one.evidence), link_query(one.evidence)
                lead(own, "retrain", label, query, FILLS_IN)


def leave_out_same(finding: Finding, later: Sequence[Finding]) -> list[Finding]:
    """Return which of other findings ask for another change than one that is told already."""
    change = _find_change(finding)
    return [one for one in later if change is None or _find_change(one) != change]


def lead_to_checks(row: DeltaGenerator, run: RunInfo) -> None:
    """Draw a link to where maps can be checked that limit what is said of a run."""
    query = {"run": run.run_id, "epoch": str(run.epoch)}
    lead(row, "trust", LABELS_OF_RULES[UNCHECKED], query)


def _find_change(finding: Finding) -> object:
    """Return the change of the training that a finding leads to; None without one."""
    led = finding.suggestion.evidence if finding.suggestion else finding.evidence
    return led.query.get("change")


def link_query(evidence: Evidence) -> Query:
    """Return the parameters of a link to where a finding can be seen; maps stay drawn as before."""
    query = {
        name: list(value) if isinstance(value, tuple) else [value]
        for name, value in evidence.query.items()
    }
    return {**carried_view(), **query} if evidence.page in MAP_PAGES else query

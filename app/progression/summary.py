"""What the Progression page says first of a class: of one run, or of two side by side."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from app.parts.claims import write_claim
from app.parts.findings import MARKS, draw_summary, lead_to_checks
from app.parts.widgets import plain
from app.reads import stored_findings
from app.reads.stored_class import findings_of_class
from app.reads.stored_story import between_runs
from saliencnn.findings.confusion_signs import MISSED
from saliencnn.findings.finding import Finding, Severity
from saliencnn.findings.hedges import drop_hedge, is_hedged
from saliencnn.findings.of_class import RECOGNIZED, UNLOGGED
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

ASKED = (RECOGNIZED, UNLOGGED)
"""What a person asks of a class next after where the network looks."""


def draw_class(
    store: Store,
    run: RunInfo,
    beside: RunInfo | None,
    target: int,
    confused: Sequence[Finding],
    methods: Sequence[str],
) -> None:
    """Say where a run, or each of two, looks in a class, and what else stands out there.

    Args:
        store: where they are.
        run: the run.
        beside: the second one, if there is one.
        target: the class.
        confused: what is said of the pair of classes that a link names.
        methods: that are chosen, which the sentences follow.
    """
    if beside is None:
        why = () if confused else _find_why(store, run, target, methods)
        compared = any(one.rule == MISSED for one in why)
        own = findings_of_class(store, run, target, methods, brief=compared)
        # Why images are missed says where it looks, and how far maps tell of it.
        place = [one for one in own[:1] if not compared or one.severity is not Severity.NOTE]
        asked = [one for one in own if one in place or one.rule in ASKED]
        hedged = any(map(is_hedged, confused or why))
        first = confused or [*asked, *(map(drop_hedge, why) if place else why)]
        rest = own if confused else [one for one in own if one not in first]
        if first:
            row = draw_summary(first)
            if hedged:
                lead_to_checks(row, run)
            if rest:
                with row.popover("More", type="tertiary", help="About this class", width="content"):
                    draw_summary(rest)
        return
    found = {one.name: findings_of_class(store, one, target, methods) for one in (run, beside)}
    told = [
        *confused,
        *(_name(name, own[0]) for name, own in found.items() if own),
        *between_runs(store, run, beside, target),
    ]
    st.markdown(
        "  \n".join(
            f"{MARKS[one.severity]} {write_claim(one.sentence, claim=one.claim)}" for one in told
        )
    )
    with st.expander("More about this class in each run"):
        for name, own in found.items():
            st.markdown(f"**{plain(name)}**")
            one = run if name == run.name else beside
            if rest := (*own[1:], *_find_why(store, one, target, methods)):
                draw_summary(rest)


def _find_why(
    store: Store, run: RunInfo, target: int, methods: Sequence[str]
) -> tuple[Finding, ...]:
    """Return why images of the class are missed, and what to do about it."""
    why = stored_findings.of_missed(store, run, target, methods) if run.epoch else None
    return (why,) if why else ()


def _name(run: str, found: Finding) -> Finding:
    """Return a finding of one run whose sentence begins with its name."""
    begin = f"{run}: {found.sentence[:1].lower()}"
    claim = f"{begin}{found.claim[1:]}"
    return replace(found, sentence=f"{begin}{found.sentence[1:]}", claim=claim)

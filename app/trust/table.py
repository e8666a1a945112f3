"""The trust table: what the checks say about every method, and the button that fills it."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd
import streamlit as st

from app.parts.choices import OUTCOME_MARKS
from app.parts.widgets import plain, report_on
from app.parts.writing import check_maps, may_write
from app.reads import stored_runs
from pipelines.trust.results import (
    AuditResult,
    Table,
    find_logit_change,
    results_of,
    trust_table,
)
from saliencnn.checks.grading import Outcome
from saliencnn.checks.table import CHECKS
from saliencnn.findings.methods import (
    Advice,
    MethodAdvice,
    describe_methods,
    judge_methods,
)
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

QUICK_IMAGES = 16
COLORS = {Outcome.FAIL: "#D0500A", Outcome.BORDERLINE: "#A87400"}
"""At least 3:1 on the light and on the dark page."""
ROW_HEIGHT = 35
"""Pixels of a table's row, so that no method is hidden below the table's edge."""
ADVICE_MARKS = {
    Advice.BELIEVE: OUTCOME_MARKS[Outcome.PASS],
    Advice.CARE: OUTCOME_MARKS[Outcome.BORDERLINE],
    Advice.DO_NOT: OUTCOME_MARKS[Outcome.FAIL],
    Advice.UNKNOWN: OUTCOME_MARKS[Outcome.NOT_JUDGED],
}
METHOD_WIDTH, CELL_WIDTH, LETTER_WIDTH = 150, 79, 7.3
"""Pixels of the table's columns: in a window 1,024 pixels wide all of them are seen."""
Place = tuple[str, str]
"""A check and a method: a cell of the table."""


def draw_table(store: Store, run: RunInfo, epoch: int) -> tuple[Table, Place | None]:
    """Draw method by check, or offer to fill the table; return it and the cell clicked on."""
    st.subheader("Trust table")
    table = trust_table(stored_runs.audits(store, run.run_id), epoch)
    place = None
    if table:
        advice = judge_methods(results_of(table))
        if told := describe_methods(advice):
            st.markdown(f"**{plain(told)}** This judges the maps, not the network.")
        place = _draw_cells(run, epoch, table, advice)
        with st.expander("What to do with each method's maps, and which check decided"):
            st.markdown(_advise(advice))
        st.caption(_legend(table))
        for check, by_method in table.items():
            if moved := find_logit_change(by_method):
                st.caption(f"{CHECKS[check].label}: {moved.in_words()}.")
        if _lacks_control(table) and stored_runs.control_run(store, run):
            st.caption(
                "A control network with randomized labels is there now, and no method is judged by "
                "it yet: check again."
            )
    else:
        st.caption(f"Nobody has checked the maps of epoch {epoch} yet.")
    with st.expander("What each check asks, and its thresholds, which were fixed beforehand"):
        st.caption("\n\n".join(_format_thresholds()))
    hint, action = st.columns([5, 2], vertical_alignment="center")
    hint.caption(f"To check more images: `saliencnn check {run.run_id} --images 100`")
    if may_write() and action.button(f"Check {QUICK_IMAGES} images", width="stretch"):
        bar = st.progress(0.0, "Loading the checkpoint…")
        images = min(QUICK_IMAGES, len(stored_runs.image_index(store, run.images_id)))
        check_maps(store, run, epoch, images, report_on(bar))
        stored_runs.forget_audits()
        st.rerun()
    return table, place


def _lacks_control(table: Table) -> bool:
    """Return whether a check that needs a control network has no number of any method."""
    return any(
        CHECKS[check].needs_control and not any(map(_has_number, by_method.values()))
        for check, by_method in table.items()
    )


def _format_thresholds() -> Iterator[str]:
    """Yield a Markdown paragraph a check: what it asks, its thresholds, and why these."""
    for row in CHECKS.values():
        to_pass, to_fail = row.thresholds
        yield (
            f"**{row.label}.** {row.question} ({row.source}) **Pass: {to_pass}; fail: {to_fail}.** "
            f"Each image's number is the {plain(row.statistic)}. {plain(row.reason)}"
        )


def _draw_cells(
    run: RunInfo, epoch: int, table: Table, advice: dict[str, MethodAdvice]
) -> Place | None:
    methods = [name for name in METHODS if any(name in row for row in table.values())]
    usual = _usual_images(table)
    labels = [f"{ADVICE_MARKS[advice[name].advice]} {_label_of(name)}" for name in methods]
    frame = pd.DataFrame(
        {
            CHECKS[check].short: [_in_short(row.get(method), usual) for method in methods]
            for check, row in table.items()
        },
        index=pd.Index(labels, name="method"),
    )
    chosen = st.dataframe(
        frame.style.map(_color_of),
        width="stretch",
        height=ROW_HEIGHT * (len(frame) + 1) + 3,
        column_config={
            "method": st.column_config.Column(width=METHOD_WIDTH),
            **{
                CHECKS[check].short: st.column_config.Column(
                    width=_width_of(CHECKS[check].short),
                    help=f"{CHECKS[check].label}: {CHECKS[check].question}",
                )
                for check in table
            },
        },
        on_select="rerun",
        selection_mode="single-cell",
        key=f"trust-table-{run.run_id}-{epoch}",
    )
    for row, column in chosen["selection"]["cells"]:
        method = methods[row]
        for check, found in table.items():
            if CHECKS[check].short == column and method in found:
                return check, method
    return None


def _label_of(method: str) -> str:
    """Return a method's name, short enough for its column."""
    return METHODS[method].label.replace("(approximate)", "(approx.)")


def _advise(advice: dict[str, MethodAdvice]) -> str:
    """Return a Markdown list of what to do with each method's maps, and which check decided."""
    lines = []
    for method, found in advice.items():
        decided = ", ".join(CHECKS[check].label.lower() for check in found.deciding)
        why = {
            Advice.BELIEVE: f"passes {decided}",
            Advice.CARE: f"borderline in {decided}",
            Advice.DO_NOT: f"fails {decided}",
            Advice.UNKNOWN: "fewer than two checks could judge it",
        }[found.advice]
        mark = ADVICE_MARKS[found.advice]
        lines.append(f"- {mark} **{plain(METHODS[method].label)}**: {found.advice} ({why})")
    return "\n".join(lines)


def _width_of(header: str) -> int:
    return round(max(CELL_WIDTH, LETTER_WIDTH * len(header)))


def _legend(table: Table) -> str:
    marks = ", ".join(f"{mark} {outcome}" for outcome, mark in OUTCOME_MARKS.items())
    return (
        f"{marks}; before a method's name, what the checks say together: one failure is enough "
        f"against it. Each number is the mean over {_usual_images(table)} images, or over as "
        "many as brackets say. A method passes only if the whole 95 % confidence interval does. "
        "**Click a cell to see its images.**"
    )


def _usual_images(table: Table) -> int:
    """Return over how many images most of the numbers are means."""
    counts = Counter(
        audited.result.images
        for by_method in table.values()
        for audited in by_method.values()
        if _has_number(audited)
    )
    return counts.most_common(1)[0][0] if counts else 0


def _color_of(words: object) -> str:
    """Return a cell's style; a pass, or what is not judged, keeps the page's own color."""
    marks = {OUTCOME_MARKS[outcome]: color for outcome, color in COLORS.items()}
    return next((f"color: {color}" for mark, color in marks.items() if mark in str(words)), "")


def _has_number(audited: AuditResult) -> bool:
    return bool(np.isfinite(audited.result.value))


def _in_short(audited: AuditResult | None, usual: int) -> str:
    if audited is None or not _has_number(audited):
        return OUTCOME_MARKS[Outcome.NOT_JUDGED]
    result = audited.result
    images = "" if result.images == usual else f" ({result.images})"
    return f"{OUTCOME_MARKS[result.outcome]} {result.value:.2f}{images}"

"""The trust table: what each check says about each method."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd
import streamlit as st

from app.parts.choices import ADVICE_MARKS, OUTCOME_MARKS
from app.parts.columns import short_label
from app.parts.saving import offer_numbers
from app.parts.widgets import plain
from app.trust.place import Place, click
from pipelines.trust.results import AuditResult, Table, find_logit_change, results_of
from saliencnn.checks.grading import Outcome
from saliencnn.checks.table import CHECKS
from saliencnn.common.sentences import count, join_words
from saliencnn.findings.method_groups import group_methods
from saliencnn.findings.methods import judge_methods
from saliencnn.models.spec import POOLED
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import group_alike
from saliencnn.store.runs import RunInfo

COLORS = {
    "light": {Outcome.PASS: "#1B6E3C", Outcome.BORDERLINE: "#8A5A00", Outcome.FAIL: "#B3380A"},
    "dark": {Outcome.PASS: "#5CC98A", Outcome.BORDERLINE: "#E0A92E", Outcome.FAIL: "#FF8A5C"},
}
"""Of a cell's words: at least 4.5:1 on the page and on a chosen cell."""
ROW_HEIGHT = 35
"""Pixels of a table's row, so that no method is hidden below the table's edge."""
METHOD_WIDTH, CELL_WIDTH, LETTER_WIDTH = 150, 79, 7.3
"""Pixels of the table's columns: in a window 1,024 pixels wide all of them are seen."""


def draw_table(run: RunInfo, epoch: int, table: Table, place: Place | None) -> None:
    """Draw method by check, what to believe first; a click on a cell chooses it.

    Args:
        run: the run.
        epoch: whose maps were checked.
        table: what was found.
        place: the cell that is chosen.
    """
    groups = group_methods(judge_methods(results_of(table)))
    marks = {name: ADVICE_MARKS[group.advice] for group in groups for name in group.methods}
    methods = sorted(marks, key=lambda name: [*ADVICE_MARKS.values()].index(marks[name]))
    usual = _usual_images(table)
    frame = pd.DataFrame(
        {
            CHECKS[check].short: [_in_short(row.get(method), usual) for method in methods]
            for check, row in table.items()
        },
        index=pd.Index([f"{marks[name]} {short_label(name)}" for name in methods], name="method"),
    )
    places = [[(check, method) for check in table] for method in methods]
    key = f"trust-table-{run.run_id}-{epoch}"
    st.dataframe(
        frame.style.map(_color_of),
        width="stretch",
        height=ROW_HEIGHT * (len(frame) + 1) + 3,
        column_config={
            "method": st.column_config.Column(width=METHOD_WIDTH),
            **{
                CHECKS[check].short: st.column_config.Column(
                    width=_width_of(CHECKS[check].short),
                    help=_explain_column(check),
                )
                for check in table
            },
        },
        on_select=lambda: click(key, list(frame.columns), places),
        selection_mode="single-cell",
        selection_default=_select(frame, places, place),
        key=key,
    )
    st.caption(_legend(usual))
    if run.head_kind == POOLED:
        st.caption(_tell_one_map(methods))
    offer_numbers(result_frame(table), "Checks", f"{run.name} epoch {epoch}")
    with st.expander("What each check asks, and its thresholds, which were fixed beforehand"):
        for check, by_method in table.items():
            st.caption(_explain(check, by_method))


def _explain_column(check: str) -> str:
    """Return what a check asks, and from where on a method passes and fails."""
    row = CHECKS[check]
    to_pass, to_fail = row.thresholds
    passes, fails = OUTCOME_MARKS[Outcome.PASS], OUTCOME_MARKS[Outcome.FAIL]
    return (
        f"{row.label}: {row.question} {passes} if the lower end of the mean's 95% interval is "
        f"{to_pass}, {fails} if the mean is {to_fail}."
    )


def result_frame(table: Table) -> pd.DataFrame:
    """Return a row for each check of each method, with its number and 95% interval."""
    return pd.DataFrame(
        {"check": check, "method": method, **asdict(audited.result)}
        for check, by_method in table.items()
        for method, audited in by_method.items()
    )


def _explain(check: str, by_method: dict[str, AuditResult]) -> str:
    """Return what a check asks, its thresholds, why these, and what it says of its own test."""
    row = CHECKS[check]
    to_pass, to_fail = row.thresholds
    moved = find_logit_change(by_method)
    return (
        f"**{row.label}.** {row.question} ({row.source}) **Pass: {to_pass}; fail: {to_fail}.** "
        f"Each image's number is the {plain(row.statistic)}. {plain(row.reason)}"
        + (f" Here: {moved.in_words()}." if moved else "")
    )


def _tell_one_map(methods: Sequence[str]) -> str:
    """Say which methods are one map on a network with a pooled head, and so one witness."""
    groups = [group for group in group_alike(methods, [POOLED]) if len(group) > 1]
    if not groups:
        return ""
    told = [join_words([METHODS[one].label for one in group], len(group)) for group in groups]
    signed = any("cam" in group for group in groups)
    why = " The checks look at CAM's negative part, too, which is not drawn: so its numbers differ."
    return (
        f"On this network {' look the same, and '.join(told)} look the same, so count them once."
        f"{why if signed else ''}"
    )


def _select(
    frame: pd.DataFrame, places: list[list[Place]], place: Place | None
) -> dict[str, dict[str, list[tuple[int, str]]]]:
    """Return the selection with which the table appears: the cell that a link names."""
    cells = [
        (row, str(frame.columns[column]))
        for row, of_method in enumerate(places)
        for column, one in enumerate(of_method)
        if one == place
    ]
    return {"selection": {"cells": cells}}


def _width_of(header: str) -> int:
    return round(max(CELL_WIDTH, LETTER_WIDTH * len(header)))


def _legend(usual: int) -> str:
    marks = ", ".join(f"{mark} {outcome}" for outcome, mark in OUTCOME_MARKS.items())
    return (
        f"{marks}. In every column more is better. Each number is the mean over "
        f"{count(usual, 'image', 'images')}, or over as many as brackets say. To pass, not the "
        "mean but the lower end of its 95% interval has to reach the column's limit. "
        "**Click a cell to see its images.**"
    )


def _usual_images(table: Table) -> int:
    """Return over how many images most of the numbers are means."""
    counts = Counter(
        audited.result.images
        for by_method in table.values()
        for audited in by_method.values()
        if has_number(audited)
    )
    return counts.most_common(1)[0][0] if counts else 0


def _color_of(words: object) -> str:
    """Return a cell's style; what is not judged keeps the page's own color."""
    colors = COLORS["dark" if st.context.theme.type == "dark" else "light"]
    marks = {OUTCOME_MARKS[outcome]: color for outcome, color in colors.items()}
    return next((f"color: {color}" for mark, color in marks.items() if mark in str(words)), "")


def has_number(audited: AuditResult) -> bool:
    """Whether a check could say anything of a method."""
    return bool(np.isfinite(audited.result.value))


def _in_short(audited: AuditResult | None, usual: int) -> str:
    if audited is None or not has_number(audited):
        return OUTCOME_MARKS[Outcome.NOT_JUDGED]
    result = audited.result
    images = "" if result.images == usual else f" ({result.images})"
    return f"{OUTCOME_MARKS[result.outcome]} {result.value:.2f}{images}"

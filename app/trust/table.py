"""The trust page: verdicts on every method, and the way to what stands behind them."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from app.parts.choices import VERDICT_MARKS
from app.parts.grids import View
from app.parts.widgets import plain
from app.reads import stored_runs
from app.trust.evidence import CURVES, DRAWN, draw_curves
from app.trust.evidence_html import BEHIND, choose_image
from app.trust.mask_spread import draw_mask_spread
from pipelines.trust.answers import MapQuery
from pipelines.trust.audit import AUDITED_METHODS, audit
from pipelines.trust.mask_spread import METHOD
from pipelines.trust.results import AuditResult, find_logit_change
from saliencnn.checks.verdicts import CHECKS
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

QUICK_IMAGES = 16
COLORS = {"fails": "#D0500A", "moves": "#A87400"}
"""At least 3:1 on the light and on the dark page."""
ROW_HEIGHT = 35
"""Pixels of a table's row, so that no method is hidden below the table's edge."""
Table = dict[str, dict[str, AuditResult]]
"""Check -> method -> what an audit found."""
Place = tuple[str, str]
"""A check and a method: a cell of the table."""


def draw_table(store: Store, run: RunInfo, epoch: int) -> tuple[Table, Place | None]:
    """Draw method by check, or offer to fill the table; return it and the cell clicked on."""
    st.subheader("Trust table")
    table = stored_runs.audited(store, run.run_id, epoch)
    place = None
    if table:
        place = _draw_cells(run, epoch, table)
        st.caption(
            "✓ holds, ~ moves, ✗ fails, – not judged; the number is the mean over the images in "
            "brackets. A method holds only if the whole 95 % confidence interval does. **Click a "
            "cell to see the images behind it.**"
        )
        if moved := find_logit_change(table["variance"]):
            st.caption(f"{CHECKS['variance'].label}: {moved.in_words()}.")
        judged = any(map(_has_number, table["labels"].values()))
        if not judged and stored_runs.dealt(store, run):
            st.caption(
                "A network of labels dealt at random is there, and no method is judged by it yet: "
                "check once more."
            )
    else:
        st.caption(f"Nobody has checked the maps of epoch {epoch} yet.")
    with st.expander("What is checked, and the thresholds fixed beforehand"):
        st.caption("\n".join(_format_thresholds()))
    said, action = st.columns([5, 2], vertical_alignment="center")
    said.caption(f"From more images: `saliencnn check {run.run_id} --images 100`")
    if action.button(f"Check {QUICK_IMAGES} images", width="stretch"):
        bar = st.progress(0.0, "Loading the checkpoint…")
        images = min(QUICK_IMAGES, len(stored_runs.image_index(store, run.images_id)))
        audit(store, run, epoch, images, AUDITED_METHODS, bar.progress)
        stored_runs.audited.clear()
        st.rerun()
    return table, place


def _format_thresholds() -> Iterator[str]:
    """Yield the lines of a Markdown table: each check, its thresholds, and why these."""
    yield "| Check | Holds | Fails | Judged by | Why these thresholds |"
    yield "|---|---|---|---|---|"
    for row in CHECKS.values():
        holds, fails = (words.replace(" ", "\u00a0") for words in row.thresholds)  # on one line
        yield (
            f"| **{row.label}.** {row.question} ({row.source}) | {holds} | {fails} "
            f"| {plain(row.statistic)} | {plain(row.reason)} |"
        )


def draw_evidence(
    store: Store, run: RunInfo, epoch: int, target: int, view: View, table: Table,
    place: Place | None,
) -> None:  # fmt: skip
    """Draw what stands behind a check's verdicts, image by image.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
        target: the class chosen in the sidebar.
        view: how maps are drawn, and the methods beside the one that was clicked on.
        table: what audits found.
        place: the cell clicked on, if any.
    """
    st.subheader("What stands behind it")
    numbers = table[place[0]][place[1]].numbers if place else np.empty(0)
    known = bool(np.isfinite(numbers).any())
    if place != st.session_state.get("trust-place"):
        st.session_state["trust-place"] = place
        if place is not None:
            st.session_state["trust-check"] = place[0]
        if known:
            st.session_state["trust-source"] = BEHIND
    if st.session_state.get("trust-check") not in CHECKS:  # a browser may send none back
        st.session_state["trust-check"] = "variance"
    check = st.segmented_control(
        "Check",
        list(CHECKS),
        key="trust-check",
        required=True,
        format_func=lambda name: CHECKS[name].label,
        label_visibility="collapsed",
    )
    behind = None
    if place is not None and place[0] == check:
        behind = (check, table[check][place[1]]) if known else None
        view = replace(view, methods=tuple(dict.fromkeys([place[1], *view.methods])))
    chosen = choose_image(store, run, epoch, target, behind)
    if chosen is None:
        return
    if not view.methods:
        st.info("Choose at least one method in the sidebar.", icon=":material/checklist:")
        return
    asked = MapQuery(store, run, epoch, chosen.pixels, chosen.image, chosen.target, view.methods)
    DRAWN[check](asked, view)
    if METHOD in view.methods:
        draw_mask_spread(asked, view)
    if check == "faithfulness":
        _draw_mean_curves(store, run, epoch, view)


def _draw_cells(run: RunInfo, epoch: int, table: Table) -> Place | None:
    methods = [name for name in METHODS if any(name in row for row in table.values())]
    frame = pd.DataFrame(
        {
            CHECKS[check].label: [_in_short(row.get(method)) for method in methods]
            for check, row in table.items()
        },
        index=pd.Index([METHODS[method].label for method in methods], name="method"),
    )
    chosen = st.dataframe(
        frame.style.map(_color_of),
        width="stretch",
        height=ROW_HEIGHT * (len(frame) + 1) + 3,
        on_select="rerun",
        selection_mode="single-cell",
        key=f"trust-table-{run.run_id}-{epoch}",
    )
    for row, column in chosen["selection"]["cells"]:
        method = methods[row]
        for check, found in table.items():
            if CHECKS[check].label == column and method in found:
                return check, method
    return None


def _color_of(words: object) -> str:
    """Return a cell's style; what holds or is not judged keeps the page's own colour."""
    return next((f"color: {color}" for mark, color in COLORS.items() if mark in str(words)), "")


def _has_number(audited: AuditResult) -> bool:
    return bool(np.isfinite(audited.verdict.value))


def _in_short(audited: AuditResult | None) -> str:
    if audited is None or not _has_number(audited):
        return "– not judged"
    verdict = audited.verdict
    return (
        f"{VERDICT_MARKS[verdict.verdict]} {verdict.verdict} {verdict.value:.2f} ({verdict.images})"
    )


def _draw_mean_curves(store: Store, run: RunInfo, epoch: int, view: View) -> None:
    """Draw the mean curves over the images of the audit."""
    curves = stored_runs.mean_curves(store, run.run_id, epoch)
    shown = {m: kinds for m, kinds in curves.items() if m in view.methods}
    if not shown:
        return
    st.markdown("**Mean over the checked images**")
    side_by_side = st.container(horizontal=True)
    for kind, title in CURVES.items():
        found = {m: kinds[kind] for m, kinds in shown.items() if kind in kinds}
        if found:
            own = {m: curves.own for m, curves in found.items()}
            lots = np.stack([curves.random_baseline for curves in found.values()])
            first = next(iter(found.values()))
            draw_curves(side_by_side, f"{title} ({first.images} images)", own, lots, first.shares)
    st.caption(
        "The class's mean probability over the images of the trust table: the sooner a method's "
        "line falls, or rises where pixels are given, beside the grey band of random orders, the "
        "more the network uses what the method shows."
    )

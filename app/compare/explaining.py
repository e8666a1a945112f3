"""Explanations of a comparison task: the table of maps, their similarity, and the class level."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.attention.histograms import draw_histograms
from app.compare.agreement import draw_agreement
from app.compare.class_level import draw_level
from app.compare.examples import draw_examples, format_undefined
from app.compare.rows import MAX_IMAGES, Row, rows_of
from app.compare.table import CELL, arrange_columns, describe_empty, draw_cells
from app.compare.task import Task
from app.drawing.grid_html import legend_html
from app.parts.obtaining import obtain_maps
from app.parts.widgets import plain
from app.reads import stored_evaluations, stored_runs
from saliencnn.maps.requests import Maps, defined_for
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo

NAMED_TARGETS = 5
"""Target classes that the caption names."""


def draw_explanations(store: Store, task: Task, offered: Sequence[EvaluationInfo]) -> None:
    """Draw a task's explanations; before it is complete, what the methods do.

    Args:
        store: where the evaluations are.
        task: what the person wants to compare.
        offered: the evaluations to choose from.
    """
    st.subheader("Explanations")
    if task.missing:
        st.info(
            f"{task.missing} Until then, this is what each method shows.",
            icon=":material/checklist:",
        )
        draw_examples(store, [i for i in offered if i.run_id in task.models] or offered)
        return
    classes = stored_evaluations.class_set(store, task.models[0]).classes
    rows = _choose_page(rows_of(store, task))
    if not rows:
        st.info("None of the evaluated images is of these classes; choose others.", icon="🖼️")
        return
    methods = [m for m in task.methods if any(defined_for(r.request.info, [m]) for r in rows)]
    # Progress in a container of its own, so that what follows keeps its identity.
    with st.container():
        maps = obtain_maps(store, [row.request for row in rows], methods)
    place = _draw_table(store, task, rows, classes, methods, maps)
    if _compares(task):
        draw_agreement(store, task, rows, methods, maps)
    else:
        _draw_region(store, rows[place], classes, maps, place, methods, task.threshold)
    run_ids = list(dict.fromkeys(row.request.info.run_id for row in rows))
    draw_level(store, run_ids, rows[place].request.target, methods, task.threshold)


def _compares(task: Task) -> bool:
    return task.kind == "image" and len(task.models) > 1


def _choose_page(rows: list[Row]) -> list[Row]:
    """Let the person choose which rows to see, where there are more than a table holds."""
    if len(rows) <= MAX_IMAGES:
        return rows
    starts = range(0, len(rows), MAX_IMAGES)
    start = st.segmented_control(
        "Images",
        list(starts),
        default=0,
        required=True,
        format_func=lambda first: f"{first + 1} – {min(first + MAX_IMAGES, len(rows))}",
    )
    return rows[start : start + MAX_IMAGES]


def _draw_table(
    store: Store,
    task: Task,
    rows: list[Row],
    classes: Sequence[str],
    methods: Sequence[str],
    maps: Maps,
) -> int:
    """Draw the table and return which row is chosen, the first by default."""
    cells = draw_cells(store, rows, maps, methods, task.threshold)
    columns = arrange_columns(rows, classes, cells, by_model=task.kind == "image")
    chosen = st.container(key="explanations").dataframe(
        pd.DataFrame({column.header: column.values for column in columns}),
        hide_index=True,
        row_height=CELL + 6 if methods else None,
        height=min(len(rows), 6) * (CELL + 6) + 40 if methods else "auto",
        column_config={column.header: column.config for column in columns if column.config},
        on_select="ignore" if _compares(task) else "rerun",
        selection_mode="single-row-required",
        key="explained-rows",
    )
    st.html(legend_html(task.threshold))
    st.caption(_explain_table(rows, classes, task.threshold))
    if empty := describe_empty(maps, methods):
        st.caption(empty)
    for method in task.methods:
        without = [r.request.info.model for r in rows if not defined_for(r.request.info, [method])]
        if without:
            st.caption(format_undefined(method, without))
    picked = [] if _compares(task) else chosen["selection"]["rows"]
    return picked[0] if picked and picked[0] < len(rows) else 0


def _explain_table(rows: Sequence[Row], classes: Sequence[str], threshold: float) -> str:
    targets = list(dict.fromkeys(classes[row.request.target] for row in rows))
    more = " …" if len(targets) > NAMED_TARGETS else ""
    return (
        f"All maps explain {plain(', '.join(targets[:NAMED_TARGETS]))}{more}. Bright is where the "
        "class's score comes from; the number on a line is the fraction of the map's maximum. "
        f"Region size: fraction of the map at or above the threshold {threshold:g}. Focus: "
        "fraction of the map's energy on the object, where a box is known. Click a header to "
        "sort, the magnifier to search."
    )


def _draw_region(
    store: Store,
    row: Row,
    classes: Sequence[str],
    maps: Maps,
    place: int,
    methods: Sequence[str],
    threshold: float,
) -> None:
    """Draw the colour histograms of what one map highlights."""
    known = [method for method in methods if (place, method) in maps]
    if not known:
        return
    st.subheader("Colours of the highlighted region")
    method = known[0]
    if len(known) > 1:
        method = st.segmented_control(
            "Map", known, default=known[0], required=True, key="region-method",
            format_func=lambda name: METHODS[name].label,
        )  # fmt: skip
    info = row.request.info
    image = stored_runs.image(store, info.images_id, row.request.image)
    title = f"{row.image}: {classes[row.predicted]} ({row.confidence:.0%})"
    draw_histograms(image, maps[place, method], title, threshold)

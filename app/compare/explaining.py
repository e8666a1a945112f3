"""Explanations of a comparison task: the table, the maps' likeness, and what lies behind them."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.attention.histograms import draw_histograms
from app.compare.agreement import draw_agreement
from app.compare.class_level import draw_level
from app.compare.examples import draw_examples, format_undefined
from app.compare.rows import (
    CELL,
    MAX_IMAGES,
    Row,
    describe,
    describe_maps,
    format_empty,
    rows_of,
)
from app.compare.task import Task
from app.drawing.grid_html import legend_html
from app.parts.obtaining import obtain_maps
from app.parts.widgets import plain
from app.reads import stored_evaluations, stored_runs
from saliencnn.maps.requests import Maps, defined_for
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo

SHARES = ("confidence", "confidence in it", "overall accuracy", "class accuracy")
"""Columns of shares, shown as percent."""


def draw_explanations(store: Store, task: Task, offered: Sequence[EvaluationInfo]) -> None:
    """Draw a task's explanations; before it is complete, what the methods do.

    Args:
        store: where the evaluations are.
        task: what the person wants to compare.
        offered: the evaluations to choose from.
    """
    st.subheader("Explanations")
    if task.missing:
        st.info(f"{task.missing} Until then: what each method shows.", icon=":material/checklist:")
        draw_examples(store, [i for i in offered if i.run_id in task.models] or offered)
        return
    classes = stored_evaluations.class_set(store, task.models[0]).classes
    rows = _shown(rows_of(store, task))
    if not rows:
        st.info("No image was evaluated of these classes; choose others.", icon="🖼️")
        return
    methods = [m for m in task.methods if any(defined_for(r.request.info, [m]) for r in rows)]
    # A place of its own for the progress, lest what follows be drawn as something new.
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


def _shown(rows: list[Row]) -> list[Row]:
    """Let the person turn the pages where there are more rows than a table holds."""
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
    targets = dict.fromkeys(classes[row.request.target] for row in rows)
    known = describe(rows, classes)
    drawn = describe_maps(store, rows, maps, methods, task.threshold)
    hidden = {"explained class", "image" if task.kind == "image" else "model"}
    if len(targets) > 1:
        hidden.discard("explained class")
    frame = pd.concat(
        [
            drawn.filter(like=" overlay"),
            known.drop(columns=list(hidden)),
            drawn.drop(columns=drawn.filter(like=" overlay").columns),
        ],
        axis=1,
    )
    first = [name for name in ("model", "image") if name in frame]
    frame = frame[[*first, *(name for name in frame if name not in first)]]
    place = st.container(key="explanations")
    chosen = place.dataframe(
        frame,
        hide_index=True,
        row_height=CELL + 6 if methods else None,
        height=min(len(frame), 6) * (CELL + 6) + 40 if methods else "auto",
        column_config=_column_config(frame),
        on_select="ignore" if _compares(task) else "rerun",
        selection_mode="single-row-required",
        key="explained-rows",
    )
    st.html(legend_html(task.threshold))
    st.caption(
        f"All maps explain {plain(', '.join(list(targets)[:5]))}"
        f"{' …' if len(targets) > 5 else ''}. Bright is where the class gets its score from; lines "
        "carry the share of the map's maximum. ROI size: share of the map at or above the "
        f"threshold {task.threshold:g}. Focus: share of the map's energy on the object, where a "
        "box is known. Click a header to sort, the magnifier to search."
    )
    if said := format_empty(maps, methods):
        st.caption(said)
    for method in task.methods:
        without = [r.request.info.model for r in rows if not defined_for(r.request.info, [method])]
        if without:
            st.caption(format_undefined(method, without))
    picked = [] if _compares(task) else chosen["selection"]["rows"]
    return picked[0] if picked and picked[0] < len(rows) else 0


def _column_config(frame: pd.DataFrame) -> dict[str, Any]:
    """Return how each column is shown: shares as percent, images as images."""
    config: dict[str, Any] = {}
    for name in map(str, frame):
        if name in SHARES or name.endswith(" ROI size"):
            config[name] = st.column_config.NumberColumn(format="percent")
        elif name.endswith(" focus"):
            config[name] = st.column_config.NumberColumn(format="%.2f")
        elif name.endswith((" contours", " overlay")):
            config[name] = st.column_config.ImageColumn(width=CELL + 16)
        elif name.endswith(" class"):
            config[name] = st.column_config.TextColumn(width=150)
        elif name in ("model", "image"):
            config[name] = st.column_config.TextColumn(pinned=True, width=190)
    return config


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
    said = f"{row.image}: {classes[row.predicted]} ({row.confidence:.0%})"
    draw_histograms(image, maps[place, method], said, threshold)

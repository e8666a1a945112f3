"""A task's rows: what they say, the table of their maps, and what can be seen closer."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.attention.histograms import draw_histograms
from app.compare.adding import lead_to_runs
from app.compare.answered import answer_rows
from app.compare.by_network import draw_answer, draw_by_network
from app.compare.enlarging import enlarge_clicked
from app.compare.examples import draw_examples, format_undefined
from app.compare.figure import draw_figure, title_of
from app.compare.gallery import draw_gallery
from app.compare.matrix import draw_agreement
from app.compare.missed import draw_missed
from app.compare.offers import offer_all_images, offer_other_classes, offer_others
from app.compare.state import STATE
from app.compare.table import CELL, MapCells, arrange_columns, describe_empty
from app.compare.unmarked import draw_remedy
from app.drawing.grid_html import legend_html
from app.parts.chart import note_subject
from app.parts.claims import write_claim, write_small
from app.parts.columns import UNKNOWN
from app.parts.leads import draw_row
from app.parts.saving import offer_figure
from app.parts.widgets import plain
from app.reads import stored_images
from pipelines.comparison.answer import LEADING
from pipelines.comparison.asked import say_alone
from pipelines.comparison.groups import Group
from pipelines.comparison.rows import Row
from pipelines.comparison.subject import Subject
from pipelines.comparison.task import Task
from saliencnn.common.sentences import list_quoted
from saliencnn.findings.finding import Finding
from saliencnn.maps.requests import Maps, defined_for
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store

UNEXPLAINED = "unexplained"
"""The rule that says of a class what ``say_alone`` says of it."""
TABLE = "explained-rows"
"""Key of the table of maps."""
PART = "part"
"""Key of the choice of rows, where there are more than a table holds: its value is the first."""
NAMED_TARGETS = 5
"""Target classes that the caption names."""


def draw_rows(
    store: Store,
    task: Task,
    group: Group,
    rows: list[Row],
    methods: list[str],
    subjects: Sequence[Subject],
    answer: DeltaGenerator,
) -> None:
    """Draw a task's rows: what they say, their table, and what can be seen closer.

    Args:
        store: where the evaluations are.
        task: complete.
        group: the evaluations to choose from.
        rows: of the task, at least one.
        methods: those of the task that are defined for any row.
        subjects: what may be asked of.
        answer: where what they say stands.
    """
    answered = answer_rows(store, task, group, rows, methods)
    maps, alike = answered.maps, answered.alike
    classes = group.class_set.classes
    index = stored_images.image_index(store, rows[0].request.info.images_id)
    infos = list({row.request.info.run_id: row.request.info for row in rows}.values())
    note_subject(title_of(rows, classes))
    with answer:
        told = [one for one in answered.told if one.rule != UNEXPLAINED]
        now = STATE.get()
        # Where many images are asked of it stands below their answer.
        alone = "" if now.asked else say_alone(task, subjects, now.subject)
        if alike:
            draw_answer(told)
        else:
            st.markdown("  \n".join(map(_write, told)))
        asking = draw_row(plain(alone)) if alone else None
        row = st.container(horizontal=True, vertical_alignment="center")
        if alike:
            draw_by_network(store, rows, classes, next(iter(alike.values())), told, task.threshold)
        draw_remedy(store, infos)
        if task.kind != "image":
            draw_missed(store, group, task, index)
        if task.kind == "image":
            offer_all_images(asking or row, rows, subjects, bool(alone))
            offer_others(row, task, group)
            offer_other_classes(row, task, rows, classes)
        if not subjects[0].enough:
            lead_to_runs(row, store)
    clicked = _draw_table(task, rows, classes, methods, maps, answered.cells)
    place = clicked[0] if clicked else 0
    if methods:
        drawn = partial(draw_figure, store, rows, classes, maps, methods, task.threshold)
        offer_figure(drawn, title_of(rows, classes), "compare-figure")
    if clicked and methods:
        enlarge_clicked(store, rows, classes, maps, methods, clicked, task.threshold)
    if task.kind == "image":
        draw_missed(store, group, task, index)
        draw_gallery(store, group, task)
    if task.kind == "image" and len(task.models) > 1:
        draw_agreement(store, rows, alike)
    else:
        _draw_region(store, rows[place], classes, maps, place, methods, task.threshold)
    with st.expander("What each method shows", key="compare-methods", on_change="rerun") as opened:
        if opened.open:
            draw_examples(store, group, [info.run_id for info in infos])


def _write(finding: Finding) -> str:
    """Return a sentence of the answer in Markdown, in bold what a person comes to ask."""
    if finding.rule in LEADING:
        return write_claim(finding.sentence, claim=finding.claim)
    return write_small(finding.sentence)


def _draw_table(
    task: Task,
    rows: list[Row],
    classes: Sequence[str],
    methods: Sequence[str],
    maps: Maps,
    cells: Mapping[str, list[MapCells]],
) -> tuple[int, str] | None:
    """Draw the table and return the row and the column of the cell that is clicked."""
    columns = arrange_columns(rows, classes, cells, by_model=task.kind == "image")
    chosen = st.container(key="explanations").dataframe(
        pd.DataFrame({column.header: column.values for column in columns}),
        hide_index=True,
        placeholder=UNKNOWN,
        row_height=CELL + 6 if methods else None,
        height=min(len(rows), 6) * (CELL + 6) + 40 if methods else "auto",
        column_config={column.header: column.fitted for column in columns if column.config},
        on_select="rerun",
        selection_mode="single-cell",
        key=TABLE,
    )
    st.html(legend_html(task.threshold, methods))
    st.caption(_explain_table(rows, classes, task.threshold))
    if empty := describe_empty(maps, methods):
        st.caption(empty)
    for method in task.methods:
        without = [row.network for row in rows if not defined_for(row.request.info, [method])]
        if without:
            st.caption(format_undefined(method, without))
    cell = next(iter(chosen["selection"]["cells"]), None)
    return (cell[0], cell[1]) if cell and cell[0] < len(rows) else None


def _explain_table(rows: Sequence[Row], classes: Sequence[str], threshold: float) -> str:
    targets = list(dict.fromkeys(classes[row.request.target] for row in rows))
    return (
        f"All maps explain {plain(list_quoted(targets, NAMED_TARGETS))}. Bright is where the "
        "class's score comes from; the number on a line is the fraction of the map's maximum. "
        f"Region size: fraction of the map at or above the threshold {threshold:g}. Confidence: "
        "the probability that a network gives to its own prediction; target confidence: the one "
        f"that it gives to the class that the maps explain{_explain_unknown(rows)}. Click a header "
        "to sort, a cell to enlarge its map."
    )


def _explain_unknown(rows: Sequence[Row]) -> str:
    """Say what it means that a network's confidence in a class is not known, where any is not."""
    unknown = any(np.isnan(row.target_confidence) for row in rows)
    return f" ({UNKNOWN}: not among its five likeliest)" if unknown else ""


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
            "Map", known, default=known[0], required=True, key="map", bind="query-params",
            format_func=lambda name: METHODS[name].label,
        )  # fmt: skip
    info = row.request.info
    image = stored_images.image(store, info.images_id, row.request.image)
    title = f"{row.image}: {classes[row.predicted]} ({row.confidence:.0%})"
    draw_histograms(image, maps[place, method], title, threshold)

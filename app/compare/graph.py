"""The classes in the plane: which of them a network confuses."""

import numpy as np
import pandas as pd
import streamlit as st

from app.compare.class_charts import BRUSH
from app.compare.class_map import distribution_chart, points_of, square_of
from app.compare.picking import draw_zoomable, is_dark, take_picked
from app.compare.state import STATE, choose_classes, roots_of
from app.parts.chart import specify
from app.parts.columns import roomy_columns
from app.parts.widgets import plain
from app.reads import stored_evaluations
from pipelines.comparison.groups import Group, classes_within, neighbours_of, turn_towards
from pipelines.comparison.task import MAX_CLASSES, Task
from saliencnn.common.sentences import quote
from saliencnn.drawing.network_charts import PICK
from saliencnn.store.connection import Store

NEAREST = 12
MIN_WIDTH = 480
"""Pixels that a graph needs."""


def draw_distribution(store: Store, group: Group, task: Task) -> None:
    """Draw the pinned network's classes in the plane, and another's beside them on request."""
    st.subheader("Distribution of the classes")
    pinned = STATE.get().pinned
    beside = _choose_beside(group, pinned)
    shown = [pinned, beside] if beside else [pinned]
    columns = roomy_columns("compare-graphs", [1, 1], MIN_WIDTH)
    for run_id, column in zip(shown, columns, strict=False):
        with column:
            _draw_graph(store, group, run_id, pinned, task)
    if not beside:
        with columns[1]:
            _draw_neighbours(store, group, pinned, _choose_center(group, task))
    st.caption(
        "Each point is a class; two are close together where the network confuses them. Directions "
        "and axes mean nothing (t-SNE). Click a point to choose its class, drag a rectangle to "
        "choose several, scroll to zoom, drag with shift to move."
    )
    _report_missing(store, group)
    if beside:
        center = _choose_center(group, task)
        for run_id, column in zip(shown, st.columns(2), strict=True):
            with column:
                _draw_neighbours(store, group, run_id, center)


def _choose_beside(group: Group, pinned: str) -> str | None:
    others = [run_id for run_id in group.run_ids if run_id != pinned]
    if not others:
        return None
    key = "against"
    if st.session_state.get(key) not in (None, *others):
        st.session_state[key] = None
    return st.selectbox(
        "Compare with",
        others,
        index=None,
        key=key,
        bind="query-params",
        persist_state="session",
        format_func=lambda run_id: group.names[run_id],
        placeholder="another network",
        help="Its graph is turned and mirrored to match the first one. The classes of the task "
        "stand out in both.",
        width=340,
    )


def _draw_graph(store: Store, group: Group, run_id: str, first: str, task: Task) -> None:
    points = stored_evaluations.projection(store, run_id)
    if run_id != first:
        points = turn_towards(points, stored_evaluations.projection(store, first))
    table = stored_evaluations.class_tables(store, group.run_ids)[run_id]
    frame = pd.DataFrame(
        {
            "class": group.class_set.classes,
            "index": np.arange(len(group.class_set)),
            "root": group.class_set.roots or "",
            "x": points[:, 0],
            "y": points[:, 1],
            "accuracy": table["accuracy"].to_numpy(),
            "images": table["images"].to_numpy(),
            "chosen": np.isin(np.arange(len(group.class_set)), task.classes),
        }
    )
    st.markdown(f"**{plain(group.names[run_id])}**")
    key = f"compare-graph-{run_id}-{first}"
    drawn = points_of(frame.dropna(subset=["x", "y"]))
    bounds = square_of(drawn[["x", "y"]].to_numpy()).tolist()
    spec = specify(distribution_chart, bounds, roots_of(group), is_dark())
    draw_zoomable(spec, drawn, key, lambda key: _take_from_graph(key, points), [BRUSH, PICK])


def _take_from_graph(key: str, points: np.ndarray) -> None:
    """Add what was clicked, or what a new rectangle contains, to the task."""
    area = st.session_state[key]["selection"].get(BRUSH, {})
    if area and area != st.session_state.get(f"{key}-area"):
        choose_classes(classes_within(points, area["x"], area["y"]))
    else:
        take_picked(key)
    st.session_state[f"{key}-area"] = area


def _report_missing(store: Store, group: Group) -> None:
    tables = stored_evaluations.class_tables(store, group.run_ids)
    without = int((tables[STATE.get().pinned]["images"] == 0).sum())
    if without:
        st.caption(
            f"{without:,} of {len(group.class_set):,} classes are left out: they have no evaluated "
            "image."
        )
    if len(STATE.get().task.classes) == MAX_CLASSES:
        st.caption(f"A task has at most {MAX_CLASSES} classes.")


def _choose_center(group: Group, task: Task) -> int | None:
    """Let the person choose which of the task's classes to see the neighbours of."""
    classes, key = group.class_set.classes, "compare-center"
    if not task.classes:
        st.info("Choose a class to see which ones it is confused with.", icon=":material/hub:")
        return None
    if st.session_state.get(key) not in task.classes:
        st.session_state[key] = task.classes[-1]
    return st.selectbox("Neighbours of", task.classes, key=key, format_func=lambda i: classes[i])


def _draw_neighbours(store: Store, group: Group, run_id: str, center: int | None) -> None:
    if center is None:
        return
    distances = stored_evaluations.distances(store, run_id)
    frame = neighbours_of(distances, center, group.class_set)
    if frame.empty:
        st.info("None of the evaluated images is of this class.", icon=":material/image:")
        return
    st.dataframe(
        frame.head(NEAREST),
        hide_index=True,
        column_config={"distance": st.column_config.NumberColumn(format="%.3f")},
    )
    st.caption(
        f"The classes nearest to {plain(quote(group.class_set.classes[center]))} for "
        f"{plain(group.names[run_id])}. Distance 0: images of each are always predicted as the "
        "other with full confidence; 1: never."
    )

"""View A, overall: the models' accuracy and complexity, and one model's accuracy by class."""

import pandas as pd
import streamlit as st

from app.compare.charts import PICK, complexity_chart
from app.compare.class_charts import READABLE, bars_of, leaves_chart
from app.compare.groups import Group, leaves_of
from app.compare.radar import LEGEND, radar_chart
from app.compare.state import STATE, draw_zoomable, is_dark, take_picked
from app.parts.chart import draw_chart, specify
from app.parts.columns import roomy_columns
from app.parts.page_state import show
from app.parts.widgets import plain
from app.reads import stored_evaluations
from saliencnn.store.connection import Store

COMPLEXITIES = {"parameters": "parameters", "multiply_adds": "multiply-adds"}
FEWEST_ROOTS = 3
"""With fewer, nothing can be drawn around a circle."""
MIN_WIDTH = 480
"""Pixels that a chart needs: the radar has a size of its own."""


def draw_overall(store: Store, group: Group) -> None:
    """Draw the models, by root class and by class."""
    st.subheader("Overall")
    for note in group.notes:
        st.caption(plain(note))
    roots = roots_of(group)
    left, right = roomy_columns("compare-models", [1, 1], MIN_WIDTH)
    with left:
        _draw_complexity(group)
    with right:
        if len(roots) >= FEWEST_ROOTS:
            _draw_radar(group, roots)
        else:
            _draw_numbers(group)
    pinned = STATE.get().pinned
    table = stored_evaluations.class_tables(store, group.run_ids)[pinned]
    left, right = roomy_columns("compare-classes", [1, 1], MIN_WIDTH)
    wanted = left.text_input("Find classes", placeholder="part of a name", key="compare-find")
    with left:
        _draw_leaves(group, table, wanted, roots, "")
    if roots:
        with right:
            _draw_leaves(group, table, wanted, roots, _choose_root(roots))


def roots_of(group: Group) -> list[str]:
    """Return the root classes that have images."""
    return sorted(set(group.class_set.roots) & set(group.models[0].root_accuracy))


def _draw_complexity(group: Group) -> None:
    unit = st.segmented_control(
        "Complexity",
        list(COMPLEXITIES),
        default="parameters",
        format_func=COMPLEXITIES.get,
        key="compare-complexity",
        persist_state="session",
        required=True,
        help="Multiply-adds are those of one image.",
    )
    pinned = STATE.get().pinned
    frame = pd.DataFrame(
        {
            "run_id": info.run_id,
            "model": group.names[info.run_id],
            "complexity": info.metrics[unit],
            "top1": info.metrics["top1"],
            "top5": info.metrics.get("top5"),
            "pinned": info.run_id == pinned,
        }
        for info in group.models
    )
    # A chart that shows another model as pinned is another chart: its own click is forgotten.
    key = f"compare-complexity-{unit}-{pinned}"
    draw_chart(
        complexity_chart,
        frame,
        COMPLEXITIES[unit],
        is_dark(),
        key=key,
        on_select=lambda: _pin_picked(key),
        selection_mode=[PICK],
    )
    st.caption(
        "Each point is a model: higher is more accurate, further left is cheaper. Click a point "
        f"to pin its model; **{plain(group.names[pinned])}** is pinned."
    )


def _pin_picked(key: str) -> None:
    for picked in st.session_state[key]["selection"].get(PICK, []):
        STATE.update(pinned=picked["run_id"])


def _draw_radar(group: Group, roots: list[str]) -> None:
    now, names = STATE.get(), group.names
    strong = {now.pinned, *now.task.models}
    frame = pd.DataFrame(
        {
            "model": names[info.run_id],
            "root": root,
            "accuracy": info.root_accuracy[root],
            "strong": info.run_id in strong,
        }
        for info in group.models
        for root in roots
    )
    key = f"compare-radar-{now.pinned}-{now.root}"
    draw_chart(
        radar_chart,
        frame,
        roots,
        list(names.values()),
        is_dark(),
        key=key,
        width="content",
        on_select=lambda: _take_from_radar(key, {name: i for i, name in names.items()}),
    )
    st.caption(
        "Accuracy by root class, the kind of thing that a class is: 0 % in the middle, 100 % at "
        "the rim. Click a corner, a name or the legend to choose a model and a root class. The "
        "pinned model and those of the task have strong lines."
    )


def _take_from_radar(key: str, ids: dict[str, str]) -> None:
    for name, picked in st.session_state[key]["selection"].items():
        for values in picked if name != LEGEND else picked[-1:]:
            if values.get("model") in ids:
                STATE.update(pinned=ids[values["model"]])
            if values.get("root"):
                STATE.update(root=values["root"])


def _draw_numbers(group: Group) -> None:
    """Draw the models as a table, where there are too few root classes for a radar."""
    frame = pd.DataFrame(
        {
            "model": group.names[info.run_id],
            "top 1": info.metrics["top1"],
            "top 5": info.metrics.get("top5"),
            "images/s": info.metrics.get("images_per_second"),
            "parameters": info.metrics["parameters"],
        }
        for info in group.models
    )
    number = st.column_config.NumberColumn
    st.dataframe(
        frame,
        hide_index=True,
        column_config={
            "top 1": number(format="percent"),
            "top 5": number(format="percent"),
            "images/s": number(format="%.0f"),
            "parameters": number(format="compact"),
        },
    )
    st.caption(
        "Top 1: how often the most likely class is the true one; top 5: how often the true class "
        "is among the five most likely."
    )


def _choose_root(roots: list[str]) -> str:
    root = STATE.get().root
    shown = root if root in roots else roots[0]
    st.selectbox(
        "Root class (kind of thing)",
        roots,
        index=roots.index(shown),
        key=show("compare-root", shown),
        on_change=STATE.take("compare-root", "root"),
    )
    return shown


def _draw_leaves(
    group: Group, table: pd.DataFrame, wanted: str, roots: list[str], root: str
) -> None:
    now = STATE.get()
    name = group.names[now.pinned]
    frame = leaves_of(table, group.class_set, root)
    found = frame[frame["class"].str.contains(wanted, case=False, regex=False)]
    found = found.assign(chosen=found["index"].isin(now.task.classes))
    count = f"{len(frame):,}" if len(found) == len(frame) else f"{len(found):,} of {len(frame):,}"
    st.markdown(f"**{plain(name)}** · {root or 'all classes'} · {count}")
    if found.empty:
        st.info(f"No class here has “{plain(wanted)}” in its name.", icon=":material/search_off:")
        return
    key = f"compare-leaves-{root}-{now.pinned}-{wanted}"
    spec = specify(leaves_chart, len(found), roots, is_dark(), not root)
    draw_zoomable(spec, bars_of(found), key, take_picked, [PICK])
    st.caption(
        "The model's accuracy on each class, the highest on top. Scroll to zoom, drag to move; "
        f"names appear with {READABLE} bars or fewer. Click a bar to choose its class."
    )

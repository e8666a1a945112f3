"""Classes to begin a task with, and all networks' accuracy on the chosen ones."""

import re

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.compare.asking import offer_kind
from app.compare.class_search import ClassOptions, offer_classes
from app.compare.state import STATE, begin, change_task
from app.parts.chart import draw_chart
from app.parts.claims import write_claim
from app.parts.columns import (
    ROWS,
    UNKNOWN,
    cut_end,
    header_width,
    in_percent,
    table_height,
    two_line_headers,
    widths_below,
)
from app.parts.leads import draw_row
from app.parts.shared_choice import show
from app.parts.widgets import plain
from pipelines.comparison.class_list import MEANINGS, ClassList, list_classes
from pipelines.comparison.groups import Group
from pipelines.comparison.rankings import Ranking, accuracy_by_class, count_right
from pipelines.comparison.task import Task
from pipelines.comparison.view import MAPS, View
from saliencnn.drawing.network_charts import accuracies_chart
from saliencnn.store.connection import Store

RANK = "rank"
"""Key of the order's choice."""
CLASS, NUMBER = 114, 60
"""Pixels of a class's name at least, and of the number that ranks."""
TICK, NARROW = 33, 640
"""Pixels of the column of ticks, and of a table on a page of 1024."""
PARTED = re.compile("[ _]")
"""Marks at which a name may be parted into two lines."""
FEWEST_PIXELS = 58
"""Of a network's column at least."""


def draw_accuracies(tables: dict[str, pd.DataFrame], group: Group, task: Task) -> None:
    """Draw all networks' accuracies on the task's classes."""
    if not task.classes:
        st.info("Click a bar to see all networks on its class.", icon=":material/bar_chart:")
        return
    names = group.names
    st.subheader("All networks on the chosen classes")
    frame = accuracy_by_class(tables, group, task.classes)
    if frame.empty:
        st.info("None of the evaluated images is of these classes.", icon=":material/image:")
        return
    chosen = [names[run_id] for run_id in task.models] or list(names.values())
    frame["strong"] = frame["model"].isin(chosen)
    draw_chart(accuracies_chart, frame, list(names.values()))
    without = len(task.classes) - frame["class"].nunique()
    st.caption(
        "Each point is a network, each column a chosen class; the further apart the points, the "
        "more the networks disagree. Networks outside the task are drawn faintly."
        + (f" Left out without images: {without}." if without else "")
    )


def draw_rankings(
    store: Store, tables: dict[str, pd.DataFrame], group: Group, task: Task, root: str
) -> None:
    """Draw a list of classes to begin a task with, in the order that the person chooses.

    Args:
        store: where the evaluations are.
        tables: evaluation's id -> its numbers class by class.
        group: the evaluations.
        task: of whose networks the list is, where it has several.
        root: only classes of this kind of thing; empty for all.
    """
    found = list_classes(tables, group, task, View(root=root, rank=STATE.get().rank))
    scope = draw_row(write_claim(found.describe(), claim=found.claim))
    st.segmented_control(
        "Classes on which networks",
        found.offered,
        default=found.rank,
        key=show(RANK, found.rank),
        on_change=STATE.take(RANK, "rank"),
        required=True,
        help="A class stands high if its images prove it (95% intervals by Newcombe and Wilson).",
    )
    if root:
        _draw_scope(scope, store, found, offer_classes(store, group))
    ranking = found.ranking
    shown = {one: tables[one] for one in found.among.run_ids}
    _draw_ranking(found.spread, shown, ranking, group, root)
    st.caption(
        f"Order: by the {ranking.end} end of the {ranking.by}'s 95% interval. A network's column: "
        "on how many of the class's images it is right. "
        f"{MEANINGS[ranking.by].format(whose=found.whose)} "
        "Tick a row to see maps of its class."
    )


def _draw_scope(row: DeltaGenerator, store: Store, found: ClassList, offered: ClassOptions) -> None:
    """Offer to ask of a kind of thing, and to show all kinds again."""
    offer_kind(row, store, found.among, found.root, offered)
    row.button(
        "Show all kinds of thing",
        key="compare-all-kinds",
        type="tertiary",
        on_click=lambda: STATE.update(root=""),
    )


def _draw_ranking(
    spread: pd.DataFrame,
    networks: dict[str, pd.DataFrame],
    ranking: Ranking,
    group: Group,
    root: str,
) -> None:
    """Draw the ranked classes, with a column for each network's table of classes, by its id."""
    frame = ranking.order(spread)
    indices = frame["index"].tolist()
    names = {one: group.names[one] for one in networks}
    headers = two_line_headers(names, ("class", ranking.by), NARROW - TICK - NUMBER - CLASS)
    shown = in_percent(frame[["class", ranking.by]], ranking.by, digits=0)
    shown.columns = pd.MultiIndex.from_tuples([("", "class"), ("", ranking.by)])
    for one, table in networks.items():
        shown[headers[one]] = count_right(table, indices)
    key = f"compare-{ranking.by}-{ranking.descending}-{root}"
    cells = [shown[headers[one]].dropna().head(ROWS) for one in names]
    widths = widths_below([headers[one] for one in names], cells, FEWEST_PIXELS)
    counts = [
        st.column_config.TextColumn(
            width=pixels, help=f"On how many of the class's images {name} is right."
        )
        for pixels, name in zip(widths, names.values(), strict=True)
    ]
    room = NARROW - TICK - NUMBER - sum(widths)
    width = max(CLASS, min(room, max(map(header_width, frame["class"]), default=0)))
    shown["", "class"] = [cut_end(one, width) for one in frame["class"]]
    if not any(first for first, _ in headers.values()):
        shown = shown.droplevel(0, axis="columns")
    columns = [
        st.column_config.TextColumn(width=width, pinned=True),
        st.column_config.NumberColumn(format="%.0f%%", width=NUMBER),
        *counts,
    ]
    st.dataframe(
        shown,
        hide_index=True,
        placeholder=UNKNOWN,
        height=table_height(len(frame)),
        key=key,
        on_select=lambda: _begin(key, indices, group),
        selection_mode="single-row",
        column_config=dict(enumerate(columns, 1)),
    )
    written = {one: " ".join(filter(None, header)) for one, header in headers.items()}
    cut = [
        f"{written[one]} is {name}"
        for one, name in names.items()
        if PARTED.sub("", written[one]) != PARTED.sub("", name)
    ]
    if cut:
        st.caption(plain(f"{', '.join(cut)}."))


def _begin(key: str, indices: list[int], group: Group) -> None:
    for row in st.session_state[key]["selection"]["rows"]:
        change_task(kind="image", image=None)
        begin([indices[row]], group)
        STATE.update(tab=MAPS)

"""View E, supplemental: classes to begin with, and all models' accuracy on the chosen ones."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app.compare.charts import accuracies_chart
from app.compare.groups import Group, accuracy_by_class, spread_of_classes
from app.compare.state import STATE, change_task
from app.compare.task import Task
from app.parts.widgets import plain
from app.reads import stored_evaluations
from saliencnn.store.connection import Store

SHOWN = 6
"""Classes in each of the lists."""
FIRST_MODELS = 5
"""So many of the most accurate models begin a task for which none was chosen."""


@dataclass(frozen=True)
class Ranking:
    """One list of classes to begin a task with.

    Attributes:
        title: its heading.
        by: column of ``spread_of_classes``.
        descending: whether the highest come first.
    """

    title: str
    by: str
    descending: bool


RANKINGS = (
    Ranking("Models disagree most", "range", True),
    Ranking("Models disagree least", "range", False),
    Ranking("Models do best", "average", True),
    Ranking("Models do worst", "average", False),
)
RANKING_WIDTH = 230
"""In pixels: four beside each other on a wide page, two and two on a narrow one."""


def draw_supplement(store: Store, group: Group, task: Task) -> None:
    """Draw the models' accuracies on the task's classes; before a task, classes to begin with."""
    st.subheader("Class accuracy of all models")
    tables = stored_evaluations.class_tables(store, group.run_ids)
    if task.classes:
        _draw_accuracies(tables, group, task)
    if task.missing:
        _draw_rankings(tables, group)


def _draw_accuracies(tables: dict[str, pd.DataFrame], group: Group, task: Task) -> None:
    names = group.names
    frame = accuracy_by_class(tables, group, task.classes)
    if frame.empty:
        st.info("None of the evaluated images is of these classes.", icon=":material/image:")
        return
    chosen = [names[run_id] for run_id in task.models] or list(names.values())
    frame["strong"] = frame["model"].isin(chosen)
    st.altair_chart(accuracies_chart(frame, list(names.values())))
    without = len(task.classes) - frame["class"].nunique()
    st.caption(
        "Each point is a model, each column a chosen class; the further apart the points, the "
        "more the models disagree. Models outside the task are drawn faintly."
        + (f" Left out without images: {without}." if without else "")
    )


def _draw_rankings(tables: dict[str, pd.DataFrame], group: Group) -> None:
    spread = spread_of_classes(tables, group)
    several = len(group.models) > 1
    rankings = [r for r in RANKINGS if several or r.by == "average"]
    side_by_side = st.container(horizontal=True)
    for ranking in rankings:
        with side_by_side.container(width=RANKING_WIDTH):
            _draw_ranking(spread, ranking, group)
    ranges = "Range: the highest less the lowest accuracy of the models on the class. "
    st.caption(
        (ranges if several else "")
        + "Average: the mean over the models. Tick a row to begin a task with its class."
    )


def _draw_ranking(spread: pd.DataFrame, ranking: Ranking, group: Group) -> None:
    order = [not ranking.descending, True]
    frame = spread.sort_values([ranking.by, "class"], ascending=order).head(SHOWN)
    key = f"compare-{ranking.by}-{ranking.descending}"
    title = ranking.title if len(group.models) > 1 else ranking.title.replace("Models do", "Does")
    st.markdown(f"**{plain(title)}**")
    st.dataframe(
        frame[["class", ranking.by]],
        hide_index=True,
        key=key,
        on_select=lambda: _begin(key, frame["index"].tolist(), group),
        selection_mode="single-row",
        column_config={
            "class": st.column_config.TextColumn(width=100),
            ranking.by: st.column_config.NumberColumn(format="percent", width=60),
        },
    )


def _begin(key: str, indices: list[int], group: Group) -> None:
    for row in st.session_state[key]["selection"]["rows"]:
        models = STATE.get().task.models or group.run_ids[:FIRST_MODELS]
        change_task(kind="image", models=models, classes=(indices[row],), image=None)

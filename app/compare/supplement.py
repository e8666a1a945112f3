"""View E, supplemental: classes to begin with, and all models' accuracy on the chosen ones."""

import pandas as pd
import streamlit as st

from app.compare.charts import accuracies_chart
from app.compare.groups import Group, Ranking, accuracy_by_class, spread_of_classes
from app.compare.state import STATE, change_task
from app.compare.task import Task
from app.parts.chart import draw_chart
from app.parts.widgets import plain
from app.reads import stored_evaluations
from saliencnn.store.connection import Store

FIRST_MODELS = 5
"""So many of the most accurate models begin a task for which none was chosen."""


RANKINGS = {
    "Models disagree most": Ranking("range", "range_low", descending=True),
    "Models disagree least": Ranking("range", "range_high", descending=False),
    "Models do best": Ranking("average", "average_low", descending=True),
    "Models do worst": Ranking("average", "average_high", descending=False),
}
"""Lists of classes to begin a task with, by their headings."""
RANKING_WIDTH = 270
"""In pixels: four beside each other on a wide page, two and two on a narrow one."""
RANKING_HEIGHT = 250
"""In pixels: six classes; the others are reached by scrolling."""


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
    draw_chart(accuracies_chart, frame, list(names.values()))
    without = len(task.classes) - frame["class"].nunique()
    st.caption(
        "Each point is a model, each column a chosen class; the further apart the points, the "
        "more the models disagree. Models outside the task are drawn faintly."
        + (f" Left out without images: {without}." if without else "")
    )


def _draw_rankings(tables: dict[str, pd.DataFrame], group: Group) -> None:
    spread = spread_of_classes(tables, group)
    several = len(group.models) > 1
    side_by_side = st.container(horizontal=True)
    for title, ranking in RANKINGS.items():
        if several or ranking.by == "average":
            shown = title if several else title.replace("Models do", "Does")
            with side_by_side.container(width=RANKING_WIDTH):
                _draw_ranking(spread, shown, ranking, group)
    ranges = "Range: the highest less the lowest accuracy of the models on the class. "
    st.caption(
        (ranges if several else "")
        + "Average: the mean over the models. A class stands high in a list if its images prove "
        "it: one image proves little (95 % intervals by Newcombe and Wilson). Each list has all "
        f"{len(spread):,} classes. Tick a row to begin a task with its class."
    )


def _draw_ranking(spread: pd.DataFrame, title: str, ranking: Ranking, group: Group) -> None:
    frame = ranking.order(spread)
    key = f"compare-{ranking.by}-{ranking.descending}"
    ties = ranking.ties(frame)
    st.markdown(f"**{plain(title)}**" + (f" · first {ties} tie" if ties > 1 else ""))
    st.dataframe(
        frame[["class", "images", ranking.by]],
        hide_index=True,
        height=RANKING_HEIGHT,
        key=key,
        on_select=lambda: _begin(key, frame["index"].tolist(), group),
        selection_mode="single-row",
        column_config={
            "class": st.column_config.TextColumn(width=110),
            "images": st.column_config.NumberColumn(width=50),
            ranking.by: st.column_config.NumberColumn(format="percent", width=60),
        },
    )


def _begin(key: str, indices: list[int], group: Group) -> None:
    for row in st.session_state[key]["selection"]["rows"]:
        models = STATE.get().task.models or group.run_ids[:FIRST_MODELS]
        change_task(kind="image", models=models, classes=(indices[row],), image=None)

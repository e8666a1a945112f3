"""What a person looks at on the Compare page, kept in the session and in the URL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import streamlit as st

from app.compare.charts import PICK
from app.compare.class_charts import ZOOM
from app.compare.groups import Group
from app.compare.task import MAX_CLASSES, Task, task_from_query, task_to_query
from app.parts.chart import Specification
from app.parts.page_state import PageState, Query
from saliencnn.store.evaluation_records import EvaluationInfo


@dataclass(frozen=True)
class CompareState:
    """What the person looks at.

    Attributes:
        task: what is compared.
        pinned: id of the evaluation that the bars and the distribution show.
        root: root class whose classes the second bars show; empty for none.
    """

    task: Task = field(default_factory=Task)
    pinned: str = ""
    root: str = ""


STATE = PageState(
    "compare",
    CompareState(),
    {
        "model": "evaluation",
        "kind": "task",
        "class": "class",
        "image": "image number",
        "method": "method",
        "rule": "similarity rule",
        "threshold": "threshold",
        "pin": "pinned evaluation",
        "root": "root class",
    },
)


def change_task(**changes: Any) -> None:
    """Change parts of the task, e.g. ``image``; for callbacks, which run before the script."""
    STATE.update(task=replace(STATE.get().task, **changes))


def choose_classes(classes: Sequence[int]) -> None:
    """Make classes, in their order, those of the task; at most as many as its kind has."""
    change_task(classes=tuple(classes[: STATE.get().task.max_classes]))


def toggle_class(index: int) -> None:
    """Add a class to the task, or take it out; a task about one class changes over to it."""
    classes = STATE.get().task.classes
    if index in classes:
        choose_classes([i for i in classes if i != index])
    elif STATE.get().task.kind == "images":
        choose_classes([index])
    else:
        choose_classes([*classes, index][-MAX_CLASSES:])


def linked_group(groups: Sequence[Sequence[EvaluationInfo]]) -> int | None:
    """Return which group the link that was just followed names an evaluation of, if any."""
    linked = linked_ids()
    return next(
        (n for n, group in enumerate(groups) if linked & {info.run_id for info in group}), None
    )


def linked_ids() -> set[str]:
    """Return the ids of evaluations that the link names that was just followed."""
    link = STATE.link()
    return {*link.get("model", []), *link.get("pin", [])}


def wanted_ids() -> set[str]:
    """Return the ids of evaluations that a link names, or without one the chosen ones."""
    return linked_ids() if STATE.link() else {*STATE.get().task.models, STATE.get().pinned}


def settle(group: Group) -> CompareState:
    """Return the state, made of what the group has: the followed link's, else the session's.

    Args:
        group: the evaluations to choose from.
    """
    now = STATE.get()
    if link := STATE.link():
        now = CompareState(
            task_from_query(link, group.offered),
            *(link.get(name, [""])[0] for name in ("pin", "root")),
        )
    task = now.task.among(group.offered)
    pinned = now.pinned if now.pinned in group.run_ids else ""
    root = now.root if now.root in group.class_set.roots else ""
    default = next(iter(task.models), group.run_ids[0])
    STATE.update(task=task, pinned=pinned or default, root=root)
    return STATE.get()


def state_to_query(group: Group) -> Query:
    """Return the URL's parameters from which ``settle`` makes the same state."""
    now = STATE.get()
    query = task_to_query(now.task, group.offered)
    return {**query, "pin": [now.pinned], "root": [now.root] if now.root else []}


def draw_zoomable(
    spec: Specification,
    frame: pd.DataFrame,
    key: str,
    take: Callable[[str], None],
    selections: list[str],
) -> None:
    """Draw a chart that stays zoomed when its data changes.

    Streamlit keeps the zoom only of charts that report it. Each turn of the wheel then runs a
    script, so it is a fragment with nothing but the chart; what it changes redraws the page.

    Args:
        spec: of a chart with a selection ``ZOOM``.
        frame: its data.
        key: of the chart.
        take: takes the selection, which is in the session's state, over; given the key.
        selections: names of the others that ``take`` reads.
    """

    @st.fragment
    def draw(drawn: CompareState) -> None:
        if STATE.get() != drawn:
            st.rerun()
        st.vega_lite_chart(
            frame,
            spec,
            key=key,
            on_select=lambda: take(key),
            selection_mode=[*selections, ZOOM],
        )

    draw(STATE.get())


def take_picked(key: str) -> None:
    """Take the class that a person has just clicked in a chart over into the task.

    The chart keeps what was clicked there, and the task may have been changed elsewhere since: so
    a click is what differs from the chart's selection before.

    Args:
        key: of the chart, whose selection ``PICK`` toggles an ``index``.
    """
    picked = {int(row["index"]) for row in st.session_state[key]["selection"].get(PICK, [])}
    seen = st.session_state.get(f"{key}-seen", set())
    st.session_state[f"{key}-seen"] = picked
    for index in sorted(picked ^ seen):
        toggle_class(index)


def is_dark() -> bool:
    """Whether the page is dark."""
    return bool(st.context.theme.type == "dark")

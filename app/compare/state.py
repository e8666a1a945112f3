"""What a person looks at on the comparison page, kept in the session and in the URL.

The session's value is the truth: widgets show it and their callbacks change it, so that a chart,
a table and the sidebar can all choose the same thing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import streamlit as st

from app.compare.charts import PICK
from app.compare.class_charts import ZOOM
from app.compare.groups import Group
from app.compare.task import MOST_CLASSES, Task, task_from_query, task_to_query
from saliencnn.store.evaluation_records import EvaluationInfo

_KEYS = ("model", "kind", "class", "image", "method", "rule", "threshold", "pin", "root")


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


def get_state() -> CompareState:
    """Return what the person looks at now; also within callbacks."""
    return st.session_state.get("comparison", CompareState())


def update_state(**changes: Any) -> None:
    """Change what the person looks at, e.g. ``pinned``; for callbacks."""
    st.session_state["comparison"] = replace(get_state(), **changes)


def change_task(**changes: Any) -> None:
    """Change parts of the task, e.g. ``image``; for callbacks, which run before the script."""
    update_state(task=replace(get_state().task, **changes))


def choose_classes(classes: Sequence[int]) -> None:
    """Take classes, in their order, for those of the task; as many as its kind speaks of."""
    most = 1 if get_state().task.kind == "images" else MOST_CLASSES
    change_task(classes=tuple(classes[:most]))


def toggle_class(index: int) -> None:
    """Add a class to the task, or take it out; a task about one class changes over to it."""
    classes = get_state().task.classes
    if index in classes:
        choose_classes([i for i in classes if i != index])
    elif get_state().task.kind == "images":
        choose_classes([index])
    else:
        choose_classes([*classes, index][-MOST_CLASSES:])


def asked_group(groups: Sequence[Sequence[EvaluationInfo]]) -> int | None:
    """Return which group a link that was just followed speaks of, if it names any evaluation."""
    asked = named_by_link()
    named = (n for n, group in enumerate(groups) if asked & {info.run_id for info in group})
    return next(named, None)


def named_by_link() -> set[str]:
    """Return the ids of evaluations that a link names which was just followed."""
    if not link_followed():
        return set()
    return {*st.query_params.get_all("model"), *st.query_params.get_all("pin")}


def chosen_or_named() -> set[str]:
    """Return the ids of evaluations that a link names, or without one those that are looked at."""
    if link_followed():
        return named_by_link()
    return {*get_state().task.models, get_state().pinned}


def link_followed() -> bool:
    """Whether the URL says what this page did not write there."""
    asked = _address()
    return bool(asked) and asked != st.session_state.get("written_comparison")


def follow(query: Mapping[str, Sequence[str]]) -> None:
    """Take parameters for the URL's, as if a link had been followed; for callbacks."""
    st.query_params.from_dict({key: list(v) for key, v in query.items() if key in _KEYS and v})
    st.session_state["written_comparison"] = None


def settle(group: Group) -> CompareState:
    """Return what the person looks at, made of what the group has: the URL's, else the session's.

    Args:
        group: the evaluations to choose from.
    """
    followed, now = link_followed(), get_state()
    if followed:
        _say_what_is_gone(group)
        now = CompareState(
            task_from_query(_address(), group.offered),
            st.query_params.get("pin", ""),
            st.query_params.get("root", ""),
        )
    task = now.task.among(group.offered)
    pinned = now.pinned if now.pinned in group.run_ids else ""
    root = now.root if now.root in group.class_set.roots else ""
    default = next(iter(task.models), group.run_ids[0])
    update_state(task=task, pinned=pinned or default, root=root)
    return get_state()


def _say_what_is_gone(group: Group) -> None:
    gone = len({*st.query_params.get_all("model")} - {*group.run_ids})
    if gone:
        st.toast(
            f"{gone} of the link's evaluations cannot be compared with the others or are no longer "
            "in the store; they are left out.",
            icon=":material/link_off:",
        )


def write_address(group: Group) -> None:
    """Write what the person looks at into the URL."""
    now = get_state()
    query = task_to_query(now.task, group.offered)
    query |= {"pin": [now.pinned], "root": [now.root] if now.root else []}
    wanted = {key: values for key, values in query.items() if values}
    if _address() != wanted:
        for key in _KEYS:
            if key in wanted:
                st.query_params[key] = wanted[key]
            else:
                st.query_params.pop(key, None)
    st.session_state["written_comparison"] = wanted


def draw_zoomable(
    spec: dict[str, Any],
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
        if get_state() != drawn:
            st.rerun()
        st.vega_lite_chart(
            frame,
            spec,
            key=key,
            on_select=lambda: take(key),
            selection_mode=[*selections, ZOOM],
        )

    draw(get_state())


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


def show(key: str, value: Any) -> str:
    """Let a widget show a value that may have been chosen elsewhere.

    Args:
        key: of the widget in the session's state.
        value: what it must show.

    Returns:
        The key.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key


def is_dark() -> bool:
    """Whether the page is dark."""
    return bool(st.context.theme.type == "dark")


def _address() -> dict[str, list[str]]:
    return {key: st.query_params.get_all(key) for key in _KEYS if key in st.query_params}

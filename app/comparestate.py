"""What a person looks at on the comparison page, kept in the session and in the URL.

The session's value is the truth: widgets show it and their callbacks change it, so that a chart,
a table and the sidebar can all choose the same thing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from app.compared import Group
from app.task import Task, task_from_query, task_to_query
from pipelines.store.evaluations import EvaluationInfo

_KEYS = ("model", "kind", "class", "image", "method", "rule", "threshold", "pin", "root")


@dataclass(frozen=True)
class Looking:
    """What the person looks at.

    Attributes:
        task: what is compared.
        pinned: id of the evaluation that the bars and the distribution show.
        root: root class whose classes the second bars show; empty for none.
    """

    task: Task = Task()
    pinned: str = ""
    root: str = ""


def looking() -> Looking:
    """Return what the person looks at now; also within callbacks."""
    return st.session_state.get("comparison", Looking())


def look(**changes: Any) -> None:
    """Change what the person looks at, e.g. ``pinned``; for callbacks."""
    st.session_state["comparison"] = replace(looking(), **changes)


def change_task(**changes: Any) -> None:
    """Change parts of the task, e.g. ``image``; for callbacks, which run before the script."""
    look(task=replace(looking().task, **changes))


def toggle_class(index: int) -> None:
    """Add a class to the task, or take it out; a task about one class changes over to it."""
    task = looking().task
    if task.kind == "images":
        change_task(classes=(index,))
    elif index in task.classes:
        change_task(classes=tuple(i for i in task.classes if i != index))
    else:
        change_task(classes=(*task.classes, index))


def asked_group(groups: Sequence[Sequence[EvaluationInfo]]) -> int | None:
    """Return which group a link that was just followed speaks of, if it names any evaluation."""
    if not link_followed():
        return None
    asked = {*st.query_params.get_all("model"), *st.query_params.get_all("pin")}
    named = (n for n, group in enumerate(groups) if asked & {info.run_id for info in group})
    return next(named, None)


def link_followed() -> bool:
    """Whether the URL says what this page did not write there."""
    asked = _address()
    return bool(asked) and asked != st.session_state.get("written_comparison")


def settle(group: Group) -> Looking:
    """Return what the person looks at, made of what the group has: the URL's, else the session's.

    Args:
        group: the evaluations to choose from.
    """
    followed, now = link_followed(), looking()
    if followed:
        now = Looking(
            task_from_query(_address(), group.offered),
            st.query_params.get("pin", ""),
            st.query_params.get("root", ""),
        )
    task = now.task.among(group.offered)
    pinned = now.pinned if now.pinned in group.run_ids else ""
    root = now.root if now.root in group.class_set.roots else ""
    default = next(iter(task.models), group.run_ids[0])
    look(task=task, pinned=pinned or default, root=root)
    return looking()


def write_address(group: Group) -> None:
    """Write what the person looks at into the URL."""
    now = looking()
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


def _address() -> dict[str, list[str]]:
    return {key: st.query_params.get_all(key) for key in _KEYS if key in st.query_params}

"""The Compare page's sidebar: the task, and tasks saved by name."""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from app.compare.groups import Group
from app.compare.saved import open_and_save
from app.compare.state import STATE, change_task, settle, state_to_query
from app.compare.task import KINDS, Task
from app.parts.page_state import show
from app.reads import stored_runs
from saliencnn.common.shown import tell_apart
from saliencnn.measures.similarity import MEASURES
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store


def choose_task(store: Store, group: Group) -> Task:
    """Let the person choose the task in the sidebar; it is in the URL.

    Returns:
        The task, of which every part exists.
    """
    settle(group)
    _settle_image(store, group)
    with st.sidebar:
        st.subheader("Task")
        _choose_kind()
        _choose_models(group)
        _choose_classes(group)
        if STATE.get().task.kind == "image":
            _choose_image(store, group)
        _choose_methods()
        open_and_save(store, group)
    STATE.write(state_to_query(group), names=group.names)
    return STATE.get().task


def _settle_image(store: Store, group: Group) -> None:
    """Keep the image and the classes together: an image is chosen among those of the classes."""
    task = STATE.get().task
    if task.kind != "image" or task.image is None:
        return
    true = int(stored_runs.image_index(store, group.images_id).labels[task.image])
    if not task.classes:
        change_task(classes=(true,))
    elif true not in task.classes:
        change_task(image=None)


def _choose_kind() -> None:
    task = STATE.get().task
    st.radio(
        "Compare",
        list(KINDS),
        index=list(KINDS).index(task.kind),
        key=show("task-kind", task.kind),
        format_func=KINDS.get,
        label_visibility="collapsed",
        on_change=_change_kind,
    )


def _change_kind() -> None:
    kind, now = st.session_state["task-kind"], STATE.get()
    models = now.task.models
    if kind != "image":
        models = (now.pinned,) if now.pinned in models or not models else models[:1]
    classes = now.task.classes[:1] if kind == "images" else now.task.classes
    change_task(kind=kind, models=models, classes=classes)


def _choose_models(group: Group) -> None:
    task, names = STATE.get().task, group.names
    several = task.kind == "image"
    described = {info.run_id: f"{info.metrics['top1']:.1%}" for info in group.models}
    for run_id, standing in group.standings.items():
        if standing:
            described[run_id] = f"{standing} · {described[run_id]}"
    shared = {
        "options": list(group.run_ids),
        "format_func": lambda run_id: f"{names[run_id]} · {described[run_id]}",
        "placeholder": "Search models",
    }
    if several:
        key = "task-models"
        st.multiselect(
            "Models",
            default=list(task.models),
            key=show(key, list(task.models)),
            max_selections=task.max_models,
            on_change=_take(key, "models", tuple),
            help="With their top-1 accuracy on these images.",
            **shared,
        )
    else:
        key, chosen = "task-model", next(iter(task.models), None)
        st.selectbox(
            "Model",
            index=group.run_ids.index(chosen) if chosen else None,
            key=show(key, chosen),
            on_change=_take(key, "models", _single),
            **shared,
        )


def _choose_classes(group: Group) -> None:
    task, classes = STATE.get().task, group.class_set.classes
    shared = {
        "options": list(range(len(classes))),
        "format_func": tell_apart(dict(enumerate(classes))).get,
        "placeholder": "Search classes",
        "help": "Click classes in the charts to choose them, or type a part of a name here.",
    }
    if task.kind == "images":
        key, chosen = "task-class", next(iter(task.classes), None)
        st.selectbox(
            "Class",
            index=chosen,
            key=show(key, chosen),
            on_change=_take(key, "classes", _single),
            **shared,
        )
    else:
        key = "task-classes"
        st.multiselect(
            "Classes",
            default=list(task.classes),
            key=show(key, list(task.classes)),
            max_selections=task.max_classes,
            on_change=_take(key, "classes", tuple),
            **shared,
        )


def _choose_image(store: Store, group: Group) -> None:
    task, key = STATE.get().task, "task-image"
    if not task.classes:
        st.selectbox("Image", [], placeholder="Choose a class first", disabled=True)
        return
    index = stored_runs.image_index(store, group.images_id)
    options = [int(i) for c in task.classes for i in np.flatnonzero(index.labels == c)]
    st.selectbox(
        "Image",
        options,
        index=options.index(task.image) if task.image is not None else None,
        key=show(key, task.image),
        format_func=tell_apart({image: index.names[image] for image in options}).get,
        placeholder="Search images" if options else "None of the images is of these classes",
        disabled=not options,
        on_change=_take(key, "image", lambda image: image),
        help="Of the chosen classes.",
    )


def _choose_methods() -> None:
    task = STATE.get().task
    st.multiselect(
        "Methods",
        list(METHODS),
        default=list(task.methods),
        key=show("task-methods", list(task.methods)),
        format_func=lambda method: METHODS[method].label,
        on_change=_take("task-methods", "methods", tuple),
        help="How saliency maps are computed. Before a task begins, each is explained below.",
    )
    st.selectbox(
        "Similarity rule",
        list(MEASURES),
        index=list(MEASURES).index(task.rule),
        key=show("task-rule", task.rule),
        format_func=lambda rule: MEASURES[rule].label,
        on_change=_take("task-rule", "rule", lambda rule: rule),
        help=MEASURES[task.rule].meaning,
    )
    st.slider(
        "Region threshold",
        0.0,
        1.0,
        value=task.threshold,
        step=0.05,
        key=show("task-threshold", task.threshold),
        on_change=_take("task-threshold", "threshold", float),
        help="The region is where a map reaches this fraction of its maximum.",
    )


def _take(key: str, part: str, convert: Callable[[Any], Any]) -> Callable[[], None]:
    """Return a callback that takes a widget's value over into a part of the task."""
    return lambda: change_task(**{part: convert(st.session_state[key])})


def _single(value: Any) -> tuple[Any, ...]:
    return () if value is None else (value,)

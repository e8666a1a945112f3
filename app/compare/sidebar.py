"""The Compare page's sidebar: the task, and tasks saved by name."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from app.compare.adding import note_only_trained, offer_runs
from app.compare.class_search import ClassOptions, offer_classes
from app.compare.saved import open_and_save
from app.compare.settling import settle_all
from app.compare.state import (
    STATE,
    begin,
    carry_on,
    change_kind,
    change_task,
    choose_image,
    state_to_query,
)
from app.parts.run_names import LONGEST_OPTION
from app.parts.scrolling import close_list
from app.parts.shared_choice import name_in, show, take_known
from app.parts.widgets import plain
from app.reads import stored_images
from pipelines.comparison.groups import Group
from pipelines.comparison.subject_keys import EVERYTHING, all_of
from pipelines.comparison.task import KINDS, Task
from pipelines.comparison.view import MAPS
from saliencnn.common.sentences import count
from saliencnn.common.shown import tell_apart
from saliencnn.store.connection import Store


def choose_task(store: Store, group: Group) -> Task:
    """Let the person choose the task in the sidebar; it is in the URL.

    Returns:
        The task, of which every part exists.
    """
    settle_all(store, group)
    with st.sidebar:
        note_only_trained(store)
        st.subheader("Task")
        _choose_kind()
        _choose_models(group)
        _choose_classes(offer_classes(store, group), group)
        if STATE.get().task.kind == "image":
            _choose_image(store, group)
        offer_runs(store)
        open_and_save(store, group)
    STATE.write(state_to_query(group), names=group.names)
    carry_on(group)
    return STATE.get().task


def _choose_kind() -> None:
    task = STATE.get().task
    st.radio(
        "Compare",
        list(KINDS),
        index=list(KINDS).index(task.kind),
        key=show("task-kind", task.kind),
        format_func=KINDS.get,
        label_visibility="collapsed",
        on_change=lambda: _to_maps(change_kind, st.session_state["task-kind"]),
    )


def _choose_models(group: Group) -> None:
    task, names = STATE.get().task, group.names
    several = task.kind == "image"
    described = {info.run_id: f"{info.metrics['top1']:.1%}" for info in group.models}
    for run_id in group.run_ids:
        if standing := group.standings.get(run_id):
            described[run_id] = f"{standing} · {described[run_id]}"
    shared = {
        "options": list(group.run_ids),
        "format_func": lambda run_id: f"{names[run_id]} · {described[run_id]}",
        "placeholder": "Search networks",
    }
    if several:
        key = "task-models"
        st.multiselect(
            "Networks",
            default=list(task.models),
            key=show(key, list(task.models)),
            max_selections=task.max_models,
            on_change=take_known(key, group.run_ids, _take(key, "models", tuple)),
            help="With their top-1 accuracy on these images.",
            **shared,
        )
    else:
        key, chosen = "task-model", next(iter(task.models), None)
        st.selectbox(
            "Network",
            index=group.run_ids.index(chosen) if chosen else None,
            key=show(key, chosen),
            on_change=take_known(key, group.run_ids, _take(key, "models", _single)),
            **shared,
        )


def _choose_classes(offered: ClassOptions, group: Group) -> None:
    task = STATE.get().task
    one, wide = task.kind == "images", offered.stand_for_all(task, STATE.get().subject)
    shown = task.classes if one else offered.fold(task.classes, STATE.get().subject)
    shown = () if wide else shown
    names = group.class_set.classes if one else offered.chosen
    labels = {**offered.labels, **{n: names[n] for n in shown}}
    shared: dict[str, Any] = {
        "format_func": name_in(labels),
        "placeholder": f"{EVERYTHING.capitalize()}: search one" if wide else "Search classes",
        "filter_mode": "contains",
        "help": "Type a part of a name, or a kind of thing such as bird. First stands what is "
        "missed and right often enough to ask why. Missed: by the network that misses most.",
    }
    # What is chosen is said anew at each run: the browser knows it by its longer label.
    if one:
        key = "task-class"
        st.session_state[key] = next(iter(shown), None)
        st.selectbox(
            "Class",
            options=list(offered.classes),
            index=None,
            key=key,
            on_change=lambda: _to_maps(begin, _single(st.session_state[key]), group),
            **shared,
        )
        return
    key = "task-classes"
    st.session_state[key] = list(shown)
    st.multiselect(
        "Classes",
        options=list(offered.options),
        key=key,
        max_selections=task.max_classes,
        select_all=False,
        on_change=lambda: _take_classes(offered, st.session_state[key], group),
        **shared,
    )
    close_list(key, str(task.classes))
    if len(shown) < len(task.classes) and not wide:
        with st.expander(count(len(task.classes), "class", "classes")):
            st.caption(plain(", ".join(group.class_set.classes[n] for n in task.classes)))
    if len(task.classes) == task.max_classes:
        st.caption(
            f"A task has at most {task.max_classes} classes: of a larger group those with most "
            "missed images."
        )


def _take_classes(offered: ClassOptions, chosen: Sequence[int | str], group: Group) -> None:
    """Take chosen classes over, and ask of what is new where its images are enough.

    Where a whole kind is among them, it is what is asked of.
    """
    now = STATE.get()
    shown = offered.fold(now.task.classes, now.subject)
    fresh = [one for one in offered.know(chosen) if one not in shown]
    before = () if offered.stand_for_all(now.task, now.subject) else now.task.classes
    if fresh and not now.chosen_classes:  # nobody chose what was there
        before, chosen = (), fresh
    kind = offered.find_kind(chosen)
    classes = offered.expand(chosen)
    kept = [one for one in before if one in classes]
    added = [one for one in classes if one not in before]
    subject = all_of(kind) if kind else ""
    new = subject or next((group.class_set.classes[one] for one in added[-1:]), "")
    STATE.update(subject=subject, asked=new in offered.telling)
    # Of more classes than a task has, a large kind's are left out, not what was chosen beside it.
    _to_maps(begin, tuple(one for some in sorted((kept, added), key=len) for one in some), group)


def _choose_image(store: Store, group: Group) -> None:
    task, key = STATE.get().task, "task-image"
    if not task.classes:
        st.selectbox("Image", [], placeholder="Choose a class first", disabled=True)
        return
    index = stored_images.image_index(store, group.images_id)
    options = [int(i) for c in task.classes for i in np.flatnonzero(index.labels == c)]
    st.selectbox(
        "Image",
        options,
        index=options.index(task.image) if task.image is not None else None,
        key=show(key, task.image),
        format_func=name_in(
            tell_apart({image: index.names[image] for image in options}, LONGEST_OPTION)
        ),
        placeholder="Search images" if options else "None of the images is of these classes",
        disabled=not options,
        on_change=lambda: _take_image(st.session_state[key], index.labels),
        help="Of the chosen classes.",
    )


def _take_image(image: int | None, labels: np.ndarray) -> None:
    """Take the chosen image over; without one, the most disputed comes back."""
    if image is None:
        _to_maps(change_task, image=None)
    else:
        _to_maps(choose_image, image, int(labels[image]))


def _take(key: str, part: str, convert: Callable[[Any], Any]) -> Callable[[], None]:
    """Return a callback that takes a widget's value over into a part of the task."""
    return lambda: _to_maps(change_task, **{part: convert(st.session_state[key])})


def _to_maps(change: Callable[..., None], *values: Any, **parts: Any) -> None:
    """Change the task and open the tab that shows it."""
    change(*values, **parts)
    STATE.update(tab=MAPS)


def _single(value: Any) -> tuple[Any, ...]:
    return () if value is None else (value,)

"""What a person looks at on the Compare page, kept in the session and in the URL."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import streamlit as st

from app.parts.carried import Carried, carried_to, carry
from app.parts.followed_link import Query
from app.parts.page_state import PageState
from app.parts.shared_choice import show
from pipelines.comparison.groups import Group
from pipelines.comparison.kinds import classes_of
from pipelines.comparison.task import MAX_CLASSES, MAX_MODELS, Task, task_from_query, task_to_query
from pipelines.comparison.view import LEVEL, NETWORKS, SUBJECT, TABS, view_from_query
from saliencnn.store.evaluation_records import EvaluationInfo

VERDICTS = "verdict"
"""Name in a presentation's address of which networks are shown by the verdicts on them.

That of Compare has it from the widget, under a name that only the widget may set.
"""


@dataclass(frozen=True)
class CompareState:
    """What the person looks at.

    Attributes:
        task: what is compared.
        pinned: id of the evaluation that the bars and the distribution show.
        root: root class, or a narrower kind of thing, whose classes are shown; empty for all.
        rank: a key of ``RANKINGS``, the order of the classes; empty before a choice.
        tab: a key of ``TABS``.
        cell: ids of the two evaluations whose maps a person picked in the matrix; empty for none.
        page: of the images of the task's classes, from 1.
        added: classes that were chosen last: the image is one of theirs until another is chosen.
        of_many: the last task of many networks on one image, to come back to.
        subject: key of the images of which is asked why networks err; empty before a choice.
        asked: whether that is asked.
        step: of the comparison's presentation, from 1.
        given: classes that came with what a link asks: they give way to what a person chooses.
    """

    task: Task = field(default_factory=Task)
    pinned: str = ""
    root: str = ""
    rank: str = ""
    tab: str = NETWORKS
    cell: tuple[str, ...] = ()
    page: int = 1
    of_many: Task | None = None
    subject: str = ""
    asked: bool = False
    step: int = 1
    added: tuple[int, ...] = ()
    given: tuple[int, ...] = ()

    @property
    def chosen_classes(self) -> tuple[int, ...]:
        """The task's classes; none where it has but those that nobody chose."""
        classes = self.task.classes
        return () if {*classes} <= {*self.given} else classes


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
        "root": "kind of thing",
        "rank": "order of classes",
        "tab": "tab",
        "cell": "pair of maps",
        "page": "page of images",
        SUBJECT: "images asked of",
        LEVEL: "question",
        VERDICTS: "verdict",
        "step": "step",
    },
)


def change_task(**changes: Any) -> None:
    """Change parts of the task, e.g. ``image``; for callbacks, which run before the script."""
    STATE.update(task=replace(STATE.get().task, **changes))


def change_kind(kind: str) -> None:
    """Change the kind of task; back at many networks, those of before are chosen again."""
    now = STATE.get()
    task, before = now.task, now.of_many
    if task.kind == "image":
        models = (now.pinned,) if now.pinned in task.models or not task.models else task.models[:1]
        classes = task.classes[:1] if kind == "images" else task.classes
        before = task
    elif kind == "image" and before is not None:
        models = tuple(dict.fromkeys([*before.models, *task.models]))[:MAX_MODELS]
        kept = {*task.classes} <= {*before.classes}
        classes = before.classes if kept else task.classes
    else:
        models, classes = task.models, task.classes
        classes = classes[:1] if kind == "images" else classes
    STATE.update(task=replace(task, kind=kind, models=models, classes=classes), of_many=before)


def choose_classes(classes: Sequence[int]) -> None:
    """Make classes, in their order, those of the task; at most as many as its kind has.

    The image is one of the classes that are new, if any is.
    """
    task = STATE.get().task
    chosen = tuple(classes[: task.max_classes])
    added = tuple(one for one in chosen if one not in task.classes)
    # An image without its class chosen would bring the class back.
    change_task(classes=chosen, image=None if added or not chosen else task.image)
    STATE.update(page=1, added=added, given=())


def choose_image(image: int, label: int) -> None:
    """Choose an image; its own class comes first among those of the task: its maps explain it."""
    others = (one for one in STATE.get().task.classes if one != label)
    change_task(image=image, classes=(label, *others)[:MAX_CLASSES])


def begin(classes: Sequence[int], group: Group) -> None:
    """Choose classes; where no network was chosen, the most accurate ones show them."""
    choose_classes(classes)
    task = STATE.get().task
    if classes and not task.models:
        change_task(models=best_networks(group, task.kind))


def best_networks(group: Group, kind: str) -> tuple[str, ...]:
    """Return the ids of the networks that begin a task for which none was chosen."""
    return group.run_ids[: Task(kind=kind).max_models]


def toggle_class(index: int) -> None:
    """Add a class to the task, or take it out; a task about one class changes over to it."""
    classes = STATE.get().task.classes
    if index in classes:
        choose_classes([i for i in classes if i != index])
    elif STATE.get().task.kind == "images":
        choose_classes([index])
    else:
        choose_classes([*STATE.get().chosen_classes, index][-MAX_CLASSES:])


def linked_group(groups: Sequence[Sequence[EvaluationInfo]]) -> int | None:
    """Return which group the link, or else the page before, names a network of, if any."""
    linked = linked_ids() or {*brought().networks}
    return next(
        (n for n, group in enumerate(groups) if any(_named(info, linked) for info in group)), None
    )


def brought() -> Carried:
    """Return what the page before showed, as long as nothing is chosen here."""
    task = STATE.get().task
    chosen = STATE.address() or task.models or task.classes
    return Carried() if chosen else carried_to(STATE.page)


def _named(info: EvaluationInfo, ids: Collection[str]) -> bool:
    return info.run_id in ids or info.trained_run in ids


def linked_ids() -> set[str]:
    """Return the ids of evaluations that the link names that was just followed."""
    link = STATE.link()
    return {*link.get("model", []), *link.get("pin", [])}


def wanted_ids() -> set[str]:
    """Return the ids of evaluations that a link names, or without one the chosen ones."""
    return linked_ids() if STATE.link() else {*STATE.get().task.models, STATE.get().pinned}


def settle(group: Group) -> CompareState:
    """Return the state, made of what the group has: the followed link's, else the session's.

    A person who has chosen nothing here yet sees the network and the class of the page before.

    Args:
        group: the evaluations to choose from.
    """
    now = STATE.get()
    if link := STATE.link():
        pinned, page = (link.get(name, [""])[0] for name in ("pin", "page"))
        task, view = task_from_query(link, group.offered), view_from_query(link)
        now = CompareState(
            task, pinned, view.root, view.rank, view.tab, tuple(link.get("cell", [])),
            int(page) if page.isdecimal() else 1, None, view.subject, view.asked,
        )  # fmt: skip
    else:
        last, classes = brought(), group.class_set.classes
        of_last = (info.run_id for info in group.models if _named(info, last.networks))
        now = replace(now, pinned=next(of_last, now.pinned))
        if last.class_name in classes:
            now = replace(now, task=replace(now.task, classes=(classes.index(last.class_name),)))
    task = now.task.among(group.offered)
    pinned = now.pinned if now.pinned in group.run_ids else ""
    root = now.root if now.root and classes_of(group.class_set, now.root) else ""
    default = next(iter(task.models), group.run_ids[0])
    cell = now.cell if len(now.cell) == 2 and {*now.cell} <= {*task.models} else ()
    settled = replace(now, task=task, pinned=pinned or default, root=root, cell=cell)
    STATE.update(**{one.name: getattr(settled, one.name) for one in fields(settled)})
    return STATE.get()


def state_to_query(group: Group) -> Query:
    """Return the URL's parameters from which ``settle`` makes the same state."""
    now = STATE.get()
    query = task_to_query(now.task, group.offered)
    return {
        **query,
        "pin": [now.pinned],
        "root": [now.root] if now.root else [],
        "rank": [now.rank] if now.rank else [],
        "tab": [now.tab],
        "cell": list(now.cell),
        "page": [str(now.page)] if now.page > 1 else [],
        SUBJECT: [now.subject] if now.subject else [],
        LEVEL: ["true"] if now.asked else [],
    }


def carry_on(group: Group) -> None:
    """Note for the other pages what this one shows: one network, one class."""
    task, pinned = STATE.get().task, STATE.get().pinned
    shown = pinned if task.kind == "image" else next(iter(task.models), pinned)
    trained = {info.run_id: info.trained_run for info in group.models}
    networks = tuple(filter(None, (shown, trained.get(shown))))
    names = tuple(group.class_set.classes[index] for index in task.classes[:1])
    named = {"class_name": names[0]} if names else {}
    carry("compare", networks=networks, methods=task.methods, threshold=task.threshold, **named)


def roots_of(group: Group) -> list[str]:
    """Return the root classes that have images."""
    return sorted(set(group.class_set.roots) & set(group.models[0].root_accuracy))


def choose_tab() -> str:
    """Let the person choose a part of the page; it is in the address."""
    tab = STATE.get().tab
    st.segmented_control(
        "Tab",
        list(TABS),
        default=tab,
        format_func=TABS.get,
        key=show("compare-tab", tab),
        on_change=STATE.take("compare-tab", "tab"),
        required=True,
        label_visibility="collapsed",
    )
    return tab

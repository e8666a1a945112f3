"""Asking of all images of a class, or of a kind of thing, whether maps explain the errors."""

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.attention.subjects import choose_subject, read_subjects
from app.compare.class_search import ClassOptions
from app.compare.state import STATE, begin, best_networks
from app.parts.shared_choice import name_in, show, take_known
from app.parts.widgets import plain
from pipelines.comparison.asked import WHOSE, Question, ask_of, say_alone
from pipelines.comparison.groups import Group
from pipelines.comparison.kinds import pick_subject
from pipelines.comparison.subject import Subject
from pipelines.comparison.subject_keys import all_of, kind_of
from pipelines.comparison.task import MAX_CLASSES
from pipelines.comparison.view import LEVEL, MAPS, SUBJECT
from saliencnn.common.sentences import count, quote
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo

CHOICE = 460
"""Pixels of the choice of images."""


def ask(
    subjects: Sequence[Subject],
    infos: Sequence[EvaluationInfo],
    names: Sequence[str],
    methods: Sequence[str],
    offered: ClassOptions,
    group: Group,
) -> Question | None:
    """Let the person choose of which images to ask, and ask.

    Args:
        subjects: the class and the kinds that it is of.
        infos: the evaluations of the networks.
        names: of the networks.
        methods: the first of them explains the images.
        offered: all kinds, also those that the class is not of.
        group: the evaluations to choose from.

    Returns:
        What is asked; None before the person asks, or where nothing can be explained.
    """
    by_key = {one.key: one for one in subjects if len(one.images)}
    if not methods:
        return None
    now = STATE.get()
    if by_key and now.subject not in ("", *by_key):  # what was asked of another class
        STATE.update(subject="", asked=False)
    now = STATE.get()
    subject = pick_subject(subjects, now.subject)
    if subject is None:
        return None
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row.container(width=CHOICE):
        others = _label_kinds(offered) | _label_classes(offered, group)

        def take() -> None:
            _take_subject(st.session_state[SUBJECT], by_key, offered, group)

        choose_subject(subjects, subject, take, WHOSE, others)
    maps = count(len(subject.images) * len(infos), "map", "maps")
    row.toggle(
        plain(f"Compare right and wrong images of {subject.things}"),
        key=show(LEVEL, now.asked),
        on_change=STATE.take(LEVEL, "asked"),
        help=f"Explains {subject.sampled} by {maps} of {METHODS[methods[0]].label} and compares "
        "those that a network misses with those that it gets right.",
    )
    if not now.asked:
        return None
    alone = say_alone(now.task, subjects, now.subject)
    return ask_of(subject, subjects, alone, infos, names, methods)


def choose_kind(offered: ClassOptions, group: Group) -> None:
    """Let the person choose what to ask of, before any class is chosen.

    Args:
        offered: all kinds and classes; nothing is drawn where there is none.
        group: the evaluations to choose from.
    """
    labels, key = _label_kinds(offered) | _label_classes(offered, group), "compare-kind"
    if labels:
        st.selectbox(
            "Where do networks look when they are wrong on",
            list(labels),
            index=None,
            key=key,
            width=CHOICE,
            format_func=name_in(labels),
            placeholder="Search a class or a kind of thing, such as bird",
            filter_mode="contains",
            on_change=take_known(
                key, labels, lambda: _take_subject(st.session_state[key], {}, offered, group)
            ),
            help="First stands what is missed and right often enough to say. It becomes the "
            "task's, with the most accurate networks where none is chosen.",
        )


def _label_kinds(offered: ClassOptions) -> dict[str, str]:
    """Return the key of each kind with images and what the person reads."""
    return {
        all_of(kind): offered.labels[option].removeprefix(all_of(""))
        for kind, option in offered.by_kind.items()
    }


def _label_classes(offered: ClassOptions, group: Group) -> dict[str, str]:
    """Return the name of each class with images and what the person reads."""
    names = group.class_set.classes
    return {names[one]: label for one, label in offered.counted.items()}


def _take_subject(
    key: str | None, known: Mapping[str, Subject], offered: ClassOptions, group: Group
) -> None:
    """Ask of what was chosen, where something was asked before or its images are enough.

    A class that is not the task's yet becomes the only one, as if it were chosen at the side: its
    images alone are seldom enough, and what is said of them and of one of them stands first.
    """
    if key is None:
        return
    classes = group.class_set.classes
    if kind := kind_of(key):
        enough = known[key].enough if key in known else key in offered.telling
        _ask_of_kind(kind, offered, group, STATE.get().asked or enough)
    elif key in known or key not in classes:
        asked = STATE.get().asked or (key in known and known[key].enough)
        STATE.update(subject=key, asked=asked)
    else:
        begin([classes.index(key)], group)
        STATE.update(subject=key, asked=False, tab=MAPS)


def offer_kind(
    row: DeltaGenerator, store: Store, group: Group, kind: str, offered: ClassOptions
) -> None:
    """Offer to ask of a kind of thing at once, or say how many images it takes.

    Args:
        row: where the button goes.
        store: where the evaluations are.
        group: the evaluations to choose from.
        kind: its name.
        offered: all kinds; the first classes of this one become the task's.
    """
    classes = offered.held.get(kind, ())
    if not classes:
        return
    task = STATE.get().task
    run_ids, key = task.models or best_networks(group, task.kind), all_of(kind)
    found = read_subjects(store, group.class_set, run_ids, classes[0], key)
    subject = next((one for one in found if one.key == key), None)
    if subject is None:
        return
    if not subject.enough:
        row.caption(plain(f"{WHOSE} {quote(kind)}? Too few images to say: {subject.lacking}."))
        return
    row.button(
        plain(f"{WHOSE} {quote(kind)}?"),
        key="compare-ask-kind",
        type="tertiary",
        icon=":material/arrow_forward:",
        on_click=_ask_of_kind,
        args=(kind, offered, group, True),
    )


def _ask_of_kind(kind: str, offered: ClassOptions, group: Group, asked: bool) -> None:
    """Ask of a kind of thing: its classes take the place of another kind's, not of chosen ones."""
    now = STATE.get()
    classes, of_kind = now.task.classes, offered.held.get(kind_of(now.subject), ())[:MAX_CLASSES]
    of_another = {*classes} == {*of_kind} or offered.stand_for_all(now.task, now.subject)
    shown = () if of_another else offered.fold(classes, now.subject)
    chosen = [one for one in shown if one >= 0]
    begin(chosen or offered.held[kind], group)
    STATE.update(subject=all_of(kind), asked=asked, tab=MAPS)

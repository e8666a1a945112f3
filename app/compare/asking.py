"""Asking of all images of a class, or of a kind of thing, whether maps explain the errors."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.attention.subjects import SUBJECT, choose_subject, read_subjects
from app.compare.state import LEVEL, MAPS, STATE, begin, best_networks
from app.parts.shared_choice import show
from app.parts.widgets import plain
from pipelines.comparison.groups import Group
from pipelines.comparison.subjects import Subject, all_of
from saliencnn.common.sentences import count, quote
from saliencnn.measures.groups import MIN_GROUP
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo

WHOSE = "Do the maps explain the errors on"
CHOICE = 340
"""Pixels of the choice of images."""


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked of many images.

    Attributes:
        subject: which images.
        of_class: those of the class where the person looks.
        infos: the evaluations of the networks that are asked.
        names: of the networks.
        method: explains the images.
    """

    subject: Subject
    of_class: Subject
    infos: Sequence[EvaluationInfo]
    names: Sequence[str]
    method: str


def ask(
    subjects: Sequence[Subject],
    infos: Sequence[EvaluationInfo],
    names: Sequence[str],
    methods: Sequence[str],
) -> Question | None:
    """Let the person choose of which images to ask, and ask.

    Args:
        subjects: the class and the kinds that it is of.
        infos: the evaluations of the networks.
        names: of the networks.
        methods: the first of them explains the images.

    Returns:
        What is asked; None before the person asks, or where nothing can be explained.
    """
    by_key = {one.key: one for one in subjects if len(one.images)}
    if not by_key or not methods:
        return None
    now = STATE.get()
    if now.subject not in ("", *by_key):  # what was asked of another class's kind
        STATE.update(subject="", asked=False)
    now = STATE.get()
    first = next((one for one in by_key.values() if one.enough), next(iter(by_key.values())))
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row.container(width=CHOICE):
        take = STATE.take(SUBJECT, "subject")
        subject = choose_subject(subjects, now.subject, first.key, take, WHOSE)
    row.toggle(
        f"Ask it: {count(len(subject.images) * len(infos), 'map', 'maps')} by "
        f"{METHODS[methods[0]].label}",
        key=show(LEVEL, now.asked),
        on_change=STATE.take(LEVEL, "asked"),
        help=f"Explains {subject.sampled} and compares those that a network misses with those "
        f"that it gets right. {subject.networks} of {count(len(infos), 'network', 'networks')} "
        f"{'has' if subject.networks == 1 else 'have'} at least {MIN_GROUP} of each.",
    )
    return Question(subject, subjects[0], infos, names, methods[0]) if now.asked else None


def offer_kind(
    row: DeltaGenerator, store: Store, group: Group, kind: str, classes: Sequence[int]
) -> None:
    """Offer to ask of a kind of thing at once, or say how many images it takes.

    Args:
        row: where the button goes.
        store: where the evaluations are.
        group: the evaluations to choose from.
        kind: its name.
        classes: those of it that have images; the first ones become the task's.
    """
    if not classes:
        return
    task = STATE.get().task
    run_ids, key = task.models or best_networks(group, task.kind), all_of(kind)
    found = read_subjects(store, group.class_set, run_ids, classes[0], key)
    subject = next((one for one in found if one.key == key), None)
    if subject is None:
        return
    if not subject.enough:
        row.caption(plain(f"{WHOSE} {quote(kind)}? Too few images tell: {subject.lacking}."))
        return
    row.button(
        plain(f"{WHOSE} {quote(kind)}?"),
        key="compare-ask-kind",
        type="tertiary",
        icon=":material/arrow_forward:",
        on_click=_ask_of_kind,
        args=(kind, classes, group),
    )


def _ask_of_kind(kind: str, classes: Sequence[int], group: Group) -> None:
    begin(classes, group)
    STATE.update(subject=all_of(kind), asked=True, tab=MAPS)

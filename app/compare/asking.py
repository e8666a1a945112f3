"""Asking of all images of a class, or of a kind of thing, whether maps explain the errors."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.compare.class_search import known_kinds
from app.parts.widgets import plain
from app.reads import stored_evaluations
from pipelines.comparison.groups import Group
from pipelines.comparison.subjects import Subject, find_subjects
from saliencnn.common.sentences import count, duration
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo

LEVEL = "level"
"""Key of the switch that asks for all images, and its name in the address."""
SUBJECT = "subject"
"""Key of what is asked of, and its name in the address."""
MAX_OFFERED = 2
"""Kinds of thing that are offered."""
PASSES = 4
"""Forward passes that a map costs beside those of its method: its own, and one back."""


def read_subjects(store: Store, group: Group, run_ids: Sequence[str], target: int) -> list[Subject]:
    """Return what may be asked of where the person looks at a class.

    Args:
        store: where the evaluations are.
        group: the evaluations to choose from.
        run_ids: of those that are explained.
        target: the class.
    """
    tables = [stored_evaluations.predictions(store, run_id) for run_id in run_ids]
    true = tables[0]["true"].to_numpy()
    right = np.stack([table["class_1"].to_numpy() == true for table in tables])
    kinds, _ = known_kinds(group.class_set)
    return find_subjects(target, group.class_set.classes, kinds, true, right)


def offer_subjects(row: DeltaGenerator, subjects: Sequence[Subject]) -> None:
    """Offer to ask of the class, or else of kinds of thing, if what is looked at explains errors.

    Args:
        row: where it stands.
        subjects: the class and the kinds that it is of.
    """
    if st.session_state.get(LEVEL):
        return
    for one in [subject for subject in subjects if subject.enough][:MAX_OFFERED]:
        row.button(
            f"Ask it of {plain(one.name)}: {one.counted}",
            key=f"compare-ask-{one.key}",
            type="tertiary",
            icon=":material/troubleshoot:",
            help="Does what is looked at explain the errors? Explains these images, and compares "
            "the missed ones with the correct ones.",
            on_click=ask_of,
            args=(one.key,),
        )


def ask_of(subject: str) -> None:
    """Ask of a subject, by its key; for callbacks."""
    st.session_state[LEVEL] = True
    prefer(subject)


def prefer(subject: str) -> None:
    """Choose a subject, by its key, for when it is asked of; for callbacks."""
    st.session_state[SUBJECT] = subject


def choose_subject(
    subjects: Sequence[Subject], infos: Sequence[EvaluationInfo], methods: Sequence[str]
) -> Subject | None:
    """Let the person choose of which images to ask, and ask.

    Args:
        subjects: the class and the kinds that it is of.
        infos: the networks.
        methods: the first of them explains the images.

    Returns:
        What is asked of; None before the person asks, or where nothing can be explained.
    """
    st.subheader("All images of a class or a kind of thing")
    by_key = {one.key: one for one in subjects if len(one.images)}
    if not by_key or not methods:
        st.caption(f"There are no images of {plain(subjects[0].name)} to explain.")
        return None
    enough = (place for place, one in enumerate(by_key.values()) if one.enough)
    first, keys = next(enough, 0), list(by_key)
    if st.session_state.get(SUBJECT) not in (None, *keys):
        # Of another class's kind: what was asked of that is not asked of this.
        st.session_state[SUBJECT], st.session_state[LEVEL] = keys[first], False
    key = st.selectbox(
        "Images",
        keys,
        index=first,
        key=SUBJECT,
        bind="query-params",
        format_func=lambda key: f"{by_key[key].name}: {by_key[key].counted}",
        help="The class, and the kinds of thing above it that are missed and right often enough "
        "to say whether the maps explain the errors.",
    )
    subject = by_key[key]
    maps = len(subject.images) * len(infos)
    label = f"Explain them by {METHODS[methods[0]].label}: {count(maps, 'map', 'maps')}"
    waiting = _estimate(infos, len(subject.images), methods[0])
    if st.toggle(f"{label}{waiting}", key=LEVEL, bind="query-params"):
        return subject
    st.caption(
        "Shows whether missed images differ from correct ones, each network's mean map, and the "
        "images on which networks disagree."
    )
    return None


def _estimate(infos: Sequence[EvaluationInfo], images: int, method: str) -> str:
    """Say how long the maps take, by how fast the networks were when they were evaluated."""
    speeds = [info.metrics.get("images_per_second", 0.0) for info in infos]
    if METHODS[method].per_channel or not all(speeds):
        return ""
    seconds = sum(images * (PASSES + METHODS[method].passes) / speed for speed in speeds)
    return f", about {duration(max(seconds, 1))} the first time"

"""Asking of all images of a class, or of a kind of thing, whether maps explain the errors."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.attention.subjects import SUBJECT, choose_subject, prefer
from app.parts.widgets import plain
from pipelines.comparison.subjects import Subject
from saliencnn.common.sentences import count
from saliencnn.saliency import METHODS
from saliencnn.store.evaluation_records import EvaluationInfo

MAX_OFFERED = 2
LEVEL = "level"
"""Key of the switch that asks for all images, and its name in the address."""


def offer_subjects(row: DeltaGenerator, subjects: Sequence[Subject], led: str) -> None:
    """Offer to ask of the class, or else of a kind of thing, why networks err.

    What the person has chosen last, the nearest that says anything of one network, and the
    nearest that does of the most: two of them.

    Args:
        row: where it stands.
        subjects: the class and the kinds that it is of.
        led: key of the one that the page begins with, see ``lead_with_kind``.
    """
    if st.session_state.get(LEVEL):
        return
    most = max(subject.networks for subject in subjects)
    chosen = [one for one in subjects if one.enough and one.key == st.session_state.get(SUBJECT)]
    nearest = [one for one in subjects if one.enough][:1]
    surest = [one for one in subjects if one.networks == most][:1]
    every = dict.fromkeys((*chosen, *nearest, *surest))
    offered = [one for one in every if one.key != led][:MAX_OFFERED]
    for place, one in enumerate(offered if most else ()):
        row.button(
            f"Explain the errors on {plain(one.name)}: {one.counted}",
            key=f"compare-ask-{one.key}",
            type="tertiary" if place else "secondary",
            icon=":material/troubleshoot:",
            help="Does what is looked at explain the errors? Explains these images, and compares "
            "the missed ones with the correct ones.",
            on_click=ask_of,
            args=(one.key,),
        )


def lead_with_kind(place: DeltaGenerator, subjects: Sequence[Subject]) -> str:
    """Begin the page with the question about the kind of thing that a person has chosen.

    Args:
        place: the top of the page.
        subjects: the class and the kinds that it is of.

    Returns:
        The kind's key; "" where none is asked about.
    """
    key = st.session_state.get(SUBJECT)
    kind = next((one for one in subjects[1:] if one.key == key and one.enough), None)
    if kind is None or st.session_state.get(LEVEL):
        return ""
    place.button(
        f"Do the maps explain the errors on {plain(kind.name)}? {kind.counted}",
        key="compare-ask-first",
        type="primary",
        icon=":material/troubleshoot:",
        on_click=ask_of,
        args=(kind.key,),
    )
    return kind.key


def ask_of(subject: str) -> None:
    """Ask of a subject, by its key; for callbacks."""
    st.session_state[LEVEL] = True
    prefer(subject)


def ask(
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
    if st.session_state.get(SUBJECT) not in (None, *by_key):
        st.session_state[LEVEL] = False  # what was asked of another class's kind
    first = next((one for one in by_key.values() if one.enough), next(iter(by_key.values())))
    subject = choose_subject(subjects, first.key)
    maps = len(subject.images) * len(infos)
    label = f"Explain them by {METHODS[methods[0]].label}: {count(maps, 'map', 'maps')}"
    if st.toggle(label, key=LEVEL, bind="query-params"):
        return subject
    st.caption(
        "Shows whether missed images differ from correct ones, each network's mean map, and the "
        "images on which networks disagree."
    )
    return None

"""All images of a class or a kind: whether missed ones differ, network by network."""

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.attention.class_maps import read_evaluation_maps
from app.attention.numbers import map_numbers
from app.compare.asking import Question
from app.compare.class_differences import draw_differences
from app.compare.class_tiles import draw_disputed, draw_means
from app.compare.level_links import lead_on, lead_to_missed
from app.parts.claims import write_claim, write_small
from app.parts.widgets import plain
from app.reads import stored_images
from pipelines.comparison.subjects import Subject
from saliencnn.common.sentences import first_clause
from saliencnn.findings.errors_answer import explain_errors, find_clear
from saliencnn.findings.errors_follow import say_what_errors_mean
from saliencnn.findings.focus_words import Place
from saliencnn.findings.map_errors import (
    FOCUS,
    describe_basis,
    describe_focus,
    describe_network,
)
from saliencnn.measures.groups import difference, estimate_together
from saliencnn.store.connection import Store


def draw_level(store: Store, asked: Question, threshold: float, answer: DeltaGenerator) -> None:
    """Draw what is common to all images of a class or a kind.

    Args:
        store: where the evaluations are.
        asked: what is asked, of whom.
        threshold: fraction of a map's maximum from which on a cell belongs to its region.
        answer: where the person waits for the maps, and reads whether they explain the errors.
    """
    subject, infos, names = asked.subject, asked.infos, asked.names
    with answer:
        told, bar = st.empty(), st.container()
        told.markdown(_list_lines(_list_counts(names, subject)))
        with bar:
            class_maps = read_evaluation_maps(store, infos, subject.images, asked.method)
    numbers = {
        name: map_numbers(store, one, threshold)
        for name, one in zip(names, class_maps, strict=True)
    }
    correct = {name: one.correct for name, one in zip(names, class_maps, strict=True)}
    shifts = estimate_together(
        difference,
        {
            (name, number): (values, correct[name])
            for name, own in numbers.items()
            for number, values in own.items()
        },
    )
    means = {
        (name, number): (_mean(values[~correct[name]]), _mean(values[correct[name]]))
        for name, own in numbers.items()
        for number, values in own.items()
    }
    lines = [
        describe_network(name, int(missed), subject.known, shifts, means)
        for name, missed in zip(names, subject.known_missed, strict=True)
    ]
    clear = find_clear(shifts)
    said = explain_errors(shifts, subject.things, means) or describe_few(subject)
    basis = describe_basis({number for _, number in shifts})
    told.markdown(write_claim(said, claim=first_clause(said, names)), help=plain(basis))
    index = stored_images.image_index(store, infos[0].images_id)
    mistakes = {
        name: one.name_mistakes(index.classes) for name, one in zip(names, class_maps, strict=True)
    }
    focus = {name: own[FOCUS] for name, own in numbers.items() if FOCUS in own}
    with answer:
        pairs, place = [*chain(*mistakes.values())], Place(index.box_area)
        if follows := say_what_errors_mean(shifts, means, focus, correct, pairs, place):
            st.markdown(plain(follows))
        with st.expander(f"Network by network ({len(names)})" if len(names) > 1 else "In numbers"):
            st.markdown(_list_lines(lines))
        st.caption(plain(_describe_sample(store, asked, numbers, correct)))
    if clear:
        lead_to_missed(answer, asked, clear)
    else:
        lead_on(answer, asked, mistakes)
    draw_differences(shifts, means)
    draw_means(store, names, class_maps)
    if len(class_maps) > 1:
        draw_disputed(store, names, class_maps)


def _list_counts(names: Sequence[str], subject: Subject) -> list[str]:
    """Say how many images each network misses."""
    missed = zip(names, subject.known_missed, strict=True)
    return [f"{name} misses {count:,} of {subject.known:,}." for name, count in missed]


def _describe_sample(
    store: Store,
    asked: Question,
    numbers: Mapping[str, Mapping[str, np.ndarray]],
    correct: Mapping[str, np.ndarray],
) -> str:
    """Say which images were explained, where not all, and how much of maps lies on the object."""
    subject, boxed = (
        asked.subject,
        stored_images.image_index(store, asked.infos[0].images_id).box_area,
    )
    alone = len(asked.names) == 1
    focus = {
        name: own[FOCUS][subject.take_even(correct[name])] if alone else own[FOCUS]
        for name, own in numbers.items()
        if FOCUS in own
    }
    told = [describe_focus(focus, boxed is not None)]
    if len(subject.images) < subject.known:
        missed = int(subject.missed[0])
        taken = subject.describe_taken(missed, len(subject.images) - missed)
        told.insert(0, f"Explained: {taken if alone else f'{subject.sampled}, taken evenly'}.")
    return " ".join(filter(None, told))


def _list_lines(lines: Sequence[str]) -> str:
    """Return sentences as lines of Markdown."""
    return "  \n".join(map(write_small, lines))


def describe_few(subject: Subject) -> str:
    """Say that a subject has too few missed or correct images to explain the errors."""
    return f"Too few images of {subject.things} to say whether the maps explain the errors: " + (
        f"{subject.lacking}."
    )


def _mean(values: np.ndarray) -> float:
    """Return the mean of what is known, NaN of nothing."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan

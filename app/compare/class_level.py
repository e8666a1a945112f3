"""All images of a class or a kind: whether missed ones differ, network by network."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.attention.class_maps import ClassMaps, read_evaluation_maps
from app.attention.numbers import map_numbers
from app.attention.subjects import SUBJECT
from app.compare.asking import Question
from app.compare.class_differences import draw_differences
from app.compare.class_tiles import draw_disputed, draw_means
from app.compare.state import CLASSES, STATE
from app.parts.claims import write_claim, write_small
from app.parts.leads import draw_row, lead
from app.parts.widgets import plain
from app.reads import stored_images
from pipelines.comparison.rankings import WORST
from pipelines.comparison.subjects import EVERYTHING, MAX_IMAGES, Subject, kind_of
from saliencnn.common.sentences import quote
from saliencnn.findings.errors_answer import explain_errors
from saliencnn.findings.errors_follow import say_what_errors_mean
from saliencnn.findings.focus_words import Place
from saliencnn.findings.map_errors import (
    FOCUS,
    NAMED,
    Means,
    Shifts,
    describe_basis,
    describe_focus,
    describe_network,
    find_apart,
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
    lines = {
        name: describe_network(name, int(missed), subject.known, shifts, means)
        for name, missed in zip(names, subject.known_missed, strict=True)
    }
    apart = find_apart(shifts)
    shown = apart if len(names) > 1 else names
    said = explain_errors(shifts, subject.name, means) or describe_few(subject)
    basis = describe_basis({number for _, number in shifts})
    first = _list_lines([lines[name] for name in shown])
    told.markdown(f"{write_claim(said)}\n\n{first}".strip(), help=plain(basis))
    with answer:
        if follows := _say_what_follows(store, asked, shifts, means, numbers, class_maps):
            st.markdown(write_claim(follows))
        if rest := [lines[name] for name in names if name not in shown]:
            with st.expander(f"Network by network ({len(rest)})"):
                st.markdown(_list_lines(rest))
        st.caption(plain(_describe_sample(store, asked, numbers, correct)))
    if apart:
        _lead_to_missed(answer, asked, apart)
    else:
        _lead_on(answer, asked)
    draw_differences(shifts, means)
    draw_means(store, names, class_maps)
    if len(class_maps) > 1:
        draw_disputed(store, names, class_maps)


def _say_what_follows(
    store: Store,
    asked: Question,
    shifts: Shifts,
    means: Means,
    numbers: Mapping[str, Mapping[str, np.ndarray]],
    class_maps: Sequence[ClassMaps],
) -> str:
    """Say what the answer means, of the mistakes of all networks together."""
    index = stored_images.image_index(store, asked.infos[0].images_id)
    mistakes = [pair for one in class_maps for pair in one.name_mistakes(index.classes)]
    correct = {name: one.correct for name, one in zip(asked.names, class_maps, strict=True)}
    focus = {name: own[FOCUS] for name, own in numbers.items() if FOCUS in own}
    return say_what_errors_mean(shifts, means, focus, correct, mistakes, Place(index.box_area))


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


def _lead_to_missed(answer: DeltaGenerator, asked: Question, apart: Sequence[str]) -> None:
    """Lead to the missed images of the networks whose errors what is looked at may explain."""
    with answer:
        row = draw_row("")
    kind = kind_of(asked.subject.key)
    of = "" if asked.subject.key == EVERYTHING else f" of {quote(kind or asked.subject.key)}"
    missed = dict(zip(asked.names, asked.subject.known_missed, strict=True))
    infos = dict(zip(asked.names, asked.infos, strict=True))
    for name in apart[:NAMED]:
        shown = f"the {missed[name]} images" if missed[name] <= MAX_IMAGES // 2 else "images"
        query = {
            "run": infos[name].run_id, "class": asked.of_class.key, SUBJECT: asked.subject.key,
            "method": asked.method, "all": "true", "at": "images",
        }  # fmt: skip
        lead(row, "colours", plain(f"See {shown}{of} that {name} misses"), query)


def _lead_on(answer: DeltaGenerator, asked: Question) -> None:
    """Lead to what else may explain the errors: the colours, and the classes missed most."""
    with answer:
        row = draw_row("")
    query = {
        "run": asked.infos[0].run_id, "class": asked.of_class.key, SUBJECT: asked.subject.key
    }  # fmt: skip
    lead(row, "colours", "See whether colours differ", query)
    row.button(
        "See the classes that are missed most",
        key="compare-missed-most",
        type="tertiary",
        icon=":material/arrow_forward:",
        on_click=lambda: STATE.update(tab=CLASSES, root=kind_of(asked.subject.key), rank=WORST),
    )


def describe_few(subject: Subject) -> str:
    """Say that a subject has too few missed or correct images to explain the errors."""
    return f"Too few images of {subject.name} to say whether the maps explain the errors: " + (
        f"{subject.lacking}."
    )


def _mean(values: np.ndarray) -> float:
    """Return the mean of what is known, NaN of nothing."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan

"""All images of a class or a kind: whether missed ones differ, network by network."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.attention.class_maps import read_evaluation_maps
from app.attention.numbers import map_numbers
from app.attention.subjects import SUBJECT
from app.compare.asking import Question
from app.compare.class_tiles import draw_disputed, draw_means
from app.compare.state import CLASSES, STATE
from app.parts.leads import draw_row, lead
from app.parts.widgets import plain
from app.reads import stored_images
from pipelines.comparison.rankings import WORST
from pipelines.comparison.subjects import EVERYTHING, MAX_IMAGES, Subject, kind_of
from saliencnn.common.sentences import quote, say_all, say_interval
from saliencnn.findings.map_errors import (
    FOCUS,
    NAMED,
    NUMBERS,
    describe_basis,
    describe_difference,
    describe_focus,
    describe_network,
    explain_errors,
    find_apart,
)
from saliencnn.measures.groups import MIN_GROUP, Estimate, difference, estimate_together
from saliencnn.store.connection import Store

COLUMNS = {
    "network": st.column_config.TextColumn(width=122),
    "number": st.column_config.TextColumn(width=108),
    "missed ones": st.column_config.TextColumn(width=106),
    "if missed": st.column_config.TextColumn(
        width=80, help="Mean over the missed images, and how many these are."
    ),
    "if correct": st.column_config.TextColumn(
        width=84, help="Mean over the correct images, and how many these are."
    ),
    "95% interval": st.column_config.TextColumn(
        width=124,
        help="Of the difference of both means, the missed images' less the correct ones'.",
    ),
}
"""All of them are seen in a window 1,024 pixels wide."""


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
    said = explain_errors(shifts, subject.name, means) or describe_few(subject)
    basis = describe_basis({number for _, number in shifts})
    told.markdown(f"**{plain(said)}**\n\n{_list_lines(lines)}", help=plain(basis))
    with answer:
        st.caption(plain(_describe_sample(store, asked, numbers, correct)))
    if apart := find_apart(shifts):
        _lead_to_missed(answer, asked, apart)
    else:
        _lead_on(answer, asked)
    _draw_differences(shifts, means)
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
    return "  \n".join(map(plain, lines))


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
    return (
        f"Too few images of {subject.name} are missed or correct to say whether what is looked at "
        f"explains the errors: {MIN_GROUP} of each are needed."
    )


def _draw_differences(
    shifts: Mapping[tuple[str, str], Estimate], means: Mapping[tuple[str, str], tuple[float, float]]
) -> None:
    """Draw each number's mean over correct and over missed images, and how they differ."""
    lines = []
    # What says something comes first.
    for (name, number), shift in sorted(shifts.items(), key=lambda one: _rank(one[1])):
        missed, right = means[name, number]
        lines.append(
            {
                "network": name,
                "number": number,
                "missed ones": describe_difference(shift),
                "if missed": _write_mean(missed, shift.failed),
                "if correct": _write_mean(right, shift.correct),
                "95% interval": (
                    say_interval(shift.low, shift.high, 2, sign="+") if shift.enough else ""
                ),
            }
        )
    if not lines:
        st.caption("No network has a map that is not empty: there is nothing to compare.")
        return
    st.dataframe(pd.DataFrame(lines), hide_index=True, column_config=COLUMNS)
    told = sum(shift.enough for shift in shifts.values())
    shown = {number for _, number in shifts}
    meanings = " ".join(
        f"{name.capitalize()}: {words}." for name, words in NUMBERS.items() if name in shown
    )
    together = (
        f" The intervals are wide enough for {say_all(told)} comparisons "
        "at once: with 95% all of them hold."
        if told > 1
        else ""
    )
    st.caption(
        "Where missed images differ from correct ones; in brackets the images behind each mean. "
        f"{meanings} An interval that contains 0 "
        f"means that the difference may be chance.{together} "
        f"Nothing is said from fewer than {MIN_GROUP} images on either side."
    )


def _rank(shift: Estimate) -> tuple[bool, bool]:
    return not (shift.enough and shift.excludes(0)), not shift.enough


def _mean(values: np.ndarray) -> float:
    """Return the mean of what is known, NaN of nothing."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan


def _write_mean(mean: float, images: int) -> str:
    return f"{mean:.2f} ({images})" if np.isfinite(mean) else ""

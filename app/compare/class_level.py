"""All images of a class or a kind: mean maps, disagreement, and how missed images differ."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.attention.class_maps import ClassMaps, read_evaluation_maps
from app.attention.map_tile import make_tile
from app.attention.numbers import map_numbers
from app.attention.subjects import SUBJECT
from app.compare.asking import ask
from app.compare.state import CLASSES, STATE
from app.compare.supplement import RANK, WORST
from app.drawing.thumbnails import TILE, tile_row
from app.parts.leads import draw_row, lead
from app.parts.widgets import plain
from app.reads import stored_runs
from pipelines.comparison.groups import Group
from pipelines.comparison.subjects import Subject
from saliencnn.common.sentences import say_all
from saliencnn.drawing.images import sides_within
from saliencnn.findings.map_errors import (
    FOCUS,
    NUMBERS,
    describe_difference,
    describe_focus,
    explain_errors,
)
from saliencnn.measures.groups import MIN_GROUP, Estimate, difference, estimate_together
from saliencnn.measures.map_clusters import disagreement, mean_map
from saliencnn.measures.resolution import at_common_size
from saliencnn.store.connection import Store

DISPUTED = 4
"""Images on which the networks disagree most that are drawn."""
WORDS = st.column_config.TextColumn(width=190)


def draw_level(
    store: Store,
    group: Group,
    run_ids: Sequence[str],
    subjects: Sequence[Subject],
    methods: Sequence[str],
    threshold: float,
    answer: DeltaGenerator,
) -> None:
    """Draw what is common to all images of a class or a kind, once the person asks for it.

    Args:
        store: where the evaluations are.
        group: the evaluations to choose from.
        run_ids: of those that are explained.
        subjects: what may be asked of, see ``find_subjects``.
        methods: the first of them is used.
        threshold: fraction of a map's maximum from which on a cell belongs to its region.
        answer: where the person waits for the maps, and reads whether they explain the errors.
    """
    infos = [group.info(run_id) for run_id in run_ids]
    subject = ask(subjects, infos, methods)
    if subject is None:
        return
    with answer:
        class_maps = read_evaluation_maps(store, infos, subject.images, methods[0])
    names = [group.names[run_id] for run_id in run_ids]
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
    focus = {name: own[FOCUS] for name, own in numbers.items() if FOCUS in own}
    boxed = stored_runs.image_index(store, infos[0].images_id).box_area is not None
    means = {
        (name, number): (_mean(values[~correct[name]]), _mean(values[correct[name]]))
        for name, own in numbers.items()
        for number, values in own.items()
    }
    told, basis = explain_errors(shifts, subject.name, means)
    told = told or describe_few(subject)
    answer.markdown(f"**{plain(told)}** {plain(f'{basis} {describe_focus(focus, boxed)}'.strip())}")
    if not any(shift.enough and shift.excludes(0) for shift in shifts.values()):
        _lead_on(answer, run_ids[0], subjects[0], subject)
    _draw_differences(shifts, means)
    _draw_means(store, names, class_maps)
    if len(class_maps) > 1:
        _draw_disputed(store, names, class_maps)


def _lead_on(answer: DeltaGenerator, run_id: str, of_class: Subject, subject: Subject) -> None:
    """Lead to what else may explain the errors: the colours, and the classes missed most."""
    with answer:
        row = draw_row("")
    query = {"run": run_id, "class": of_class.key, SUBJECT: subject.key}
    lead(row, "colours", "See whether colours differ", query)
    row.button(
        "See the classes that are missed most",
        key="compare-missed-most",
        type="tertiary",
        icon=":material/arrow_forward:",
        on_click=_show_missed_most,
    )


def _show_missed_most() -> None:
    STATE.update(tab=CLASSES)
    st.session_state[RANK] = WORST


def describe_few(subject: Subject) -> str:
    """Say that a subject has too few missed or correct images to explain the errors."""
    return (
        f"Too few images of {subject.name} are missed or correct to say whether what is looked at "
        f"explains the errors ({subject.counted}; {MIN_GROUP} of each are needed)."
    )


def _draw_means(store: Store, names: Sequence[str], class_maps: Sequence[ClassMaps]) -> None:
    tiles = []
    for name, one in zip(names, class_maps, strict=True):
        mean = mean_map(one.maps)
        # Where no map has energy, the mean has none for the same reason as the first map.
        shown = mean if np.isfinite(mean).all() else one.maps[0]
        shape = stored_runs.image_index(store, one.images_id).shape
        grey = np.full((*sides_within(shape, TILE), 3), 128, np.uint8)
        tile = make_tile(grey, shown, TILE, opacity=1.0)
        tiles.append((tile.source, tile.caption(name)))
    st.html(tile_row(tiles))
    st.caption(
        "Mean map of each network: bright where its maps are bright for most of the images. "
        "A bright border or corner hints at something other than the object."
    )


def _draw_disputed(store: Store, names: Sequence[str], class_maps: Sequence[ClassMaps]) -> None:
    flat = at_common_size([saliency for one in class_maps for saliency in one.maps])
    stack = flat.reshape(len(class_maps), len(class_maps[0]), *flat.shape[1:])
    apart = disagreement(stack)
    disputed = np.argsort(-np.nan_to_num(apart, nan=-1))[:DISPUTED]
    for place in (int(place) for place in disputed if np.isfinite(apart[place])):
        image = int(class_maps[0].images[place])
        index = stored_runs.image_index(store, class_maps[0].images_id)
        tiles = []
        for name, one in zip(names, class_maps, strict=True):
            pixels = stored_runs.image(store, one.images_id, image)
            tile = make_tile(pixels, one.maps[place], TILE)
            told = "right" if one.correct[place] else "wrong"
            tiles.append((tile.source, tile.caption(f"{name}: {told}")))
        of = plain(f"{index.names[image]} ({index.classes[index.labels[image]]})")
        st.markdown(f"**{apart[place]:.0%}** apart · {of}")
        st.html(tile_row(tiles))
    if np.isfinite(apart).any():
        st.caption(
            "The images on which the networks disagree most: the fraction of a map's energy that "
            "would have to be moved to get another network's map, averaged over all pairs."
        )
    else:
        st.caption("On no image do two networks have a map that is not empty.")


def _draw_differences(
    shifts: Mapping[tuple[str, str], Estimate], means: Mapping[tuple[str, str], tuple[float, float]]
) -> None:
    """Draw each number's mean over correct and over missed images, and how they differ."""
    lines = []
    # What says something comes first.
    for (name, number), shift in sorted(shifts.items(), key=lambda one: not one[1].enough):
        missed, right = means[name, number]
        lines.append(
            {
                "network": name,
                "number": number,
                "in words": describe_difference(shift),
                "mean if correct": _write_mean(right),
                "mean if missed": _write_mean(missed),
                "difference": f"{shift.value:+z.2f}" if np.isfinite(shift.value) else "",
                "95% interval": f"{shift.low:+z.2f} to {shift.high:+z.2f}" if shift.enough else "",
                "correct": shift.correct,
                "missed": shift.failed,
            }
        )
    if not lines:
        st.caption("No network has a map that is not empty: there is nothing to compare.")
        return
    st.dataframe(pd.DataFrame(lines), hide_index=True, column_config={"in words": WORDS})
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
        f"Where missed images differ from correct ones. {meanings} An interval that contains 0 "
        f"means that the difference may be chance.{together} "
        f"Nothing is said from fewer than {MIN_GROUP} images on either side."
    )


def _mean(values: np.ndarray) -> float:
    """Return the mean of what is known, NaN of nothing."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan


def _write_mean(mean: float) -> str:
    return f"{mean:.2f}" if np.isfinite(mean) else ""

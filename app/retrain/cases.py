"""The same images before and after: a run's examples of a class, with the maps of both."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from app.drawing.grid_html import image_tile, legend_html
from app.drawing.sheet import Cell, Sheet
from app.parts.choices import choose_class, choose_view
from app.parts.grids import View, draw_once, make_cell, scale_maps
from app.parts.missing_maps import offer_missing
from app.parts.sheets import draw_sheet, name_image
from app.parts.widgets import plain
from app.reads import stored_images, stored_runs
from saliencnn.common.sentences import quote
from saliencnn.maps.examples import KINDS, Case
from saliencnn.maps.history import MapHistory
from saliencnn.saliency.methods import applicable
from saliencnn.store.connection import Store
from saliencnn.store.networks import describe_missing
from saliencnn.store.runs import RunInfo

CELL = 150


@dataclass(frozen=True)
class Pair:
    """Two runs side by side.

    Attributes:
        store: where they are.
        before: the earlier run, whose predictions choose the examples.
        after: the later one.
        target: the class whose score the maps explain.
        view: which maps, and how they are drawn.
    """

    store: Store
    before: RunInfo
    after: RunInfo
    target: int
    view: View


def draw_cases(store: Store, before: RunInfo, after: RunInfo) -> None:
    """Draw examples of a class with both runs' maps, which are computed where none was logged."""
    st.subheader("The same images, before and after")
    target = choose_class(store, after)
    view = choose_view(store, before)
    methods = applicable(view.methods, before.spec)
    if not methods:
        st.info("Choose at least one method in the sidebar.", icon=":material/checklist:")
        return
    st.html(legend_html(view.threshold, methods))
    st.caption(
        "Examples of the class, chosen by what the run before predicts; each row is one method. In "
        "a better network the maps lie on the features that define the class."
    )
    view = draw_once(replace(view, methods=tuple(methods)), [before, after])
    pair = Pair(store, before, after, target, view)
    cases = stored_runs.examples(store, before, before.epoch, target)
    for kind, candidates in cases.items():
        with st.container(border=True):
            if candidates:
                _draw_case(pair, candidates[0])
            else:
                st.caption(f"{KINDS[kind]}: there is none of this class in the run before.")


def _draw_case(pair: Pair, case: Case) -> None:
    store, images_id = pair.store, pair.before.images_id
    index = stored_images.image_index(store, images_id)
    runs = {"before": pair.before, "after": pair.after}
    told = [
        f"{when.capitalize()}, the network {_read_prediction(pair, run, case.image).told}."
        for when, run in runs.items()
    ]
    true = f"The true class is {quote(index.classes[case.true])}."
    st.markdown(f"**{KINDS[case.kind]} before** · {plain(' '.join([*told, true]))}")
    pixels = stored_images.image(store, images_id, case.image)
    outline = stored_images.region(store, images_id, case.image, "object")
    tile, grid = st.columns([1, 4])
    tile.html(image_tile(pixels, index.names[case.image], outline, CELL))
    resized = pair.before.images_id != pair.after.images_id
    sheets = [{when: run} for when, run in runs.items()] if resized else [runs]
    with grid.container(horizontal=True):
        for shown in sheets:
            with st.container(width="content" if resized else "stretch"):
                _draw_maps(pair, case, shown, index.classes)


def _draw_maps(
    pair: Pair, case: Case, runs: Mapping[str, RunInfo], classes: tuple[str, ...]
) -> None:
    """Draw a case's maps of runs on the image as they see it, which is the same for all of them."""
    store, view = pair.store, pair.view
    histories = [_read_newest(pair, run, case.image) for run in runs.values()]
    rows = []
    for method in view.methods:
        cells = [
            _say_prediction(
                make_cell(history, method, run.epoch, _scaled(history, method), classes, case.true),
                _read_prediction(pair, run, case.image),
            )
            for history, run in zip(histories, runs.values(), strict=True)
        ]
        rows.append((view.label(method), cells))
    first, *others = runs.values()
    pixels = stored_images.image(store, first.images_id, case.image)
    beside = others[0] if others else None
    title = name_image(store, first, case.image, pair.target, beside=beside)
    columns = [f"{when}, epoch {run.epoch}" for when, run in runs.items()]
    highlighted = len(runs) - 1 if "after" in runs else None
    sheet = Sheet(title, pixels, rows, columns, view.opacity, view.threshold, highlighted)
    draw_sheet(sheet, f"before-after-{case.kind}-{'-'.join(runs)}", CELL)


@dataclass(frozen=True)
class _Prediction:
    """What a network predicts of an image: in words, and whether it is right."""

    told: str
    right: bool


def _read_prediction(pair: Pair, run: RunInfo, image: int) -> _Prediction:
    """Return what a run's network predicts of an image at its newest epoch."""
    rows = stored_runs.predictions(pair.store, run.run_id, run.epoch)
    classes = stored_images.image_index(pair.store, run.images_id).classes
    row = rows[rows["image"] == image][0]
    told = f"predicts {quote(classes[int(row['predicted'])])} ({float(row['confidence']):.0%})"
    return _Prediction(told, bool(row["predicted"] == row["true"]))


def _say_prediction(cell: Cell, prediction: _Prediction) -> Cell:
    """Say below a map what its own network predicts, in place of below its whole column."""
    told = f"{'✓' if prediction.right else '✗'} {prediction.told}"
    caption = (told, *cell.caption)
    return replace(cell, caption=caption, predicted="", confidence=None, correct=None)


def _scaled(history: MapHistory, method: str) -> dict[int, np.ndarray]:
    return scale_maps(history.maps.get(method, {}), jointly=False)


def _read_newest(pair: Pair, run: RunInfo, image: int) -> MapHistory:
    """Return an image's maps of a run's newest epoch; those that were not logged are computed."""
    store, target, history = pair.store, pair.target, MapHistory()
    for table in stored_runs.epoch_maps(store, run.run_id, run.epoch, target):
        history.add(run.epoch, table, image)
    for epoch, table in stored_runs.computed_maps(store, run.run_id, target):
        if epoch == run.epoch:
            history.add(epoch, table, image)
    missing = history.missing(pair.view.methods, [run.epoch])
    kept = stored_runs.kept_checkpoints(store, run.run_id, run.epoch)
    if missing and run.epoch in kept and not describe_missing(run):
        told = f"Some maps of {run.name} were not logged."
        offer_missing(store, run, image, target, missing, told, at_once=True)
    return history

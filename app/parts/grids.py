"""An image's maps over the epochs: the grid of overlays and the lines under it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import streamlit as st

from app.drawing.charts import track_chart
from app.drawing.sheet import Cell, Sheet
from app.parts.chart import draw_chart
from app.parts.sheets import draw_sheet
from saliencnn.drawing.heat import rescale
from saliencnn.maps.progression import MapHistory
from saliencnn.measures.energy import is_constant
from saliencnn.measures.similarity import similarity_to_previous
from saliencnn.saliency import METHODS

COLUMNS = 8
"""Maximal number of epochs beside the chosen one."""
GRID_WIDTH = 700
"""Pixels that the cells have beside each other in a window 1,440 pixels wide."""
CELL_GAP = 8
LARGEST_CELL = 128


@dataclass(frozen=True)
class View:
    """How maps are drawn.

    Attributes:
        methods: which, in the order of the rows.
        opacity: of the colours over the image, 0 to 1.
        threshold: what lies below this fraction of the maximum is not drawn, 0 to 1.
        jointly: whether all epochs share one scale, or each map has its own.
        trust: method -> its results in the sanity checks, in short.
    """

    methods: tuple[str, ...]
    opacity: float
    threshold: float
    jointly: bool
    trust: Mapping[str, str] = field(default_factory=dict)


def shown_epochs(epochs: Sequence[int], most: int = COLUMNS) -> list[int]:
    """Return all epochs, or evenly chosen ones with the first and the last among them."""
    if len(epochs) <= most:
        return list(epochs)
    places = np.linspace(0, len(epochs) - 1, most).round().astype(int)
    return [epochs[place] for place in places]


def draw_grid(
    title: str,
    key: str,
    image: np.ndarray,
    history: MapHistory,
    view: View,
    classes: tuple[str, ...],
    true: int | None,
    epochs: Sequence[int],
    chosen: int,
) -> None:
    """Draw the maps: a row a method, the chosen epoch first, then epochs evenly spread.

    Args:
        title: what the maps are of.
        key: of the place on the page, unique.
        image: uint8 (size, size, 3).
        history: its maps.
        view: how to draw them.
        classes: class names.
        true: the image's class, if known.
        epochs: all complete epochs.
        chosen: the epoch that the control stands at.
    """
    columns = [chosen, *shown_epochs(epochs)]
    rows = []
    for method in view.methods:
        scaled = scale_maps(history.maps.get(method, {}), view.jointly)
        cells = [make_cell(history, method, epoch, scaled, classes, true) for epoch in columns]
        trusted = [f"checks {view.trust[method]}"] if method in view.trust else []
        rows.append(("\n".join([METHODS[method].label, METHODS[method].paper, *trusted]), cells))
    names = [f"epoch {epoch}" for epoch in columns]
    sheet = Sheet(title, image, rows, names, view.opacity, view.threshold, highlighted=0)
    draw_sheet(sheet, key, min(LARGEST_CELL, GRID_WIDTH // len(columns) - CELL_GAP))


def scale_maps(maps: dict[int, np.ndarray], jointly: bool) -> dict[int, np.ndarray]:
    """Return a method's maps by epoch in 0..1, by one maximum for all or each by its own."""
    if not maps:
        return {}
    scaled = rescale(np.stack(list(maps.values())), jointly)
    return dict(zip(maps, scaled, strict=True))


def make_cell(
    history: MapHistory,
    method: str,
    epoch: int,
    scaled: dict[int, np.ndarray],
    classes: tuple[str, ...],
    true: int | None,
) -> Cell:
    """Return what the grid shows of one method at one epoch.

    Args:
        history: the image's maps.
        method: which.
        epoch: which.
        scaled: the method's maps as ``scale_maps`` returns them.
        classes: class names.
        true: the image's class, if known.
    """
    prediction = history.predictions.get(epoch)
    predicted = classes[prediction.predicted] if prediction else ""
    confidence = prediction.confidence if prediction else None
    correct = None if prediction is None or true is None else prediction.predicted == true
    if epoch not in scaled:
        return Cell(None, (), predicted, confidence, correct, "not logged")
    if is_constant(history.maps[method][epoch][None])[0]:
        return Cell(None, (), predicted, confidence, correct, "constant map")
    focus = history.focus[method][epoch]
    caption = (f"focus {focus:.2f}",) if np.isfinite(focus) else ()
    return Cell(scaled[epoch], caption, predicted, confidence, correct)


def draw_tracks(
    history: MapHistory, view: View, epochs: Sequence[int], chosen: int, key: str
) -> None:
    """Draw focus and similarity to the epoch before as lines, where the history has them."""
    focus, similarity = _focus_frame(history, view), _similarity_frame(history, view)
    drawn = [
        (frame, title, caption)
        for frame, title, caption in (
            (focus, "focus", "Fraction of the map's energy on the object."),
            (
                similarity,
                "similarity",
                "Similarity (SSIM) to the map of the epoch before. A dip is a change.",
            ),
        )
        if len(frame)
    ]
    if len(epochs) < 2 or not drawn:
        return
    for column, (frame, title, caption) in zip(st.columns(len(drawn)), drawn, strict=True):
        with column:
            draw_chart(track_chart, frame, title, chosen, key=f"{key}-{title}")
            st.caption(caption)


def _focus_frame(history: MapHistory, view: View) -> pd.DataFrame:
    rows = [
        (METHODS[method].label, epoch, value)
        for method in view.methods
        for epoch, value in sorted(history.focus.get(method, {}).items())
        if np.isfinite(value)
    ]
    return pd.DataFrame(rows, columns=["method", "epoch", "value"])


def _similarity_frame(history: MapHistory, view: View) -> pd.DataFrame:
    """Compare epochs that follow each other directly; a gap in the maps is a gap in the line."""
    rows = []
    for method in view.methods:
        maps = dict(sorted(history.maps.get(method, {}).items()))
        if not maps:
            continue
        similarity = similarity_to_previous(np.stack(list(maps.values())))
        numbers = list(maps)
        for place in range(1, len(numbers)):
            if numbers[place] == numbers[place - 1] + 1 and np.isfinite(similarity[place]):
                rows.append((METHODS[method].label, numbers[place], float(similarity[place])))
    return pd.DataFrame(rows, columns=["method", "epoch", "value"])

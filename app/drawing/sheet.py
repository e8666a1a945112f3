"""Maps of one image in rows and columns, as a browser draws and enlarges them; no Streamlit."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from saliencnn.common.shown import one_line
from saliencnn.drawing.figure import Figure, Tile
from saliencnn.drawing.heat import Bytes, Floats
from saliencnn.drawing.images import data_uri, encode_jpeg, sides_within
from saliencnn.measures.energy import is_constant

IMAGE_SIZE = 480
"""Pixels of an edge beyond which an image is sent smaller: no view shows it larger."""
MAX_BYTES = 1_000_000
"""Of a sheet's maps; where they have more, maps of pixels are sent no larger than ``REDUCED``."""
REDUCED = 112


@dataclass(frozen=True, eq=False)
class Cell:
    """One method's map of one epoch.

    Attributes:
        map01: (h, w) in 0..1 from ``rescale``; None draws an empty frame with the note.
        caption: Lines under the cell, also read out in its alt text, e.g. ("focus 0.62",).
        predicted: Class the model chose at this epoch.
        confidence: Its probability, 0..1.
        correct: Whether it is the true class; None where nobody knows.
        note: Why there is nothing to see, e.g. "not logged" or "not applicable".
    """

    map01: Floats | None
    caption: tuple[str, ...] = ()
    predicted: str = ""
    confidence: float | None = None
    correct: bool | None = None
    note: str = ""


@dataclass(frozen=True, eq=False)
class Sheet:
    """Maps of one image.

    Attributes:
        title: What they are of, e.g. run, image and class; heads the enlarged view and its file.
        image: uint8 (H, W, 3), as the network saw it.
        rows: Name and cells (one a column) of each method; further lines of the name are its
            sub-labels, e.g. "Grad-CAM\\nSelvaraju 2017".
        columns: Their names, e.g. "epoch 7"; one may be "".
        opacity: Of the colours, 0..1.
        threshold: Attention below it, 0..1, is not drawn.
        highlighted: Column to outline.
        caption: What a figure of it says beside the image.
    """

    title: str
    image: Bytes
    rows: Sequence[tuple[str, Sequence[Cell]]]
    columns: Sequence[str]
    opacity: float = 0.6
    threshold: float = 0.0
    highlighted: int | None = None
    caption: str = ""

    def draw(self, columns: Sequence[int] | None = None) -> Figure:
        """Return the sheet as a figure for a paper.

        Args:
            columns: places of those to show; by default all.
        """
        places = range(len(self.columns)) if columns is None else columns
        rows = [
            (
                name.replace("\n", ", "),
                [Tile(self.image, *describe_cell(row[place])) for place in places],
            )
            for name, row in self.rows
        ]
        names = [self.columns[place] for place in places]
        return Figure(
            self.title,
            names,
            rows,
            self.opacity,
            self.threshold,
            original=self.image,
            caption=self.caption,
        )

    def pack(self) -> dict[str, Any]:
        """Return the sheet as JSON takes it; texts on one line each.

        Raises:
            ValueError: a row has another number of cells than there are columns.
        """
        cells = [cell for _, row in self.rows for cell in row]
        size = sum(cell.map01.size for cell in cells if cell.map01 is not None)
        reduced = size > MAX_BYTES
        rows = [(name.split("\n"), row) for name, row in self.rows]
        for _, row in rows:
            list(zip(self.columns, row, strict=True))
        return {
            "title": one_line(self.title),
            "image": data_uri("jpeg", encode_jpeg(self.image, IMAGE_SIZE)),
            "rows": [
                {
                    "name": one_line(name),
                    "details": [one_line(line) for line in details],
                    "cells": [pack_cell(cell, self.threshold, reduced) for cell in row],
                }
                for (name, *details), row in rows
            ],
            "columns": [one_line(column) for column in self.columns],
            "predictions": [
                pack_prediction([row[place] for _, row in rows])
                for place in range(len(self.columns))
            ],
            "look": {"opacity": self.opacity, "threshold": self.threshold},
            "highlighted": self.highlighted,
        }


def describe_cell(cell: Cell) -> tuple[Floats | None, tuple[str, ...], str]:
    """Return a cell's map, the lines below it, and why there is nothing to see."""
    words = tuple(_in_words(line) for line in cell.caption)
    if cell.predicted and cell.confidence is not None:
        words = (*words, f"{cell.predicted} ({cell.confidence:.0%})")
    empty = cell.map01 is None or is_constant(cell.map01[None])[0]
    return (None, words, cell.note or "constant map") if empty else (cell.map01, words, "")


def _in_words(line: str) -> str:
    """Return a line without marks, which few fonts have."""
    return line.replace("✓", "right:").replace("✗", "wrong:")


def pack_cell(cell: Cell, threshold: float, reduced: bool = False) -> dict[str, Any]:
    """Return a cell with its map's values in 0..255, row by row, in base64.

    Args:
        cell: the cell.
        threshold: where the whole map lies below it, the cell says so.
        reduced: whether maps of pixels are sent smaller.
    """
    packed: dict[str, Any] = {"caption": [one_line(line) for line in cell.caption]}
    note, map01 = cell.note, cell.map01
    if map01 is None:
        return {**packed, "note": one_line(note)}
    if is_constant(map01[None])[0]:
        return {**packed, "note": one_line(note or "constant map")}
    if map01.max() < threshold:
        note = note or "below threshold"
    if reduced and max(map01.shape) > REDUCED:
        height, width = sides_within(map01.shape, REDUCED)
        smaller = Image.fromarray(map01.astype(np.float32)).resize(
            (width, height), Image.Resampling.BOX
        )
        map01 = np.asarray(smaller)
    values = (map01 * 255).round().clip(0, 255).astype(np.uint8)
    height, width = values.shape
    return {
        **packed,
        "note": one_line(note),
        "values": b64encode(values.tobytes()).decode(),
        "height": height,
        "width": width,
    }


def pack_prediction(cells: Sequence[Cell]) -> dict[str, Any] | None:
    """Return what the model predicted in one column, taken from the first cell that knows."""
    cell = next((cell for cell in cells if cell.predicted), None)
    if cell is None:
        return None
    return {
        "name": one_line(cell.predicted),
        "confidence": "" if cell.confidence is None else f"{cell.confidence:.0%}",
        "correct": cell.correct,
    }

"""The columns of the explanation table: what is known of each row, and its maps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from app.attention.map_tile import EMPTY_MAP, EMPTY_MEANS, make_tile, note_of
from app.drawing.thumbnails import contour_image
from app.parts.columns import PERCENT, cut_end, header_width, short_label
from app.parts.run_names import STANDINGS
from app.reads import stored_images
from pipelines.comparison.answer import MapNumbers, measure_map
from pipelines.comparison.rows import Row
from saliencnn.common.shown import one_line
from saliencnn.common.terms import ON_OBJECT
from saliencnn.drawing.heat import rescale_one
from saliencnn.maps.requests import Maps
from saliencnn.measures.percent import round_percent
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store

CELL = 92
"""Pixels of an image in the table."""
WIDEST = 180
"""Pixels of a column of words at most."""
NAME = st.column_config.TextColumn(pinned=True, width=122)
IMAGE = st.column_config.ImageColumn(width=CELL + 8)
PREDICTED = st.column_config.TextColumn(width=90, help="✓ correct, ✗ not.")
CLASS = st.column_config.TextColumn(width=125)
REGION = st.column_config.NumberColumn(
    format=PERCENT, width=85, help="Fraction of the map at or above the threshold."
)
FOCUS = st.column_config.NumberColumn(
    format="%.2f", width=55, help=f"Fraction of the map's energy {ON_OBJECT}."
)
CONFIDENCE = st.column_config.NumberColumn(
    format=PERCENT, width=90, help="Probability that the network gives to its own prediction."
)
TARGET_CONFIDENCE = st.column_config.NumberColumn(
    format=PERCENT,
    width=122,
    help="Probability that the network gives to the target class, the one that the maps explain.",
)
OF_CLASS = st.column_config.TextColumn(
    width=100, help="How many images of the target class the network gets right."
)
ACCURACY = st.column_config.NumberColumn(format=PERCENT, width=75, help="On all images.")


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes:
        header: unique in the table.
        values: one a row; None or NaN where there is none.
        config: how Streamlit shows it; None for its default.
    """

    header: str
    values: Sequence[object]
    config: Any = None

    @property
    def fitted(self) -> Any:
        """The configuration, as wide as header and words need: what is cut there is not read."""
        if self.config is None:
            return None
        words = [one for one in self.values if isinstance(one, str) and one[:5] != "data:"]
        longest = min(max(map(header_width, words), default=0), WIDEST)
        return {
            **self.config,
            "width": max(self.config["width"], header_width(self.header), longest),
        }


@dataclass(frozen=True)
class MapCells(MapNumbers):
    """What the table shows of one map; None where there is nothing to show.

    Attributes:
        overlay: data URI of the map on its image; of an empty map the bare image.
        contours: data URI of the image with the map's contour lines.
    """

    overlay: str | None = None
    contours: str | None = None


def arrange_columns(
    rows: Sequence[Row], classes: Sequence[str], cells: Mapping[str, list[MapCells]], by_model: bool
) -> list[Column]:
    """Return the table's columns, those first that a narrow page must show without scrolling.

    Args:
        rows: of the table.
        classes: names of the classes.
        cells: method -> each row's, see ``draw_cells``.
        by_model: whether the rows are networks on one image, not images of one network.
    """
    if by_model:
        name = Column("network", [row.network for row in rows], NAME)
    else:
        name = Column("image", [one_line(row.image) for row in rows], NAME)
    marked = [
        cut_end(f"{'✓' if row.correct else '✗'} {classes[row.predicted]}", WIDEST) for row in rows
    ]
    overlays, regions, contours, focused = (
        [
            Column(_head(method, what, len(cells)), take(getattr(one, part) for one in own), config)
            for method, own in cells.items()
        ]
        for what, part, config, take in (
            ("", "overlay", IMAGE, list),
            ("region size", "region_size", REGION, _in_percent),
            ("contours", "contours", IMAGE, list),
            ("focus", "focus", FOCUS, list),
        )
    )
    known = [one for one in focused if any(value is not None for value in one.values)]
    predicted = Column("predicted", marked, PREDICTED)
    return [name, *overlays, *regions, predicted, *contours, *known, *_fact_columns(rows, classes)]


def _head(method: str, what: str, methods: int) -> str:
    """Return a column's header: short, where there is but one method."""
    short = what.partition(" ")[0]
    return what if what and methods == 1 else f"{short_label(method)} {short}".strip()


def _fact_columns(rows: Sequence[Row], classes: Sequence[str]) -> list[Column]:
    """Return what is known without maps; verdicts and classes where they differ."""
    facts = {
        "true class": ([classes[row.true] for row in rows], CLASS),
        "target class": ([classes[row.request.target] for row in rows], CLASS),
    }
    verdicts = Column("verdict", [STANDINGS[row.standing] for row in rows])
    return [
        Column("confidence", _in_percent(row.confidence for row in rows), CONFIDENCE),
        Column(
            "target confidence",
            _in_percent(row.target_confidence for row in rows),
            TARGET_CONFIDENCE,
        ),
        *([verdicts] if any(row.standing for row in rows) else []),
        *(
            Column(name, [cut_end(one, WIDEST) for one in of], config)
            for name, (of, config) in facts.items()
            if len({*of}) > 1
        ),
        Column("right on class", [row.right_of_class for row in rows], OF_CLASS),
        Column("accuracy", _in_percent(row.accuracy for row in rows), ACCURACY),
    ]


def _in_percent(fractions: Iterable[float | None]) -> list[float | None]:
    return [None if one is None else round_percent(one) for one in fractions]


def draw_cells(
    store: Store, rows: Sequence[Row], maps: Maps, methods: Sequence[str], threshold: float
) -> dict[str, list[MapCells]]:
    """Return what the table shows of each method's maps, method -> one a row."""
    images = _read_images(store, rows)
    return {
        method: [
            _draw_map(store, row, image, maps.get((place, method)), threshold)
            for place, (row, image) in enumerate(zip(rows, images, strict=True))
        ]
        for method in methods
    }


def _read_images(store: Store, rows: Sequence[Row]) -> list[np.ndarray]:
    """Return each row's image; networks see the same one at different sizes."""
    wanted: dict[str, list[int]] = {}
    for row in rows:
        wanted.setdefault(row.request.info.images_id, []).append(row.request.image)
    found = {
        images_id: iter(stored_images.read_images(store, images_id, images))
        for images_id, images in wanted.items()
    }
    return [next(found[row.request.info.images_id]) for row in rows]


def _draw_map(
    store: Store, row: Row, image: np.ndarray, saliency: np.ndarray | None, threshold: float
) -> MapCells:
    if saliency is None:
        return MapCells()
    tile = make_tile(image, saliency, CELL, threshold, in_square=True)
    if tile.note:
        return MapCells(overlay=tile.source)
    images_id, position = row.request.info.images_id, row.request.image
    region = stored_images.region(store, images_id, position, "object")
    numbers = measure_map(saliency, region, threshold)
    lines = contour_image(image, rescale_one(saliency), CELL, threshold, in_square=True)
    return MapCells(numbers.region_size, numbers.focus, tile.source, lines)


def describe_empty(maps: Maps, methods: Sequence[str]) -> str:
    """Say how many of each method's maps are empty; "" where none is."""
    counts = []
    for method in methods:
        notes = [note_of(saliency) for (_place, name), saliency in maps.items() if name == method]
        if empty := notes.count(EMPTY_MAP):
            counts.append(f"{METHODS[method].label} ({empty} of {len(notes)})")
    if not counts:
        return ""
    return f"Empty maps, drawn as the bare image: {', '.join(counts)}. {EMPTY_MEANS}"

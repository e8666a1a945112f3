"""The matrix of how similar networks' maps are, and the two maps of a cell."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from app.attention.map_tile import make_tile
from app.compare.method_choice import choose_rule
from app.compare.state import STATE
from app.drawing.grid_html import image_tile
from app.drawing.thumbnails import image_uri, tile_row
from app.parts.chart import draw_chart
from app.parts.columns import roomy_columns
from app.parts.saving import offer_numbers
from app.parts.widgets import plain
from app.reads import stored_images
from pipelines.comparison.agreement import Agreement
from pipelines.comparison.rows import Row
from saliencnn.common.sentences import quote
from saliencnn.drawing.figure import FINEST_CONTOURED
from saliencnn.drawing.matrix_chart import UNDEFINED, matrix_chart
from saliencnn.measures.map_clusters import cluster_order
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store

PAIR, BESIDE = 190, 138
"""Pixels of the two maps of a cell, and of those of all networks beside their image."""
PLAIN = "the image alone"
MIN_WIDTH = 270
"""Pixels that the matrix and a cell's maps need."""


def draw_agreement(store: Store, rows: Sequence[Row], found: Mapping[str, Agreement]) -> None:
    """Draw the image, the similarity matrix of one method's maps, and a cell's two maps."""
    st.subheader("Similarity of the maps")
    if not found:
        st.info("Maps are compared once two networks have one by the same method.", icon="🔍")
        return
    controls = st.container(horizontal=True, vertical_alignment="bottom")
    with controls.container(width=220):
        choose_rule()
    method = next(iter(found))
    if len(found) > 1:
        method = controls.segmented_control(
            "Maps", list(found), default=method, required=True, key="matrix", bind="query-params",
            format_func=lambda name: METHODS[name].label,
        )  # fmt: skip
    shown = found[method]
    request = rows[0].request
    image = stored_images.image(store, request.info.images_id, request.image)
    left, middle, right = roomy_columns("compare-agreement", [2, 6, 5], MIN_WIDTH)
    picked = shown.pair_of(STATE.get().cell)
    with left:
        st.html(image_tile(image, rows[0].image, None, PAIR))
        st.caption("The image as the first network sees it.")
    with middle:
        _draw_matrix(shown, picked)
    with right:
        if picked:
            by_id = {row.request.info.run_id: row for row in rows}
            pair = [by_id[shown.run_ids[place]] for place in picked]
            notes = ["(right)" if row.correct else "(wrong)" for row in pair]
            st.html(tile_row(_make_tiles(store, rows, shown, picked, PAIR, notes), PAIR))
            first, second = (plain(shown.names[place]) for place in picked)
            st.caption(f"The cell you picked: {first} and {second}, {plain(shown.number(picked))}.")


def draw_side_by_side(
    store: Store, rows: Sequence[Row], classes: Sequence[str], shown: Agreement, threshold: float
) -> None:
    """Draw an image, and its maps by all networks with what each says and how much it looks at."""
    sizes, by_id = shown.locate(threshold).sizes, {row.request.info.run_id: row for row in rows}
    known = [by_id[run_id] for run_id in shown.run_ids]
    judged = [
        "right" if row.correct else f"wrong: {quote(classes[row.predicted])}" for row in known
    ]
    notes = [f"({said}) looks at {size:.0%}" for said, size in zip(judged, sizes, strict=True)]
    request = known[0].request
    image = stored_images.image(store, request.info.images_id, request.image)
    maps = _make_tiles(store, rows, shown, range(len(shown.names)), BESIDE, notes)
    st.html(tile_row([(image_uri(image, 2 * BESIDE), PLAIN), *maps], BESIDE))
    target = plain(quote(classes[known[0].request.target]))
    st.caption(
        f"Bright is where the score of {target} comes from, by {METHODS[shown.method].label}; the "
        "percentage is how much of the image that is."
    )


def _draw_matrix(shown: Agreement, picked: tuple[int, int] | None) -> None:
    measure = shown.measure
    order = cluster_order(shown.matrix, measure.higher_is_alike)
    names = [shown.names[place] for place in order]
    cell = tuple(shown.names[place] for place in picked) if picked else ()
    ids = dict(zip(shown.names, shown.run_ids, strict=True))
    # A chart in which another cell is picked is another chart: its own click is forgotten.
    key = "-".join(("matrix", shown.method, shown.rule, *cell))
    draw_chart(
        matrix_chart,
        shown.matrix[np.ix_(order, order)],
        names,
        measure,
        cell,
        width="content",
        on_select=lambda: _pick(key, ids),
        selection_mode="cell",
        key=key,
    )
    st.caption(
        f"{plain(measure.meaning)} {measure.label}: {plain(measure.values)}. Networks with "
        "similar maps stand together; click a cell to see its two maps."
        + ("" if np.isfinite(shown.matrix).all() else f" {UNDEFINED}: a map is constant.")
    )
    table = pd.DataFrame(shown.matrix, index=shown.names, columns=shown.names)
    offer_numbers(table.rename_axis("network"), "Similarity", shown.method)


def _pick(key: str, ids: Mapping[str, str]) -> None:
    """Take over the two networks of the cell that was just clicked."""
    for cell in st.session_state[key]["selection"].get("cell", []):
        names = (cell.get("row"), cell.get("column"))
        if {*names} <= {*ids}:
            STATE.update(cell=tuple(ids[name] for name in names))


def _make_tiles(
    store: Store,
    rows: Sequence[Row],
    shown: Agreement,
    places: Iterable[int],
    size: int,
    notes: Iterable[str],
) -> list[tuple[str, str]]:
    """Return some of the maps, each on the image as its network sees it, and a note to each."""
    seen = {row.request.info.run_id: row for row in rows}
    tiles = []
    for place, note in zip(places, notes, strict=True):
        row = seen[shown.run_ids[place]]
        image = stored_images.image(store, row.request.info.images_id, row.request.image)
        lines = max(shown.maps[place].shape) <= FINEST_CONTOURED
        tile = make_tile(image, shown.maps[place], size, threshold=1e-3, lines=lines)
        name = f"{shown.names[place]} {note}"
        tiles.append((tile.source, tile.caption(name)))
    return tiles

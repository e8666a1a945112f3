"""The matrix of how similar networks' maps are, and the two maps of a cell."""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from app.attention.map_tile import make_tile
from app.compare.agreement import Agreement
from app.compare.method_choice import choose_rule
from app.compare.rows import Row
from app.compare.state import STATE
from app.drawing.grid_html import FINEST_CONTOURED, image_tile
from app.drawing.thumbnails import tile_row
from app.parts.chart import draw_chart
from app.parts.columns import roomy_columns
from app.parts.widgets import plain
from app.reads import stored_runs
from saliencnn.measures.map_clusters import cluster_order
from saliencnn.measures.similarity import Measure
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store

CELL = 46
"""Pixels of the matrix's cells, until there are many."""
PAIR = 190
"""Pixels of the two maps of a cell."""
MIN_WIDTH = 270
"""Pixels that the matrix and a cell's maps need."""
LABEL = 130
"""Pixels of a network's name beside the matrix."""
UNDEFINED = "–"
"""In the matrix, where one of the maps is constant."""


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
            "Maps", list(found), default=method, required=True, key="agreement-method",
            format_func=lambda name: METHODS[name].label,
        )  # fmt: skip
    shown = found[method]
    request = rows[0].request
    image = stored_runs.image(store, request.info.images_id, request.image)
    left, middle, right = roomy_columns("compare-agreement", [2, 5, 5], MIN_WIDTH)
    picked = shown.pair_of(STATE.get().cell)
    with left:
        st.html(image_tile(image, rows[0].image, None, PAIR))
        st.caption("The image as the first network sees it.")
    with middle:
        _draw_matrix(shown, picked)
    with right:
        if pair := picked or shown.least_similar():
            _draw_pair(image, shown, pair, picked is not None)


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


def _pick(key: str, ids: Mapping[str, str]) -> None:
    """Take over the two networks of the cell that was just clicked."""
    for cell in st.session_state[key]["selection"].get("cell", []):
        names = (cell.get("row"), cell.get("column"))
        if {*names} <= {*ids}:
            STATE.update(cell=tuple(ids[name] for name in names))


def matrix_chart(
    matrix: np.ndarray, names: Sequence[str], measure: Measure, picked: Sequence[str] = ()
) -> alt.LayerChart | alt.FacetChart:
    """Draw a similarity matrix; darker is more similar, and a click selects a cell.

    Args:
        matrix: (M, M); NaN where a map is constant.
        names: (M,), unique.
        measure: what the numbers are.
        picked: the names of the row and the column that stand out, if any do.
    """
    count = len(names)
    frame = pd.DataFrame(
        {
            "row": np.repeat(list(names), count),
            "column": list(names) * count,
            "similarity": matrix.ravel(),
            "edge": [3 * ((row, column) == tuple(picked)) for row in names for column in names],
            "text": [f"{v:.2f}" if np.isfinite(v) else UNDEFINED for v in matrix.ravel()],
        }
    )
    finite = matrix[np.isfinite(matrix)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    domain = [low, high] if high > low else [low - 1, high]
    down = alt.Axis(labelLimit=LABEL, labelOverlap=False, title=None)
    across = alt.Axis(labelLimit=LABEL, labelOverlap=False, labelAngle=-40, title=None)
    base = alt.Chart(frame).encode(
        x=alt.X("column:N", sort=None, axis=across), y=alt.Y("row:N", sort=None, axis=down)
    )
    middle = (domain[0] + domain[1]) / 2
    color = alt.Color(
        "similarity:Q",
        legend=None,
        scale=alt.Scale(scheme="blues", domain=domain, reverse=not measure.higher_is_alike),
    )
    click = alt.selection_point(name="cell", fields=["row", "column"], empty=False)
    cells = (
        base.mark_rect(stroke="gray", cursor="pointer")
        .encode(
            color=color,
            strokeWidth=alt.StrokeWidth("edge:Q", scale=None, legend=None),
            tooltip=["row:N", "column:N", alt.Tooltip("text:N", title=measure.label)],
        )
        .add_params(click)
    )
    dark = "datum.similarity > {0}" if measure.higher_is_alike else "datum.similarity < {0}"
    words = base.mark_text(fontSize=11).encode(
        text="text:N",
        color=alt.condition(dark.format(middle), alt.value("#fff"), alt.value("#222")),
    )
    side = max(3 * CELL, min(CELL, 520 // count) * count)
    shown = [cells, words] if count <= 14 else [cells]
    # Padded, not fitted: labels would take their place from the cells.
    return alt.layer(*shown).properties(
        title="Similarity of the maps",
        width=side,
        height=side,
        autosize=alt.AutoSizeParams(type="pad"),
    )


def _draw_pair(image: np.ndarray, shown: Agreement, pair: tuple[int, int], picked: bool) -> None:
    tiles = []
    for place in pair:
        lines = max(shown.maps[place].shape) <= FINEST_CONTOURED
        tile = make_tile(image, shown.maps[place], PAIR, threshold=1e-3, lines=lines)
        name = f"{shown.names[place]}, {METHODS[shown.method].label}"
        tiles.append((tile.source, tile.caption(name)))
    st.html(tile_row(tiles, PAIR))
    first, second = (plain(shown.names[place]) for place in pair)
    which = "The cell you picked" if picked else "The two least similar maps"
    st.caption(f"{which}: {first} and {second}, {plain(shown.number(pair))}.")
    if picked:
        st.button(
            "Show the least similar",
            key="matrix-least-similar",
            on_click=lambda: STATE.update(cell=()),
        )

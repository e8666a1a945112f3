"""How similar the maps of several networks are: the matrix, and the two maps of a cell."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from app.attention.map_tile import make_tile
from app.compare.rows import Row
from app.compare.task import Task
from app.drawing.grid_html import FINEST_CONTOURED, image_tile
from app.drawing.thumbnails import tile_row
from app.parts.chart import draw_chart
from app.parts.columns import roomy_columns
from app.parts.widgets import plain
from app.reads import stored_runs
from saliencnn.common.shown import tell_apart
from saliencnn.maps.requests import Maps
from saliencnn.measures.map_clusters import cluster_order
from saliencnn.measures.similarity import MEASURES, Measure, similarity_matrix
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store

CELL = 46
"""Pixels of the matrix's cells, until there are many."""
PAIR = 190
"""Pixels of the two maps of a cell."""
MIN_WIDTH = 270
"""Pixels that the matrix and a cell's maps need."""
UNDEFINED = "–"
"""In the matrix, where one of the maps is constant."""


def draw_agreement(
    store: Store, task: Task, rows: Sequence[Row], methods: Sequence[str], maps: Maps
) -> None:
    """Draw the image, the similarity matrix of one method's maps, and a cell's two maps."""
    counts = {m: sum((place, m) in maps for place in range(len(rows))) for m in methods}
    comparable = [method for method, count in counts.items() if count > 1]
    st.subheader("Similarity of the maps")
    if not comparable:
        st.info("Maps are compared once two networks have one by the same method.", icon="🔍")
        return
    method = comparable[0]
    if len(comparable) > 1:
        method = st.segmented_control(
            "Maps", comparable, default=method, required=True, key="agreement-method",
            format_func=lambda name: METHODS[name].label,
        )  # fmt: skip
    places = [place for place in range(len(rows)) if (place, method) in maps]
    names = unique_names([rows[place] for place in places])
    stack = [maps[place, method] for place in places]
    measure = MEASURES[task.rule]
    matrix = similarity_matrix(stack, task.rule)
    order = cluster_order(matrix, measure.higher_is_alike)
    first = rows[places[0]].request
    image = stored_runs.image(store, first.info.images_id, first.image)
    left, middle, right = roomy_columns("compare-agreement", [2, 5, 5], MIN_WIDTH)
    with left:
        st.html(image_tile(image, rows[places[0]].image, None, PAIR))
        st.caption("The image as the first network sees it.")
    with middle:
        chosen = draw_chart(
            matrix_chart,
            matrix[np.ix_(order, order)],
            [names[i] for i in order],
            measure,
            width="content",
            on_select="rerun",
            key=f"matrix-{method}-{task.rule}",
        )
        st.caption(
            f"{plain(measure.meaning)} {measure.label}: {plain(measure.values)}. Networks with "
            "similar maps stand together; click a cell to see its two maps."
            + ("" if np.isfinite(matrix).all() else f" {UNDEFINED}: a map is constant.")
        )
    with right:
        pair = _chosen_pair(chosen, names) or _least_similar(matrix, measure)
        if pair is not None:
            _draw_pair(image, method, measure, matrix, stack, names, pair)


def unique_names(rows: Sequence[Row]) -> list[str]:
    """Return the networks' names, each with a part of its id where two are the same."""
    infos = {place: row.request.info for place, row in enumerate(rows)}
    names = {place: info.model for place, info in infos.items()}
    return [*tell_apart(names, mark=lambda place: infos[place].run_id[:6]).values()]


def matrix_chart(
    matrix: np.ndarray, names: Sequence[str], measure: Measure
) -> alt.LayerChart | alt.FacetChart:
    """Draw a similarity matrix; darker is more similar, and a click selects a cell.

    Args:
        matrix: (M, M); NaN where a map is constant.
        names: (M,), unique.
        measure: what the numbers are.
    """
    count = len(names)
    frame = pd.DataFrame(
        {
            "row": np.repeat(list(names), count),
            "column": list(names) * count,
            "similarity": matrix.ravel(),
            "text": [f"{v:.2f}" if np.isfinite(v) else UNDEFINED for v in matrix.ravel()],
        }
    )
    finite = matrix[np.isfinite(matrix)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    domain = [low, high] if high > low else [low - 1, high]
    axis = alt.Axis(labelLimit=120, title=None)
    base = alt.Chart(frame).encode(
        x=alt.X("column:N", sort=None, axis=alt.Axis(labelLimit=90, labelAngle=-40, title=None)),
        y=alt.Y("row:N", sort=None, axis=axis),
    )
    middle = (domain[0] + domain[1]) / 2
    color = alt.Color(
        "similarity:Q",
        legend=None,
        scale=alt.Scale(scheme="blues", domain=domain, reverse=not measure.higher_is_alike),
    )
    click = alt.selection_point(name="cell", fields=["row", "column"], empty=False)
    cells = (
        base.mark_rect(stroke="gray")
        .encode(
            color=color,
            strokeWidth=alt.condition(click, alt.value(3), alt.value(0)),
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
    # Streamlit fits the chart with its labels into these.
    return alt.layer(*shown).properties(width=side + 130, height=side + 90)


def _chosen_pair(event: object, names: Sequence[str]) -> tuple[int, int] | None:
    """Return the places of the two networks of the cell that was clicked, if one was."""
    selection = event["selection"].get("cell", []) if event else []  # type: ignore[index]
    for cell in selection:
        if cell.get("row") in names and cell.get("column") in names:
            return names.index(cell["row"]), names.index(cell["column"])
    return None


def _least_similar(matrix: np.ndarray, measure: Measure) -> tuple[int, int] | None:
    """Return the two least similar maps; None where no two can be compared."""
    apart = -matrix if measure.higher_is_alike else matrix.copy()
    apart = np.where(np.isfinite(apart), apart, -np.inf)
    np.fill_diagonal(apart, -np.inf)
    if not np.isfinite(apart).any():
        return None
    row, column = np.unravel_index(int(apart.argmax()), apart.shape)
    return int(row), int(column)


def _draw_pair(
    image: np.ndarray,
    method: str,
    measure: Measure,
    matrix: np.ndarray,
    stack: Sequence[np.ndarray],
    names: Sequence[str],
    pair: tuple[int, int],
) -> None:
    tiles = []
    for place in pair:
        lines = max(stack[place].shape) <= FINEST_CONTOURED
        tile = make_tile(image, stack[place], PAIR, threshold=1e-3, lines=lines)
        tiles.append((tile.source, tile.caption(f"{names[place]}, {METHODS[method].label}")))
    st.html(tile_row(tiles, PAIR))
    similarity = matrix[pair]
    value = f"{similarity:.2f}" if np.isfinite(similarity) else "undefined, since a map is constant"
    st.caption(
        f"{plain(names[pair[0]])} and {plain(names[pair[1]])}: {measure.label} {plain(value)}. "
        "Without a click, these are the two least similar maps."
    )

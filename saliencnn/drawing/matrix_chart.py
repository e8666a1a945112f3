"""The matrix of how similar maps are: from numbers to Altair."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from saliencnn.measures.similarity import Measure

CELL = 46
"""Pixels of the matrix's cells, until there are many."""
LABEL = 150
"""Pixels of a network's name beside the matrix."""
UNDEFINED = "–"
"""In the matrix, where one of the maps is constant."""


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

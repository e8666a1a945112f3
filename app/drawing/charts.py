"""Charts of runs: from tables to Altair, nothing else."""

import altair as alt
import numpy as np
import pandas as pd

from saliencnn.drawing.run_charts import COLORS, epoch_axis

CELL = "cell"
"""The selection of a cell of the confusion matrix."""
FEW_CLASSES = 25
"""Up to here every class gets its name on the confusion matrix's axes."""
NAME_LIMIT = 140
"""Pixels of a class's name on them."""


def confusion_chart(
    matrix: np.ndarray, classes: tuple[str, ...], title: str, dark: bool
) -> alt.Chart:
    """Draw a confusion matrix, rows true and columns predicted; scroll and drag to zoom.

    A click selects a ``CELL`` by its ``row`` and ``column``.

    Only cells that hold an image are drawn, so that hundreds of classes stay quick. What is
    frequent stands out from the page: bright on a dark one, dark on a light one.
    """
    true, predicted = np.nonzero(matrix)
    counts = matrix[true, predicted]
    frame = pd.DataFrame(
        {
            "true": [classes[i] for i in true],
            "predicted": [classes[i] for i in predicted],
            "images": counts,
            "fraction": counts / matrix.sum(axis=1)[true],
            "row": true,
            "row_end": true + 1,
            "column": predicted,
            "column_end": predicted + 1,
        }
    )
    color = alt.Color(
        "fraction:Q",
        title="fraction of the true class",
        scale=alt.Scale(domain=[0, 1], scheme="viridis", reverse=not dark),
        legend=alt.Legend(format="%", orient="bottom", gradientLength=130),
    )
    named = [alt.Tooltip(name) for name in ("true", "predicted", "images")]
    tooltip = [*named, alt.Tooltip("fraction:Q", format=".1%")]
    click = alt.selection_point(name=CELL, fields=["row", "column"], toggle=False)
    cells = alt.Chart(frame).encode(color=color, tooltip=tooltip).add_params(click)
    few = len(classes) <= FEW_CLASSES
    drawn = _named_cells(cells, classes) if few else _numbered_cells(cells, len(classes))
    return drawn.properties(title=title)


def _named_cells(cells: alt.Chart, classes: tuple[str, ...]) -> alt.Chart:
    order = list(classes)
    scale = alt.Scale(domain=order)
    down = alt.Axis(labelLimit=NAME_LIMIT, labelOverlap=False)
    across = alt.Axis(labelAngle=-45, labelLimit=NAME_LIMIT, labelOverlap=False)
    return (
        cells.mark_rect(stroke="gray", strokeWidth=0.3)
        .encode(
            x=alt.X("predicted:N", sort=order, scale=scale, axis=across),
            y=alt.Y("true:N", sort=order, scale=scale, axis=down),
        )
        .properties(height=28 * len(classes) + 150 + _slanted(classes))
    )


def _slanted(names: tuple[str, ...]) -> int:
    """Return how far slanted names reach down, in pixels: a chart's height includes them."""
    return round(min(NAME_LIMIT, 6 * max(map(len, names))) * 0.71)


def _numbered_cells(cells: alt.Chart, count: int) -> alt.Chart:
    span = alt.Scale(domain=[0, count], nice=False)
    down = alt.Scale(domain=[0, count], nice=False, reverse=True)
    return (
        cells.mark_rect()
        .encode(
            x=alt.X("column:Q", title="predicted class (number)", scale=span),
            x2="column_end",
            y=alt.Y("row:Q", title="true class (number)", scale=down),
            y2="row_end",
        )
        .properties(height=560)
        .interactive()
    )


def track_chart(
    frame: pd.DataFrame, title: str, chosen_epoch: int
) -> alt.LayerChart | alt.FacetChart:
    """Draw a number per method over epochs, with a rule at the chosen epoch.

    Args:
        frame: columns method, epoch, value.
        title: of the vertical axis.
        chosen_epoch: where the rule stands.
    """
    legend = alt.Legend(
        orient="top", columns=1, symbolType="stroke", symbolStrokeWidth=3, labelLimit=420
    )
    dashes = alt.Scale(range=[[1, 0]] * COLORS + [[4, 2]] * COLORS + [[1, 2]] * COLORS)
    lines = (
        alt.Chart(frame)
        .mark_line(point=alt.OverlayMarkDef(size=26), strokeWidth=2)
        .encode(
            x=epoch_axis(),
            y=alt.Y("value:Q", title=title, scale=alt.Scale(domain=[0, 1], clamp=True)),
            color=alt.Color("method:N", sort=None, title=None, legend=legend),
            strokeDash=alt.StrokeDash(
                "method:N", sort=None, title=None, legend=legend, scale=dashes
            ),
            tooltip=["method:N", "epoch:Q", alt.Tooltip("value:Q", format=".2f")],
        )
    )
    rule = (
        alt.Chart(pd.DataFrame({"epoch": [chosen_epoch]}))
        .mark_rule(color="gray", strokeDash=[3, 3])
        .encode(x="epoch:Q")
    )
    # The legend takes its place from the height: a line each.
    height = 240 + 18 * frame["method"].nunique()
    return alt.layer(rule, lines).properties(title=f"{title} by epoch".capitalize(), height=height)

"""A chart of classes in the plane, close together where a network confuses them."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from app.compare.class_charts import BRUSH, ZOOM, class_tooltips, root_color
from saliencnn.drawing.network_charts import MARGIN, PICK, Layers
from saliencnn.drawing.point_names import HEIGHT, WIDTH, ink, label_data, label_layers, to_pixels

NAMED = 15
"""Up to so many points get their names, chosen ones first; more would tell little."""


def points_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the data of ``distribution_chart``, a point a row; the chosen ones lie on top.

    Args:
        frame: columns class, index, root, x, y, accuracy (0 to 1), images, chosen (bool).
    """
    drawn = frame.sort_values("chosen", kind="stable")
    chosen = drawn["chosen"].to_numpy()
    named = (chosen | (len(drawn) <= NAMED)) & (chosen.sum() <= NAMED)
    size, edge = np.where(chosen, 170, 42), chosen.astype(int)
    places = drawn[["x", "y"]].to_numpy()
    pixels = to_pixels(places, square_of(places), (WIDTH, HEIGHT))
    labels = label_data(drawn["class"][named].tolist(), pixels[named], *places[named].T)
    nowhere: dict[str, Any] = {
        "name": "",
        "led": False,
        "dx": 0.0,
        "dy": 0.0,
        "end_x": 0.0,
        "end_y": 0.0,
    }
    shown = drawn.assign(size=size, edge=edge, **nowhere)
    shown.loc[drawn.index[named][labels.index], list(nowhere)] = labels[list(nowhere)].to_numpy()
    return shown


def distribution_chart(
    bounds: Sequence[Sequence[float]], roots: Sequence[str], dark: bool
) -> Layers:
    """Draw classes as points in the plane; a click picks an ``index``, a rectangle x and y.

    Scroll to zoom, drag for a rectangle, drag with shift to move. The data come apart, see
    ``points_of``.

    Args:
        bounds: of the plane, horizontally and vertically.
        roots: all root classes, of ``ROOT_COLORS``; empty for one colour.
        dark: whether the page is.
    """
    across, up = (alt.Scale(domain=list(ends), nice=False, zero=False) for ends in bounds)
    x, y = alt.X("x:Q", axis=None, scale=across), alt.Y("y:Q", axis=None, scale=up)
    drag = "[pointerdown[{}event.shiftKey], window:pointerup] > window:pointermove!"
    zoom = alt.selection_interval(
        name=ZOOM, bind="scales", on=drag.format(""), translate=drag.format("")
    )
    brush = alt.selection_interval(
        name=BRUSH, on=drag.format("!"), translate=False, zoom=False, encodings=["x", "y"]
    )
    points = (
        alt.Chart()
        .mark_point(filled=True, opacity=1, stroke=ink(dark), strokeWidth=1.5, cursor="pointer")
        .encode(
            x=x,
            y=y,
            color=root_color(roots, dark, legend=True),
            size=alt.Size("size:Q", scale=None, legend=None),
            strokeOpacity=alt.StrokeOpacity("edge:Q", scale=None, legend=None),
            tooltip=class_tooltips(roots),
        )
        .add_params(zoom, brush, alt.selection_point(name=PICK, fields=["index"], toggle="true"))
    )
    leaders, *names = label_layers(alt.Undefined, x, y, dark, bold=True)
    named = (layer.transform_filter("datum.name") for layer in names)
    return alt.layer(points, leaders, *named).properties(
        title="Distribution of the classes",
        width=WIDTH,
        height=HEIGHT,
        autosize=alt.AutoSizeParams(type="pad"),
    )


def square_of(points: np.ndarray) -> np.ndarray:
    """Return the bounds of the plane in which points (N, 2) lie, (2, 2)."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = MARGIN * np.where(high > low, high - low, 1)
    return np.stack([low - margin, high + margin], axis=1)

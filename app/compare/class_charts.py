"""Charts of a network's classes: from tables to Altair, nothing else."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from app.compare.charts import (
    HEIGHT,
    MARGIN,
    PICK,
    WIDTH,
    Layers,
    ink,
    label_data,
    label_layers,
    to_pixels,
)

BRUSH, ZOOM = "brush", "zoom"
"""Names of what a person selects with a rectangle, and of what is in sight."""
GAP = 0.8
"""Bars' widths between two parts of a list."""
READABLE = 28
"""Bars get their names where no more than these are in sight."""
NAMED = 15
"""Up to so many points get their names, chosen ones first; more would tell little."""
BARS_HEIGHT = 460
ROOT_COLORS = {
    "animal": ("#D55E00", "#F0803C"),
    "artifact": ("#0072B2", "#56B4E9"),
    "food": ("#C98500", "#F0B030"),
    "fungus": ("#B5548A", "#DB8DB9"),
    "geological formation": ("#8A5A36", "#C09A78"),
    "natural object": ("#3E97CC", "#9CD3F5"),
    "person": ("#1d1d1f", "#f0f0f0"),
    "plant": ("#008A64", "#2FC497"),
}
"""On a light page and on a dark one: the theme's hues and a brown, which it lacks."""


def bars_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the data of ``leaves_chart``, a bar a row.

    Args:
        frame: columns class, index, root, accuracy (0 to 1), images, rank, chosen (bool), part
            (of the list: a gap stands between two).
    """
    row = np.arange(len(frame)) + (frame["part"].ne(frame["part"].shift()).cumsum() - 1) * GAP
    right = (frame["accuracy"] * frame["images"]).round().astype(int)
    marks = np.where(frame["chosen"], "● ", "")
    return frame.assign(
        row=row + 0.06,
        middle=row + 0.5,
        end=row + 0.94,
        zero=0,
        strength=np.where(frame["chosen"], 0.85, 0.4),
        edge=np.where(frame["chosen"], 2, 0),
        label=marks + frame["class"],
        counts=[f"{n} of {images}" for n, images in zip(right, frame["images"], strict=True)],
    )


def leaves_chart(count: float, roots: Sequence[str], dark: bool, legend: bool) -> Layers:
    """Draw classes' accuracies as bars, the highest on top; scroll to zoom, drag to move.

    Names show where at most ``READABLE`` bars are in sight. A click picks an ``index``. The data
    come apart, see ``bars_of``: a chart without them is the same after every click.

    Args:
        count: where the last bar ends.
        roots: all root classes, of ``ROOT_COLORS``; empty for one colour.
        dark: whether the page is.
        legend: whether to say which colour is which root class.
    """
    y = alt.Y(
        "row:Q",
        axis=None,
        scale=alt.Scale(domain=[0, max(count, 12)], nice=False, reverse=True),
    )
    x = alt.X(
        "accuracy:Q",
        scale=alt.Scale(domain=[0, 1]),
        title="accuracy",
        axis=alt.Axis(format="%", orient="top", tickCount=5),
    )
    bars = (
        alt.Chart()
        .mark_rect(cursor="pointer", stroke=ink(dark))
        .encode(
            x=x,
            x2="zero",
            y=y,
            y2="end",
            color=_root_color(roots, dark, legend),
            opacity=alt.Opacity("strength:Q", scale=None, legend=None),
            strokeWidth=alt.StrokeWidth("edge:Q", scale=None, legend=None),
            tooltip=_class_tooltips(roots),
        )
        .add_params(
            alt.selection_interval(name=ZOOM, bind="scales", encodings=["y"]),
            alt.selection_point(name=PICK, fields=["index"], toggle="true"),
        )
    )
    sight = f"(isDefined(zoom.row) ? abs(zoom.row[1] - zoom.row[0]) : {count}) <= {READABLE}"
    style: dict[str, Any] = {
        "fontSize": 11, "clip": True, "color": ink(dark), "opacity": alt.expr(f"{sight} ? 1 : 0"),
    }  # fmt: skip
    middle = alt.Y("middle:Q", axis=None)
    names = (
        alt.Chart()
        .mark_text(align="left", dx=4, limit=260, **style)
        .encode(x=alt.XDatum(0), y=middle, text="label:N")
    )
    counts = (
        alt.Chart()
        .mark_text(align="right", dx=-4, **style)
        .encode(x=alt.XDatum(1), y=middle, text="counts:N")
    )
    return alt.layer(bars, names, counts).properties(
        title="Accuracy on each class", height=BARS_HEIGHT
    )


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
            color=_root_color(roots, dark, legend=True),
            size=alt.Size("size:Q", scale=None, legend=None),
            strokeOpacity=alt.StrokeOpacity("edge:Q", scale=None, legend=None),
            tooltip=_class_tooltips(roots),
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


def _root_color(roots: Sequence[str], dark: bool, legend: bool) -> alt.Color | alt.ColorValue:
    if not roots:
        return alt.ColorValue(ROOT_COLORS["artifact"][dark])
    colors = [ROOT_COLORS[root][dark] for root in roots]
    return alt.Color(
        "root:N",
        title=None,
        scale=alt.Scale(domain=list(roots), range=colors),
        legend=alt.Legend(orient="bottom", columns=4, symbolOpacity=1, symbolStrokeWidth=0)
        if legend
        else None,
    )


def _class_tooltips(roots: Sequence[str]) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("class:N"),
        *([alt.Tooltip("root:N")] if roots else []),
        alt.Tooltip("accuracy:Q", format=".1%"),
        alt.Tooltip("images:Q", title="images of the class"),
    ]

"""Charts of a network's classes: from tables to Altair, nothing else."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from app.compare.charts import PICK, Layers, ink

BRUSH, ZOOM = "brush", "zoom"
"""Names of what a person selects with a rectangle, and of what is in sight."""
READABLE = 28
"""Bars get their names where no more than these are in sight."""
NAMED = 15
"""Up to so many points get their names, chosen ones first; more would cover one another."""
BARS_HEIGHT = 440
GRAPH_HEIGHT = 480
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
        frame: columns class, index, root, accuracy (0 to 1), images, rank, chosen (bool).
    """
    row = np.arange(len(frame))
    strength = np.where(frame["chosen"], 0.85, 0.4)
    return frame.assign(row=row + 0.06, middle=row + 0.5, end=row + 0.94, zero=0, strength=strength)


def leaves_chart(count: int, roots: Sequence[str], dark: bool, legend: bool) -> Layers:
    """Draw classes' accuracies as bars, the highest on top; scroll to zoom, drag to move.

    Names show where at most ``READABLE`` bars are in sight. A click picks an ``index``. The data
    come apart, see ``bars_of``: a chart without them is the same after every click.

    Args:
        count: how many bars.
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
        .mark_rect(cursor="pointer")
        .encode(
            x=x,
            x2="zero",
            y=y,
            y2="end",
            color=_root_color(roots, dark, legend),
            opacity=alt.Opacity("strength:Q", scale=None, legend=None),
            tooltip=_class_tooltips(roots),
        )
        .add_params(
            alt.selection_interval(name=ZOOM, bind="scales", encodings=["y"]),
            alt.selection_point(name=PICK, fields=["index"], toggle="true"),
        )
    )
    sight = f"(isDefined(zoom.row) ? abs(zoom.row[1] - zoom.row[0]) : {count}) <= {READABLE}"
    names = (
        alt.Chart()
        .mark_text(
            align="left",
            dx=4,
            fontSize=11,
            limit=260,
            clip=True,
            color=ink(dark),
            opacity=alt.expr(f"{sight} ? 1 : 0"),
        )
        .encode(
            x=alt.XDatum(0),
            y=alt.Y("middle:Q", axis=None),
            text="class:N",
        )
    )
    return alt.layer(bars, names).properties(height=BARS_HEIGHT)


def points_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the data of ``distribution_chart``, a point a row; the chosen ones lie on top.

    Args:
        frame: columns class, index, root, x, y, accuracy (0 to 1), images, chosen (bool).
    """
    drawn = frame.sort_values("chosen", kind="stable")
    chosen = drawn["chosen"].to_numpy()
    named = (chosen | (len(drawn) <= NAMED)) & (chosen.sum() <= NAMED)
    right = drawn["x"] > (drawn["x"].min() + drawn["x"].max()) / 2
    size, edge = np.where(chosen, 170, 42), chosen.astype(int)
    return drawn.assign(named=named, right=right, size=size, edge=edge)


def distribution_chart(roots: Sequence[str], dark: bool) -> Layers:
    """Draw classes as points in the plane; a click picks an ``index``, a rectangle x and y.

    Scroll to zoom, drag for a rectangle, drag with shift to move. The data come apart, see
    ``points_of``.

    Args:
        roots: all root classes, of ``ROOT_COLORS``; empty for one colour.
        dark: whether the page is.
    """
    x = alt.X("x:Q", axis=None, scale=alt.Scale(zero=False, padding=12))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(zero=False, padding=12))
    drag = "[pointerdown[{}event.shiftKey], window:pointerup] > window:pointermove!"
    zoom = alt.selection_interval(
        name=ZOOM, bind="scales", on=drag.format(""), translate=drag.format("")
    )
    brush = alt.selection_interval(
        name=BRUSH, on=drag.format("!"), translate=False, zoom=False, encodings=["x", "y"]
    )
    base = alt.Chart().encode(x=x, y=y)
    points = (
        base.mark_point(filled=True, opacity=1, stroke=ink(dark), strokeWidth=1.5, cursor="pointer")
        .encode(
            color=_root_color(roots, dark, legend=True),
            size=alt.Size("size:Q", scale=None, legend=None),
            strokeOpacity=alt.StrokeOpacity("edge:Q", scale=None, legend=None),
            tooltip=_class_tooltips(roots),
        )
        .add_params(zoom, brush, alt.selection_point(name=PICK, fields=["index"], toggle="true"))
    )
    # A name stands on the inner side of its point, so that no border cuts it.
    name = base.encode(text="class:N", color=alt.value(ink(dark)))
    style: dict[str, Any] = {"dy": -6, "fontSize": 12, "fontWeight": "bold", "limit": 180}
    left = name.transform_filter("datum.named && !datum.right")
    right = name.transform_filter("datum.named && datum.right")
    names = (
        left.mark_text(align="left", dx=10, **style),
        right.mark_text(align="right", dx=-10, **style),
    )
    return alt.layer(points, *names).properties(height=GRAPH_HEIGHT)


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

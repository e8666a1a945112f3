"""Charts of a network's classes: from tables to Altair, nothing else."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from saliencnn.drawing.network_charts import PICK, Layers
from saliencnn.drawing.point_names import ink
from saliencnn.measures.groups import MIN_GROUP

BRUSH, ZOOM = "brush", "zoom"
"""Names of what a person selects with a rectangle, and of what is in sight."""
GAP = 0.8
"""Bars' widths between two parts of a list."""
READABLE = 28
"""Bars get their names where no more than these are in sight."""
BARS_HEIGHT = 560
ROOT_COLORS = {
    "animal": ("#D55E00", "#F0803C"),
    "things made by people": ("#0072B2", "#56B4E9"),
    "food": ("#C98500", "#F0B030"),
    "fungus": ("#B5548A", "#DB8DB9"),
    "geological formation": ("#8A5A36", "#C09A78"),
    "seeds and fruits": ("#3E97CC", "#9CD3F5"),
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
    few = np.where(frame["images"] < MIN_GROUP, " (few)", "")
    marks = np.where(frame["chosen"], "● ", "")
    return frame.assign(
        row=row + 0.06,
        middle=row + 0.5,
        end=row + 0.94,
        zero=0,
        strength=np.where(frame["chosen"], 0.85, 0.4),
        edge=np.where(frame["chosen"], 2, 0),
        label=marks + frame["class"],
        counts=[
            f"{n} of {of}{told}" for n, of, told in zip(right, frame["images"], few, strict=True)
        ],
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
            color=root_color(roots, dark, legend),
            opacity=alt.Opacity("strength:Q", scale=None, legend=None),
            strokeWidth=alt.StrokeWidth("edge:Q", scale=None, legend=None),
            tooltip=class_tooltips(roots),
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


def root_color(roots: Sequence[str], dark: bool, legend: bool) -> alt.Color | alt.ColorValue:
    """Return the colours of root classes by name; one for all where there are none."""
    if not roots:
        return alt.ColorValue(ROOT_COLORS["things made by people"][dark])
    colors = [ROOT_COLORS[root][dark] for root in roots]
    return alt.Color(
        "root:N",
        title=None,
        scale=alt.Scale(domain=list(roots), range=colors),
        legend=alt.Legend(orient="bottom", columns=4, symbolOpacity=1, symbolStrokeWidth=0)
        if legend
        else None,
    )


def class_tooltips(roots: Sequence[str]) -> list[alt.Tooltip]:
    """Return what hovering over a class says."""
    return [
        alt.Tooltip("class:N"),
        *([alt.Tooltip("root:N")] if roots else []),
        alt.Tooltip("accuracy:Q", format=".1%"),
        alt.Tooltip("images:Q", title="images of the class"),
    ]

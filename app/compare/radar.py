"""A chart of networks' accuracies around a circle: from a table to Altair, nothing else."""

import json
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from saliencnn.drawing.network_charts import PICK, Layers, model_color, name_legend
from saliencnn.drawing.point_names import ink
from saliencnn.drawing.run_charts import COLORS
from saliencnn.findings.kind_rates import MIN_OF_WEAK

LEGEND, NAME = "legend", "name"
"""Names of what a person selects in the legend, and of the words around the circle."""
SIDE = 400
"""Pixels across."""
_RINGS = (0.25, 0.5, 0.75, 1.0)
_X = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-1.5, 1.5], nice=False))
_Y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-1.2, 1.2], nice=False))
_DASHES = [[1, 0]] * COLORS + [[5, 3]] * COLORS + [[1, 2]] * COLORS


def radar_chart(
    frame: pd.DataFrame,
    roots: Sequence[str],
    models: Sequence[str],
    strong: Sequence[str],
    dark: bool,
) -> Layers:
    """Draw accuracy by root class around a circle, a closed line a network.

    A click on a corner picks a ``model`` and a ``root``, one on a name outside a ``root``, one in
    the legend a ``model``. Altair has no polar coordinates: the browser computes them.

    Args:
        frame: columns model, root, accuracy (0 to 1), images.
        roots: in the order around the circle, at least three.
        models: all networks' names, in the order of their colours.
        strong: those drawn in full strength.
        dark: whether the page is.
    """
    every = frame.groupby("root")["images"].max().reindex(list(roots)).reset_index()
    # Padded, not fitted: a legend that takes from the height would make an ellipse of the circle.
    # The data first and above all layers: they are what Show data shows.
    return alt.layer(
        *_draw_web(every, roots, dark),
        *_draw_networks(roots, models, strong),
        _name_roots(every, roots, dark),
        data=frame,
    ).properties(
        title="Accuracy by kind of thing",
        width=SIDE,
        height=320,
        autosize=alt.AutoSizeParams(type="pad"),
    )


def _draw_web(every: pd.DataFrame, roots: Sequence[str], dark: bool) -> list[alt.Chart]:
    """Draw what stands behind the networks: rings, spokes, and which accuracy each ring is."""
    rings = pd.concat([around(every.assign(accuracy=ring, ring=ring), roots) for ring in _RINGS])
    outer = rings[rings["ring"] == _RINGS[-1]]
    grid = (
        alt.Chart(rings)
        .mark_line(color="gray", opacity=0.35, strokeWidth=1, interpolate="linear-closed")
        .encode(x=_X, y=_Y, order="place:Q", detail="ring:N")
    )
    spokes = (
        alt.Chart(outer.assign(middle=0))
        .mark_rule(color="gray", opacity=0.35)
        .encode(x=_X, x2="middle", y=_Y, y2="middle")
    )
    # Beside the first spoke, whose end has the name of a kind.
    beside = rings[rings["place"].isin((0, len(roots) - 1))].groupby("ring")[["x", "y"]].mean()
    values = (
        alt.Chart(beside.reset_index())
        .mark_text(fontSize=10, opacity=0.75, color=ink(dark))
        .encode(x=_X, y=_Y, text=alt.Text("ring:Q", format=".0%"))
    )
    return [grid, spokes, values]


def _draw_networks(
    roots: Sequence[str], models: Sequence[str], strong: Sequence[str]
) -> list[alt.Chart]:
    """Draw each network's closed line, and a point at each corner that can be clicked."""
    computed = (
        alt.Chart()
        .transform_calculate(place=f"indexof({json.dumps([*roots])}, datum.root)")
        .transform_calculate(
            x=f"datum.accuracy * sin(2 * PI * datum.place / {len(roots)})",
            y=f"datum.accuracy * cos(2 * PI * datum.place / {len(roots)})",
            strength=f"indexof({json.dumps([*strong])}, datum.model) < 0 ? 0.18 : 1",
        )
    )
    # Of the data, as everywhere here: Altair takes ten times as long to check a condition.
    strength = alt.Opacity("strength:Q", scale=None, legend=None)
    legend = name_legend(models, SIDE, symbolType="stroke", symbolStrokeWidth=3)
    color = model_color(models, legend)
    dashes = alt.Scale(domain=list(models), range=_DASHES)
    lines = (
        computed.mark_line(strokeWidth=2, interpolate="linear-closed")
        .encode(
            x=_X,
            y=_Y,
            order="place:Q",
            detail="model:N",
            color=color,
            strokeDash=alt.StrokeDash("model:N", scale=dashes, legend=legend),
            opacity=strength,
        )
        .add_params(alt.selection_point(name=LEGEND, fields=["model"], bind="legend"))
    )
    points = (
        computed.mark_point(filled=True, size=48, cursor="pointer")
        .encode(
            x=_X,
            y=_Y,
            color=color,
            opacity=strength,
            tooltip=[
                alt.Tooltip("model:N", title="network"),
                alt.Tooltip("root:N", title="kind of thing"),
                alt.Tooltip("accuracy:Q", format=".1%"),
                alt.Tooltip("images:Q", format=","),
            ],
        )
        .add_params(alt.selection_point(name=PICK, fields=["model", "root"], toggle=False))
    )
    return [lines, points]


def _name_roots(every: pd.DataFrame, roots: Sequence[str], dark: bool) -> alt.Chart:
    """Write each kind of thing with its images at the end of its spoke."""
    side = "abs(datum.x) < 0.01 ? 'center' : datum.x > 0 ? 'left' : 'right'"
    return (
        alt.Chart(around(every.assign(accuracy=1.12), roots))
        .transform_calculate(
            name="datum.root + ' (' + format(datum.images, ',') + "
            f"(datum.images < {MIN_OF_WEAK} ? ', few)' : ')')"
        )
        .mark_text(align=alt.expr(side), fontSize=12, cursor="pointer", color=ink(dark))
        .encode(x=_X, y=_Y, text="name:N")
        .add_params(alt.selection_point(name=NAME, fields=["root"], toggle=False))
    )


def around(frame: pd.DataFrame, roots: Sequence[str]) -> pd.DataFrame:
    """Return a table with places on a circle: clockwise from the top, accuracy as the radius.

    Args:
        frame: columns root and accuracy.
        roots: in the order around the circle; rows of others are left out.

    Returns:
        The rows with the columns place (0 to the number of roots less 1), x and y (-1 to 1 for
        accuracies up to 1).
    """
    kept = frame[frame["root"].isin(list(roots))]
    place = kept["root"].map({root: n for n, root in enumerate(roots)}).astype(int)
    angle = 2 * np.pi * place / len(roots)
    return kept.assign(
        place=place, x=kept["accuracy"] * np.sin(angle), y=kept["accuracy"] * np.cos(angle)
    )

"""Charts that compare networks with one another: from tables to Altair, nothing else."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from saliencnn.drawing.point_names import HEIGHT, WIDTH, label_data, label_layers, to_pixels
from saliencnn.drawing.run_charts import COLORS

PICK = "pick"
"""Name of what a person selects by a click on a mark."""
Layers = alt.LayerChart | alt.FacetChart
MAX_SPREAD_CLASSES = 12
"""Up to so many classes, points of equal accuracy are drawn side by side."""
LETTER, SYMBOL = 6.2, 36
"""Pixels of a letter of a legend, and of what stands beside a name."""
LEGEND_WIDTH = 420
MARGIN = 0.07
"""Of a scale's range, on either side of the outermost points."""
_SHAPES = ["circle"] * COLORS + ["square"] * COLORS + ["diamond"] * COLORS


def complexity_chart(frame: pd.DataFrame, title: str, dark: bool) -> Layers:
    """Draw accuracy over complexity, a point a network; a click picks a ``run_id``.

    Args:
        frame: columns run_id, model, complexity, top1, top5 (may be unknown), pinned (bool), in the
            models' order.
        title: of the horizontal axis.
        dark: whether the page is.
    """
    complexity, top1 = frame["complexity"].to_numpy(float), frame["top1"].to_numpy(float)
    wide = complexity.max() > 4 * complexity.min()
    across = _domain(np.log(complexity)) if wide else _domain(complexity)
    up = np.minimum(_domain(top1), 1)
    x = alt.X(
        "complexity:Q",
        title=title,
        scale=alt.Scale(type="log", domain=np.exp(across).tolist(), nice=False)
        if wide
        else alt.Scale(domain=across.tolist(), nice=False, zero=False),
        axis=alt.Axis(format=".3~s", tickCount=5),
    )
    y = alt.Y(
        "top1:Q",
        title="accuracy (top 1)",
        scale=alt.Scale(domain=up.tolist(), nice=False, zero=False),
        axis=alt.Axis(format=".1~%", tickCount=6),
    )
    points = (
        alt.Chart()
        .mark_point(filled=True, size=130, opacity=1, cursor="pointer")
        .encode(
            x=x,
            y=y,
            color=model_color(frame["model"], None),
            shape=_model_shape(frame["model"]),
            tooltip=[
                alt.Tooltip("model:N", title="network"),
                alt.Tooltip("top1:Q", format=".1%", title="top 1"),
                *(
                    [alt.Tooltip("top5:Q", format=".1%", title="top 5")]
                    if frame["top5"].notna().any()
                    else []
                ),
                alt.Tooltip("complexity:Q", format=".3s", title=title),
            ],
        )
        .add_params(alt.selection_point(name=PICK, fields=["run_id"], toggle=False))
    )
    ring = (
        alt.Chart()
        .transform_filter("datum.pinned")
        .mark_point(size=420, strokeWidth=2)
        .encode(x=x, y=y, color=model_color(frame["model"], None))
    )
    places = np.stack([np.log(complexity) if wide else complexity, top1], axis=1)
    pixels = to_pixels(places, np.stack([across, up]), (WIDTH, HEIGHT))
    data = label_data(frame["model"].tolist(), pixels, complexity, top1)
    names = label_layers(data, _of("x", x), _of("y", y), dark)
    # The data first and above all layers: they are what Show data shows.
    return alt.layer(ring, *names, points, data=frame).properties(
        title="Accuracy and cost of the networks",
        width=WIDTH,
        height=HEIGHT,
        autosize=alt.AutoSizeParams(type="pad"),
    )


def _of(field: str, channel: Any) -> Any:
    """Return a channel that draws another column on the same scale and axis."""
    other = channel.copy()
    other.shorthand = f"{field}:Q"
    return other


def _domain(values: np.ndarray) -> np.ndarray:
    """Return a scale's ends around values, (2,); around a single one, a twentieth of it."""
    margin = np.ptp(values) * MARGIN or abs(values[0]) / 20 or 1.0
    return np.array([values.min() - margin, values.max() + margin])


def accuracies_chart(frame: pd.DataFrame, models: Sequence[str]) -> Layers:
    """Draw every model's accuracy on each of a few classes, a column of points a class.

    Args:
        frame: columns class, model, accuracy (0 to 1), images, strong (bool: in full strength).
        models: all models' names, in the order of their colours.
    """
    classes = list(dict.fromkeys(frame["class"]))
    apart = (
        {"xOffset": alt.XOffset("model:N", sort=list(models))}
        if len(classes) <= MAX_SPREAD_CLASSES
        else {}
    )
    axis = alt.Axis(labelAngle=-40, labelLimit=150, labelOverlap=False)
    x = alt.X("class:N", sort=classes, title=None, axis=axis)
    y = alt.Y(
        "accuracy:Q",
        title="accuracy on the class",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    frame = frame.assign(strength=np.where(frame["strong"], 1, 0.35))
    span = (
        alt.Chart(frame)
        .mark_rule(color="gray", opacity=0.5)
        .encode(x=x, y=alt.Y("min(accuracy):Q"), y2=alt.Y2("max(accuracy):Q"))
    )
    points = (
        alt.Chart(frame)
        .mark_point(filled=True, size=110)
        .encode(
            x=x,
            y=y,
            color=model_color(models, name_legend(models, LEGEND_WIDTH)),
            shape=_model_shape(models),
            opacity=alt.Opacity("strength:Q", scale=None, legend=None),
            tooltip=[
                "class:N",
                alt.Tooltip("model:N", title="network"),
                alt.Tooltip("accuracy:Q", format=".1%"),
                alt.Tooltip("images:Q", title="images of the class"),
            ],
            **apart,
        )
    )
    return alt.layer(span, points).properties(title="Accuracy on the chosen classes", height=400)


def model_color(models: Sequence[str] | pd.Series, legend: alt.Legend | None) -> alt.Color:
    """Return the colours of models by name; they repeat after ``COLORS``."""
    return alt.Color("model:N", scale=alt.Scale(domain=list(models)), legend=legend)


def name_legend(models: Sequence[str], width: int, **style: Any) -> alt.Legend:
    """Return a legend, below a chart by default, whose names are not cut.

    Args:
        models: all that it names.
        width: pixels of the chart.
        style: further properties.
    """
    column = LETTER * max(map(len, models), default=1) + SYMBOL
    columns = int(max(1, min(width // column, 4)))
    style = {"orient": "bottom", **style}
    return alt.Legend(title=None, labelLimit=width, columns=columns, **style)


def _model_shape(models: Sequence[str] | pd.Series) -> alt.Shape:
    scale = alt.Scale(domain=list(models), range=_SHAPES)
    return alt.Shape("model:N", scale=scale, legend=None)

"""Charts that compare networks with one another: from tables to Altair, nothing else."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from app.drawing.charts import COLORS

PICK = "pick"
"""Name of what a person selects by a click on a mark."""
Layers = alt.LayerChart | alt.FacetChart
MAX_SPREAD_CLASSES = 12
"""Up to so many classes, points of equal accuracy are drawn side by side."""
MAX_NAME = 170
"""Pixels of a name in a chart, beyond which it is cut."""
LETTER = 6
"""Pixels of one of its letters."""
NARROWEST = 360
"""Pixels between the outermost points of a chart at least."""
MARGIN, BESIDE = 24, 11
"""Pixels from these points to the chart's edge, and from a point to its name."""
_SHAPES = ["circle"] * COLORS + ["square"] * COLORS + ["diamond"] * COLORS


def ink(dark: bool) -> str:
    """Return the colour of words in a chart, which Altair leaves black on a dark page."""
    return "#ececec" if dark else "#1d1d1f"


def complexity_chart(frame: pd.DataFrame, title: str, dark: bool) -> Layers:
    """Draw accuracy over complexity, a point a model; a click picks a ``run_id``.

    Args:
        frame: columns run_id, model, complexity, top1, top5, pinned (bool), in the models' order.
        title: of the horizontal axis.
        dark: whether the page is.
    """
    wide = frame["complexity"].max() > 4 * frame["complexity"].min()
    scale = alt.Scale(type="log", nice=False) if wide else alt.Scale(zero=False)
    x = alt.X(
        "complexity:Q",
        title=title,
        scale=alt.Scale(padding=MARGIN, **scale.to_dict()),
        axis=alt.Axis(format="~s", tickCount=6),
    )
    y = alt.Y(
        "top1:Q",
        title="accuracy (top 1)",
        scale=alt.Scale(zero=False, padding=16),
        axis=alt.Axis(format="%"),
    )
    points = (
        alt.Chart(frame)
        .mark_point(filled=True, size=130, opacity=1, cursor="pointer")
        .encode(
            x=x,
            y=y,
            color=model_color(frame["model"], None),
            shape=_model_shape(frame["model"]),
            tooltip=[
                "model:N",
                alt.Tooltip("top1:Q", format=".1%", title="top 1"),
                alt.Tooltip("top5:Q", format=".1%", title="top 5"),
                alt.Tooltip("complexity:Q", format=".3s", title=title),
            ],
        )
        .add_params(alt.selection_point(name=PICK, fields=["run_id"], toggle=False))
    )
    ring = (
        alt.Chart(frame)
        .transform_filter("datum.pinned")
        .mark_point(size=420, strokeWidth=2)
        .encode(x=x, y=y, color=model_color(frame["model"], None))
    )
    leftward = leads_leftward(frame["model"], frame["complexity"], frame["top1"], wide)
    names = (
        alt.Chart(frame.assign(leftward=leftward))
        .mark_text(
            align=alt.expr("datum.leftward ? 'right' : 'left'"),
            dx=alt.expr(f"datum.leftward ? -{BESIDE} : {BESIDE}"),
            fontSize=11,
            limit=MAX_NAME,
            color=ink(dark),
        )
        .encode(x=x, y=y, text="model:N")
    )
    return alt.layer(ring, names, points).properties(height=380)


def leads_leftward(
    names: pd.Series, complexity: pd.Series, accuracy: pd.Series, wide: bool
) -> np.ndarray:
    """Return whose name lies at the left of its point, where it lies better than at the right.

    A name that the chart's edge would cut lies worse than one on another point.

    Args:
        names: (N,).
        complexity: (N,), above zero.
        accuracy: (N,).
        wide: whether complexity is drawn by magnitude.

    Returns:
        bool (N,).
    """
    across = np.log(complexity.to_numpy(float)) if wide else complexity.to_numpy(float)
    across = (across - across.min()) / np.ptp(across) if np.ptp(across) else across * 0 + 0.5
    lengths = np.minimum(names.str.len().to_numpy() * LETTER, MAX_NAME)
    needed = (lengths + BESIDE - MARGIN) / NARROWEST
    up = accuracy.to_numpy(float)
    right = across[None] - across[:, None]
    near = abs(up[None] - up[:, None]) < 0.05 * (np.ptp(up) or 1)
    # Of two in the same place, one name goes to either side.
    later = np.arange(len(up))[None] > np.arange(len(up))[:, None]
    close = near & (abs(right) < 0.25)
    crowded_right = (close & ((right > 0) | ((right == 0) & later))).any(axis=1)
    crowded_left = (close & ((right < 0) | ((right == 0) & later.T))).any(axis=1)
    cut_right, cut_left = across + needed > 1, across < needed
    return 2 * cut_left + crowded_left < 2 * cut_right + crowded_right


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
        axis=alt.Axis(format="%"),
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
            color=model_color(models, alt.Legend(orient="right", title=None, labelLimit=170)),
            shape=_model_shape(models),
            opacity=alt.Opacity("strength:Q", scale=None, legend=None),
            tooltip=[
                "class:N",
                "model:N",
                alt.Tooltip("accuracy:Q", format=".1%"),
                alt.Tooltip("images:Q", title="images of the class"),
            ],
            **apart,
        )
    )
    return alt.layer(span, points).properties(height=380)


def model_color(models: Sequence[str] | pd.Series, legend: alt.Legend | None) -> alt.Color:
    """Return the colours of models by name; they repeat after ``COLORS``."""
    return alt.Color("model:N", scale=alt.Scale(domain=list(models)), legend=legend)


def _model_shape(models: Sequence[str] | pd.Series) -> alt.Shape:
    scale = alt.Scale(domain=list(models), range=_SHAPES)
    return alt.Shape("model:N", scale=scale, legend=None)

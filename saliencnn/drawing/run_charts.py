"""Charts of runs, epoch by epoch: from tables to Altair."""

import altair as alt
import pandas as pd

from saliencnn.common.metrics import METRICS

HEIGHT = 300
BAR_OPACITY = 0.6
"""So that a diamond in the same colour stands out from its bar."""
DASHES = alt.Scale(
    domain=["val_loss", "train_loss", "focus", "head_focus"],
    range=[[1, 0], [5, 3], [1, 0], [5, 3]],
)
"""Solid and dashed lines by metric; captions say which is which."""


def accuracy_chart(history: pd.DataFrame) -> alt.LayerChart | alt.FacetChart:
    """Draw validation accuracy as bars and, where measured, accuracy without the shortcut.

    Args:
        history: columns run, epoch, metric, value.
    """
    bars = history[history["metric"] == "val_accuracy"]
    without = history[history["metric"] == "counterfactual_accuracy"]
    x = alt.X("epoch:O", title="epoch", axis=alt.Axis(labelOverlap=True, labelAngle=0))
    y = alt.Y(
        "value:Q", title="accuracy", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])
    )
    several = history["run"].nunique() > 1
    offset = {"xOffset": alt.XOffset("run:N", sort=None)} if several else {}
    bar = (
        alt.Chart(bars)
        .mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2, opacity=BAR_OPACITY)
        .encode(x=x, y=y, color=_run_color(), tooltip=_tooltips("val_accuracy"), **offset)
    )
    # A run has one colour, whatever marks its numbers; the legend says what a diamond is.
    label = METRICS["counterfactual_accuracy"].label
    shape = alt.Shape("kind:N", title=None, scale=alt.Scale(domain=[label], range=["diamond"]))
    mark = (
        alt.Chart(without.assign(kind=label))
        .mark_point(filled=True, size=90, stroke="white", strokeWidth=1.5, opacity=1)
        .encode(
            x=x,
            y=y,
            color=_run_color(),
            shape=shape,
            tooltip=_tooltips("counterfactual_accuracy"),
            **offset,
        )
    )
    return alt.layer(bar, mark).properties(height=_height(history))


def line_chart(history: pd.DataFrame, title: str, domain: tuple[float, float] | None) -> alt.Chart:
    """Draw metrics over epochs as lines: a colour a run; ``DASHES`` tells the metrics apart.

    Args:
        history: columns run, epoch, metric, value.
        title: of the vertical axis.
        domain: its bounds, or None to fit the data.
    """
    named = history.assign(label=[METRICS[name].label for name in history["metric"]])
    scale = alt.Scale(domain=list(domain)) if domain else alt.Scale(zero=False, nice=True)
    return (
        alt.Chart(named)
        .mark_line(point=alt.OverlayMarkDef(size=22), strokeWidth=2)
        .encode(
            x=epoch_axis(),
            y=alt.Y("value:Q", title=title, scale=scale),
            color=_run_color(),
            strokeDash=alt.StrokeDash("metric:N", scale=DASHES, legend=None),
            tooltip=[
                "run:N",
                alt.Tooltip("label:N", title="metric"),
                "epoch:Q",
                alt.Tooltip("value:Q", format=".4f"),
            ],
        )
        .properties(height=_height(history))
    )


def epoch_axis() -> alt.X:
    """Return an axis of whole epochs."""
    axis = alt.Axis(tickMinStep=1, format="d")
    return alt.X("epoch:Q", title="epoch", axis=axis, scale=alt.Scale(zero=False))


def _height(history: pd.DataFrame) -> int:
    """Return a chart's height with its legend, in which each run has a line."""
    return HEIGHT + 15 * (history["run"].nunique() - 1)


def _run_color() -> alt.Color:
    return alt.Color(
        "run:N", title=None, sort=None, legend=alt.Legend(orient="top", columns=1, labelLimit=260)
    )


def _tooltips(name: str) -> list[alt.Tooltip]:
    metric = METRICS[name]
    value = alt.Tooltip("value:Q", title=metric.label, format=metric.format)
    return [alt.Tooltip("run:N"), alt.Tooltip("epoch:O"), value]

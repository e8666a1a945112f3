"""Charts of runs, epoch by epoch: from tables to Altair."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from saliencnn.common.metrics import METRICS

COLORS = 7
"""Distinct colours of the theme; with more lines than that, dashes tell them apart."""
HEIGHT = 330
MAX_LABEL = 260
"""Pixels of a name in a legend, as wide as a narrow chart."""
BAR_OPACITY = 0.6
"""So that a diamond in the same colour stands out from its bar."""
PART_WIDTH = 270
"""Pixels of a run's part of a chart."""
DASHES = alt.Scale(
    domain=["val_loss", "train_loss", "focus", "head_focus"],
    range=[[1, 0], [5, 3], [1, 0], [5, 3]],
)
"""Solid and dashed lines by metric; captions say which is which."""
APART = " Runs on images of other sizes are drawn apart: focus changes with how fine the maps are."
"""What the caption says of ``part_by_size``."""


def part_by_size(focus: pd.DataFrame, sizes: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Return the rows of each chart of focus, which cannot be compared between sizes of images.

    Args:
        focus: columns run, epoch, metric, value.
        sizes: run -> size of its images in pixels.

    Returns:
        What ends a chart's title, "" where one size is all -> its rows.
    """
    parts = dict(iter(focus.groupby(focus["run"].map(sizes), sort=False)))
    if len(parts) < 2:
        return {"": focus}
    return {f", images of {size} pixels": part for size, part in parts.items()}


def accuracy_chart(history: pd.DataFrame, runs: Sequence[str]) -> alt.LayerChart | alt.FacetChart:
    """Draw validation accuracy as bars and, where measured, accuracy without the shortcut.

    Args:
        history: columns run, epoch, metric, value.
        runs: all that are shown beside one another, in the order of their colours.
    """
    bars = history[history["metric"] == "val_accuracy"]
    without = history[history["metric"] == "counterfactual_accuracy"]
    x = alt.X("epoch:O", title="epoch", axis=alt.Axis(labelOverlap=True, labelAngle=0))
    y = alt.Y(
        "value:Q", title="accuracy", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])
    )
    offset = {"xOffset": alt.XOffset("run:N", sort=list(runs))} if len(runs) > 1 else {}
    bar = (
        alt.Chart(bars)
        .mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2, opacity=BAR_OPACITY)
        .encode(x=x, y=y, color=_run_color(runs), tooltip=_tooltips("val_accuracy"), **offset)
    )
    title = "Validation accuracy after each epoch"
    if without.empty:
        return alt.layer(bar).properties(title=title, height=_height(runs))
    # A run has one colour, whatever marks its numbers; the legend says what a diamond is.
    label = METRICS["counterfactual_accuracy"].label
    shape = alt.Shape(
        "kind:N",
        scale=alt.Scale(domain=[label], range=["diamond"]),
        legend=alt.Legend(
            orient="top",
            title=None,
            labelLimit=MAX_LABEL,
            symbolFillColor="gray",
            symbolStrokeColor="gray",
        ),
    )
    mark = (
        alt.Chart(without.assign(kind=label))
        .mark_point(filled=True, size=90, stroke="white", strokeWidth=1.5, opacity=1)
        .encode(
            x=x,
            y=y,
            color=_run_color(runs),
            shape=shape,
            tooltip=_tooltips("counterfactual_accuracy"),
            **offset,
        )
    )
    return alt.layer(bar, mark).properties(title=title, height=_height(runs))


def line_chart(
    history: pd.DataFrame,
    runs: Sequence[str],
    title: str,
    measure: str,
    domain: tuple[float, float] | None,
) -> alt.Chart:
    """Draw metrics over epochs as lines: a colour a run; ``DASHES`` tells the metrics apart.

    Args:
        history: columns run, epoch, metric, value.
        runs: all that are shown beside one another, in the order of their colours.
        title: of the chart.
        measure: of the vertical axis.
        domain: its bounds, or None to fit the data.
    """
    named = history.assign(label=[METRICS[name].label for name in history["metric"]])
    scale = alt.Scale(domain=list(domain)) if domain else alt.Scale(zero=False, nice=True)
    return (
        alt.Chart(named)
        .mark_line(point=alt.OverlayMarkDef(size=22), strokeWidth=2)
        .encode(
            x=epoch_axis(),
            y=alt.Y("value:Q", title=measure, scale=scale),
            color=_run_color(runs, "stroke"),
            strokeDash=alt.StrokeDash("metric:N", scale=DASHES, legend=None),
            tooltip=[
                "run:N",
                alt.Tooltip("label:N", title="metric"),
                "epoch:Q",
                alt.Tooltip("value:Q", format=".4f"),
            ],
        )
        .properties(title=title, height=_height(runs))
    )


def interventions_chart(history: pd.DataFrame, runs: Sequence[str]) -> alt.FacetChart:
    """Draw accuracies over epochs as lines: a part a run, a colour a metric.

    Args:
        history: columns run, epoch, metric, value.
        runs: all that are shown, in their order.
    """
    named = history.assign(label=[METRICS[name].label for name in history["metric"]])
    labels = list(dict.fromkeys(named["label"]))
    legend = alt.Legend(orient="top", columns=2, labelLimit=PART_WIDTH, title=None)
    lines = (
        alt.Chart()
        .mark_line(point=alt.OverlayMarkDef(size=22), strokeWidth=2)
        .encode(
            x=epoch_axis(),
            y=alt.Y(
                "value:Q",
                title="accuracy",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".0%", tickCount=5),
            ),
            color=alt.Color("label:N", scale=alt.Scale(domain=labels), legend=legend),
            tooltip=[
                "run:N",
                alt.Tooltip("label:N", title="metric"),
                "epoch:Q",
                alt.Tooltip("value:Q", format=".1%"),
            ],
        )
        .properties(width=PART_WIDTH, height=HEIGHT)
    )
    parts = lines.properties(data=named).facet(
        alt.Facet("run:N", sort=list(runs), title=None), columns=2
    )
    return parts.properties(title="Accuracy after interventions")


def epoch_axis() -> alt.X:
    """Return an axis of whole epochs."""
    # In a report ticks may lie between epochs all the same, and their labels are rounded.
    whole = "datum.value === floor(datum.value) ? datum.label : ''"
    axis = alt.Axis(tickMinStep=1, format="d", labelExpr=whole)
    return alt.X("epoch:Q", title="epoch", axis=axis, scale=alt.Scale(zero=False))


def _height(runs: Sequence[str]) -> int:
    """Return a chart's height with its legend, in which each run has a line."""
    return HEIGHT + 15 * (len(runs) - 1)


def _run_color(runs: Sequence[str], symbol: str = "circle") -> alt.Color:
    """Return the runs' colours: the same in every chart, also where one has nothing to draw."""
    legend = alt.Legend(
        orient="top", columns=1, labelLimit=MAX_LABEL, symbolType=symbol, symbolSize=100,
        symbolStrokeWidth=3,
    )  # fmt: skip
    return alt.Color("run:N", title=None, scale=alt.Scale(domain=list(runs)), legend=legend)


def _tooltips(name: str) -> list[alt.Tooltip]:
    metric = METRICS[name]
    value = alt.Tooltip("value:Q", title=metric.label, format=metric.format)
    return [alt.Tooltip("run:N"), alt.Tooltip("epoch:O"), value]

"""Charts of past runs: the best, their hyperparameters side by side, what made the difference."""

import altair as alt
import pandas as pd

from saliencnn.common.metrics import METRICS, Metric

STANDING_COLORS = alt.Scale(
    domain=["accepted", "no verdict", "rejected"], range=["#009E73", "#8c8c8c", "#D55E00"]
)
"""Green, grey and vermilion of Okabe and Ito: told apart by colour-blind people as well."""
STANDING_SHAPES = alt.Scale(
    domain=["accepted", "no verdict", "rejected"], range=["circle", "square", "cross"]
)


def front_chart(
    frame: pd.DataFrame, metric: Metric | None, selected: str
) -> alt.LayerChart | alt.FacetChart:
    """Draw accuracy against the maps' ranking criterion, the Pareto front as a line.

    Args:
        frame: columns run_id, run, accuracy, measure (value), standing, front (bool), guided (bool:
            whether training was guided to look at the object, so that focus proves nothing).
        metric: the criterion, whose better values are drawn above; None for no criterion.
        selected: run id that gets a ring.
    """
    picked = alt.selection_point(name="picked", fields=["run_id"])
    x = alt.X(
        "accuracy:Q",
        title="best validation accuracy",
        axis=alt.Axis(format="%"),
        scale=alt.Scale(domain=[max(0.0, frame["accuracy"].min() - 0.05), 1.0]),
    )
    title = f"{metric.label} ({metric.better} is better)" if metric else ""
    if metric == METRICS["focus"] and frame["guided"].any():
        title = f"{title}; guided runs were trained for it"
    reverse = metric is not None and metric.better == "lower"
    scale = alt.Scale(zero=False, nice=True, padding=14, reverse=reverse)
    y = alt.Y("measure:Q", title=title, scale=scale)
    line = (
        alt.Chart(frame[frame["front"]])
        .mark_line(interpolate="step-after", strokeDash=[4, 3], color="gray")
        .encode(x=x, y=y, order="accuracy:Q")
    )
    ring = (
        alt.Chart(frame[frame["run_id"] == selected])
        .mark_point(size=330, strokeWidth=2, color="#0072B2")
        .encode(x=x, y=y)
    )
    points = (
        alt.Chart(frame)
        .mark_point(filled=True, size=110, opacity=0.9)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "standing:N", scale=STANDING_COLORS, legend=alt.Legend(orient="top", title=None)
            ),
            shape=alt.Shape("standing:N", scale=STANDING_SHAPES),
            tooltip=[
                alt.Tooltip("run:N"),
                alt.Tooltip("guided:N"),
                alt.Tooltip("accuracy:Q", format=".1%"),
                alt.Tooltip("measure:Q", title=title, format=metric.format if metric else ".2f"),
                alt.Tooltip("standing:N"),
            ],
        )
        .add_params(picked)
    )
    return alt.layer(line, ring, points).properties(
        title="Accuracy and maps of all runs", height=370
    )


def parallel_chart(
    frame: pd.DataFrame, names: list[str], selected: str, dark: bool
) -> alt.LayerChart | alt.FacetChart:
    """Draw every run as a line through its values.

    Args:
        frame: columns run_id, run, name (of the value), position (0 to 1 in its range), value (as
            a text), accuracy.
        names: of the values, from left to right.
        selected: run id whose line is drawn thick.
        dark: whether the page is; what is accurate stands out from it.
    """
    x = alt.X(
        "name:N",
        sort=names,
        title=None,
        scale=alt.Scale(type="point", padding=0.3),
        axis=alt.Axis(labelAngle=-45, labelLimit=140, labelOverlap=False, domain=False, grid=True),
    )
    y = alt.Y(
        "position:Q",
        title="lowest to highest",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(values=[0, 0.5, 1], format=".0%"),
    )
    color = alt.Color(
        "accuracy:Q",
        scale=alt.Scale(scheme="viridis", reverse=not dark),
        legend=alt.Legend(title="accuracy", format=".1%"),
    )
    tooltip = [*map(alt.Tooltip, ("run:N", "name:N", "value:N"))]
    base = alt.Chart(frame).encode(x=x, y=y, detail="run_id:N", tooltip=tooltip)
    lines = base.mark_line(strokeWidth=1.5, opacity=0.65).encode(color=color)
    picked = alt.selection_point(name="picked", fields=["run_id"])
    points = base.mark_point(filled=True, size=45, opacity=0.8).encode(color=color)
    thick = (
        alt.Chart(frame[frame["run_id"] == selected])
        .mark_line(strokeWidth=3.5, color="#0072B2", point=alt.OverlayMarkDef(color="#0072B2"))
        .encode(x=x, y=y, detail="run_id:N", tooltip=tooltip)
    )
    return alt.layer(lines, thick, points.add_params(picked)).properties(
        title="Settings of all runs", height=330
    )


def importance_chart(frame: pd.DataFrame) -> alt.Chart:
    """Draw the fraction of the runs' differences that each hyperparameter explains.

    Args:
        frame: columns name, fraction (0 to 1).
    """
    return (
        alt.Chart(frame)
        .mark_bar(cornerRadiusEnd=2, color="#0072B2")
        .encode(
            x=alt.X("fraction:Q", title="fraction of differences", axis=alt.Axis(format="%")),
            y=alt.Y("name:N", sort="-x", title=None, axis=alt.Axis(labelLimit=160)),
            tooltip=["name:N", alt.Tooltip("fraction:Q", format=".1%")],
        )
        .properties(title="What made the difference", height=26 * len(frame) + 90)
    )

"""The charts of a report, as Vega-Lite specifications with their data inside."""

from typing import Any

import altair as alt
import pandas as pd

from pipelines.report.chapters import Chapters
from saliencnn.common.terms import ON_OBJECT
from saliencnn.drawing.run_charts import accuracy_chart, line_chart

HEIGHT = 250
Drawn = alt.LayerChart | alt.FacetChart | alt.Chart


def draw_charts(chapters: Chapters) -> list[dict[str, Any]]:
    """Return each chart's title, specification and caption."""
    names = {chapter.run.run_id: chapter.name for chapter in chapters.runs}
    runs = list(names.values())
    history = chapters.history.assign(run=chapters.history["run_id"].map(names))
    charts: list[tuple[str, Drawn, str]] = [
        (
            "Accuracy",
            accuracy_chart(history, runs),
            "Fraction of the validation images classified correctly after each epoch."
            + (
                " Diamonds: without the shortcut."
                if "counterfactual_accuracy" in {*history["metric"]}
                else ""
            ),
        )
    ]
    focus = _only(history, "focus", "head_focus")
    if len(focus):
        charts.append(
            (
                "Focus",
                line_chart(
                    focus, runs, "Focus after each epoch", "fraction of the map", (0.0, 1.0)
                ),
                f"How much of the Grad-CAM maps lies {ON_OBJECT} (solid); likewise its head "
                "(dashed).",
            )
        )
    losses = _only(history, "train_loss", "val_loss")
    charts.append(
        (
            "Loss",
            line_chart(losses, runs, "Loss after each epoch", "cross entropy", None),
            "How far the network is from certain and right: on validation images (solid) and on "
            "those it learns from (dashed); lower is better.",
        )
    )
    return [
        {"place": "good", "title": title, "spec": specify(chart), "caption": caption}
        for title, chart, caption in charts
    ]


def _only(history: pd.DataFrame, *metrics: str) -> pd.DataFrame:
    return history[history["metric"].isin(metrics)]


def specify(chart: Drawn) -> dict[str, Any]:
    """Return a chart as wide as its place."""
    return untitled(chart.properties(width="container", height=HEIGHT))


def untitled(chart: Drawn) -> dict[str, Any]:
    """Return a chart's specification without the title, which stands above it."""
    return {name: value for name, value in chart.to_dict().items() if name != "title"}

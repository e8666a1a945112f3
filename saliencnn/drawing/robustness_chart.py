"""Accuracy of networks on corrupted images: from a table to Altair, nothing else."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from saliencnn.drawing.network_charts import model_color, name_legend

WIDTH, HEIGHT, COLUMNS = 170, 130, 3
"""Pixels of a corruption's part, and how many stand beside one another."""


def robustness_chart(frame: pd.DataFrame, models: Sequence[str]) -> alt.FacetChart:
    """Draw accuracy against strength, a part for each corruption and a line for each network.

    Args:
        frame: columns model, corruption, strength (0: as they are), told (the strength in words),
            accuracy, low, high (0 to 1), right, images.
        models: all models' names, in the order of their colours.
    """
    strongest = int(frame["strength"].max())
    x = alt.X(
        "strength:Q",
        title="strength",
        scale=alt.Scale(domain=[0, strongest]),
        axis=alt.Axis(values=list(range(strongest + 1)), format="d"),
    )
    axis = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1])
    y = alt.Y("accuracy:Q", title="accuracy", scale=alt.Scale(domain=[0, 1]), axis=axis)
    legend = name_legend(models, COLUMNS * WIDTH, orient="top", symbolOpacity=1)
    color = model_color(models, legend)
    band = alt.Chart().mark_area(opacity=0.12).encode(x=x, y="low:Q", y2="high:Q", color=color)
    line = alt.Chart().mark_line().encode(x=x, y=y, color=color)
    points = (
        alt.Chart()
        .mark_point(filled=True, size=45, opacity=1)
        .encode(
            x=x,
            y=y,
            color=color,
            tooltip=[
                alt.Tooltip("model:N", title="network"),
                alt.Tooltip("corruption:N"),
                alt.Tooltip("told:N", title="strength"),
                alt.Tooltip("accuracy:Q", format=".1%"),
                alt.Tooltip("low:Q", format=".1%", title="95% from"),
                alt.Tooltip("high:Q", format=".1%", title="to"),
                alt.Tooltip("right:Q", title="right"),
                alt.Tooltip("images:Q"),
            ],
        )
    )
    parts = alt.layer(band, line, points, data=frame).properties(width=WIDTH, height=HEIGHT)
    order = list(dict.fromkeys(frame["corruption"]))
    return parts.facet(
        alt.Facet("corruption:N", sort=order, title=None), columns=COLUMNS
    ).properties(title="Accuracy on corrupted images")

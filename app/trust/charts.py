"""Charts of the trust page: from tables to Altair, nothing else."""

import altair as alt
import pandas as pd

from saliencnn.drawing.run_charts import COLORS

Chart = alt.LayerChart | alt.FacetChart
HEIGHT = 260
CURVE_WIDTH, CURVE_HEIGHT = 310, 300
"""Pixels of a chart without its legend: three stand side by side in a wide window."""
DASHES = alt.Scale(range=[[1, 0]] * COLORS + [[4, 2]] * COLORS + [[1, 2]] * COLORS)


def numbers_chart(numbers: pd.DataFrame, pass_from: float, fail_below: float) -> Chart:
    """Draw each image's number as a tick on a line, with both thresholds.

    Args:
        numbers: columns image, number.
        pass_from: threshold of a pass.
        fail_below: threshold of a fail.
    """
    low, high = numbers["number"].min(), numbers["number"].max()
    domain = [min(float(low), fail_below, 0.0), max(float(high), pass_from, 1.0)]
    x = alt.X("number:Q", title=None, scale=alt.Scale(domain=domain, nice=False))
    ticks = (
        alt.Chart(numbers)
        .mark_tick(thickness=2, size=26, opacity=0.7)
        .encode(
            x=x,
            # What a tooltip calls "image" would be loaded as one.
            tooltip=[alt.Tooltip("image:N", title="file"), alt.Tooltip("number:Q", format=".3f")],
        )
    )
    rules = _thresholds(pass_from, fail_below, "x")
    words = rules.mark_text(dy=-26, dx=4, align="left", color="gray").encode(text="threshold:N")
    title = "Result of the check, image by image"
    return alt.layer(rules, words, ticks).properties(title=title, height=150)


def depth_chart(depths: pd.DataFrame, pass_from: float, fail_below: float) -> Chart:
    """Draw how far a method's maps change, block by block, a line a method.

    Args:
        depths: columns method, block, name, value; block 0 is the trained network.
        pass_from: threshold of a pass.
        fail_below: threshold of a fail.
    """
    lines = (
        alt.Chart(depths)
        .mark_line(point=alt.OverlayMarkDef(size=30), strokeWidth=2)
        .encode(
            x=alt.X("block:Q", title="random blocks", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y(
                "value:Q",
                title="change (1 - rank correlation)",
                scale=alt.Scale(domain=[0, max(1.0, float(depths["value"].max()))]),
            ),
            tooltip=["method:N", "name:N", alt.Tooltip("value:Q", format=".2f")],
            **_by_method(),
        )
    )
    height = HEIGHT + 20 * depths["method"].nunique()
    rules = _thresholds(pass_from, fail_below, "y")
    title = "Change of the maps, block by block"
    return alt.layer(rules, lines).properties(title=title, height=height)


def curve_chart(curves: pd.DataFrame, random_baseline: pd.DataFrame, title: str) -> Chart:
    """Draw the class's probability over the fraction of pixels, a line a method.

    Args:
        curves: columns method, fraction, value.
        random_baseline: columns fraction, low, high: of random orders, drawn as a gray band.
        title: of the chart.
    """
    x = alt.X("fraction:Q", title="fraction of the pixels", axis=alt.Axis(format="%"))
    y_scale = alt.Scale(domain=[0, 1], clamp=True)
    band = (
        alt.Chart(random_baseline)
        .mark_area(opacity=0.25, color="gray")
        .encode(x=x, y=alt.Y("low:Q", title="probability of the class", scale=y_scale), y2="high:Q")
    )
    lines = (
        alt.Chart(curves)
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=18))
        .encode(
            x=x,
            y=alt.Y("value:Q", title="probability of the class", scale=y_scale),
            tooltip=[
                "method:N",
                alt.Tooltip("fraction:Q", format=".0%"),
                alt.Tooltip("value:Q", format=".2f"),
            ],
            **_by_method(columns=1),
        )
    )
    height = CURVE_HEIGHT + 14 * curves["method"].nunique()
    return alt.layer(band, lines).properties(title=title, width=CURVE_WIDTH, height=height)


def _by_method(columns: int = 4) -> dict[str, alt.Color | alt.StrokeDash]:
    legend = alt.Legend(orient="top", columns=columns, symbolType="stroke", symbolStrokeWidth=3)
    return {
        "color": alt.Color("method:N", sort=None, title=None, legend=legend),
        "strokeDash": alt.StrokeDash(
            "method:N", sort=None, title=None, legend=legend, scale=DASHES
        ),
    }


def _thresholds(pass_from: float, fail_below: float, axis: str) -> alt.Chart:
    """Draw both thresholds as dashed rules across an axis, each with its word."""
    words = [f"pass from {pass_from:g}", f"fail below {fail_below:g}"]
    frame = pd.DataFrame({"value": [pass_from, fail_below], "threshold": words})
    rule = alt.Chart(frame).mark_rule(color="gray", strokeDash=[4, 3], strokeWidth=1.5)
    return rule.encode(**{axis: "value:Q"}, tooltip=["threshold:N"])

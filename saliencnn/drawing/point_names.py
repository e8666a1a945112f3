"""Names beside the points of a chart, none on another, with lines to those that stand away."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from saliencnn.common.shown import tell_apart
from saliencnn.drawing.labels import LETTER, label_widths, place_labels

MAX_NAME, MAX_OF_FEW, FEW = 150, 260, 2
"""Pixels of a name in a chart, beyond which its middle is left out, and of one of a few names."""
WIDTH, HEIGHT = 400, 320
"""Pixels of a chart with names, which are placed for this size."""


def ink(dark: bool) -> str:
    """Return the colour of words in a chart, which Altair leaves black on a dark page."""
    return "#ececec" if dark else "#1d1d1f"


def to_pixels(points: np.ndarray, domains: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return where points (N, 2) lie in a chart, right and down, from its domains (2, 2)."""
    low, high = domains.T
    return np.array([0, size[1]]) + (points - low) / (high - low) * [size[0], -size[1]]


def label_data(
    names: Sequence[str], pixels: np.ndarray, x: np.ndarray, y: np.ndarray
) -> pd.DataFrame:
    """Return names with their places.

    Columns name, x, y, led (bool), longest (pixels that it may take), and in pixels from its point:
    dx, dy (the name's middle), end_x, end_y (where a line to it ends).

    Args:
        names: (N,).
        pixels: float (N, 2), where their points lie in a chart of ``WIDTH`` x ``HEIGHT``.
        x: float (N,), the points' values.
        y: likewise.
    """
    longest = MAX_OF_FEW if len(names) <= FEW else MAX_NAME
    names = [*tell_apart(dict(enumerate(names)), int(longest / LETTER)).values()]
    placed = place_labels(pixels, label_widths(names, longest), (WIDTH, HEIGHT))
    ends = placed.leader_ends
    frame = pd.DataFrame(
        {
            "name": names, "x": x, "y": y, "led": placed.led, "longest": longest,
            "dx": placed.offsets[:, 0], "dy": placed.offsets[:, 1],
            "end_x": ends[:, 0], "end_y": ends[:, 1],
        }
    )  # fmt: skip
    return frame[placed.shown]


def label_layers(data: Any, x: alt.X, y: alt.Y, dark: bool, bold: bool = False) -> list[alt.Chart]:
    """Draw names at their places, and lines to those that stand away from their points.

    Args:
        data: see ``label_data``; undefined where it comes apart.
        x: the chart's horizontal scale and axis.
        y: the vertical ones.
        dark: whether the page is.
        bold: whether names are bold.
    """
    base = alt.Chart(data).encode(x=x, y=y)
    style: dict[str, Any] = {
        "dx": alt.expr("datum.dx"),
        "dy": alt.expr("datum.dy"),
        "fontSize": 11,
        "fontWeight": "bold" if bold else "normal",
        "limit": alt.expr("datum.longest"),
        "tooltip": None,
    }
    page = "#121212" if dark else "#ffffff"
    halo = base.mark_text(stroke=page, strokeWidth=3, **style).encode(text="name:N")
    names = base.mark_text(color=ink(dark), **style).encode(text="name:N")
    leaders = (
        base.transform_filter("datum.led")
        .mark_rule(
            color="gray",
            opacity=0.6,
            x2Offset=alt.expr("datum.end_x"),
            y2Offset=alt.expr("datum.end_y"),
        )
        .encode(x2="x", y2="y")
    )
    return [leaders, halo, names]

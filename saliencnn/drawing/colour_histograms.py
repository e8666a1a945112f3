"""Colour intensity histograms as images, and rows of them as HTML; pure, no Streamlit."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from saliencnn.common.shown import html_line
from saliencnn.drawing.images import svg_uri
from saliencnn.measures.colour import SPACES

FILLS = {
    "red": "#D64545",
    "green": "#2E9E5B",
    "blue": "#3D7DD8",
    "hue": "#B5548A",
    "saturation": "#C98500",
    "value": "#7A7A7A",
    "lightness": "#7A7A7A",
    "green to red": "#B5548A",
    "blue to yellow": "#C98500",
}
"""Channel -> colour of its bars, legible on a light and on a dark page."""
WIDE, HIGH = 132, 84
"""Pixels of a histogram."""
TILE = 108
"""Pixels of an edge of an image in a row at most."""
MEANS_HEIGHT = 300
"""Pixels of the chart of mean histograms, its legend included."""


@dataclass(frozen=True)
class HistogramRow:
    """One image: its map, the highlighted region and the histograms of both.

    Attributes:
        overlay: data URI of the image under its map.
        highlighted: data URI of the image, grey outside the region.
        region: (3, bins), fractions of the highlighted pixels; NaN where there are none.
        whole: (3, bins), fractions of all pixels.
        title: name of the image.
        words: further lines, such as the prediction and the distances.
    """

    overlay: str
    highlighted: str
    region: np.ndarray
    whole: np.ndarray
    title: str
    words: tuple[str, ...]


def histogram_image(region: np.ndarray, whole: np.ndarray, fill: str) -> str:
    """Draw the region's histogram (bins,) as bars and the whole image's as a line: a data URI.

    Both are scaled by the higher of their maxima. Bins are as wide as the image allows.
    """
    peak = max(np.nan_to_num(region).max(), whole.max(), 1e-9)
    count = len(whole)
    left = np.arange(count) * WIDE / count
    bars = "".join(
        f"<rect x='{x:.1f}' y='{HIGH - high:.1f}' width='{WIDE / count + 0.3:.1f}' "
        f"height='{high:.1f}'/>"
        for x, high in zip(left, np.nan_to_num(region) / peak * HIGH, strict=True)
        if high > 0
    )
    steps = " ".join(
        f"{x:.1f},{HIGH - high:.1f} {x + WIDE / count:.1f},{HIGH - high:.1f}"
        for x, high in zip(left, whole / peak * HIGH, strict=True)
    )
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 -2 {WIDE} {HIGH + 4}' "
        f"width='{WIDE}' height='{HIGH + 4}'><g fill='{fill}'>{bars}</g>"
        f"<polyline points='{steps}' fill='none' stroke='#888' stroke-width='1.6'/>"
        f"<path d='M0,{HIGH} H{WIDE}' stroke='#888' stroke-width='1'/></svg>"
    )
    return svg_uri(svg)


def rows_html(rows: Sequence[HistogramRow], space: str) -> str:
    """Lay rows out as a table for ``st.html``; every text in it is escaped."""
    channels = SPACES[space].channels
    heads = "".join(f"<th>{html_line(name)}</th>" for name in ("map", "region", *channels, "image"))
    body = "".join(_row_html(row, channels) for row in rows)
    # Widths in percent: at 1,024 pixels the images shrink, so that nothing is scrolled sideways.
    style = (
        ".colours{border-collapse:collapse;font-size:.8rem;table-layout:fixed;width:100%;"
        "min-width:30rem;max-width:64rem}"
        ".colours th,.colours td{border:0;padding:4px 6px;"
        "text-align:left;vertical-align:middle;font-weight:400}.colours th{opacity:.75}"
        ".colours th:nth-child(-n+2){width:13%}"
        ".colours th:nth-child(n+3):not(:last-child){width:16%}"
        ".colours img{display:block;border-radius:4px;width:100%;height:auto}"
        f".colours td:nth-child(-n+2) img{{max-width:{TILE}px;max-height:{TILE}px;"
        "object-fit:contain;object-position:left}"
        f".colours .histogram{{max-width:{WIDE}px}}"
        ".colours small{display:block;opacity:.8}.colours td:last-child{overflow-wrap:anywhere}"
    )
    return (
        f'<style>{style}</style><div style="overflow-x:auto"><table class="colours">'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row_html(row: HistogramRow, channels: Sequence[str]) -> str:
    images = "".join(
        f'<td><img src="{source}" alt="{html_line(alt_text)}"></td>'
        for source, alt_text in (
            (row.overlay, f"map on {row.title}"),
            (row.highlighted, f"region of {row.title}"),
        )
    )
    histograms = "".join(
        f'<td><img class="histogram" alt="histogram of {html_line(name)} in '
        f'{html_line(row.title)}" src="{histogram_image(region, whole, FILLS[name])}"></td>'
        for name, region, whole in zip(channels, row.region, row.whole, strict=True)
    )
    words = "".join(f"<small>{html_line(line)}</small>" for line in row.words)
    return f"<tr>{images}{histograms}<td><b>{html_line(row.title)}</b>{words}</td></tr>"


def mean_chart(groups: dict[str, np.ndarray], space: str, place: int) -> alt.Chart:
    """Draw the mean histograms of one channel, a line a group.

    Args:
        groups: name -> (3, bins).
        space: a key of ``SPACES``.
        place: of the channel.
    """
    channel, (low, high) = SPACES[space].channels[place], SPACES[space].ranges[place]
    rows = [
        (group, low + (bin_ + 0.5) * (high - low) / table.shape[1], fraction)
        for group, table in groups.items()
        for bin_, fraction in enumerate(table[place])
    ]
    frame = pd.DataFrame(rows, columns=["group", "value", "fraction"])
    legend = alt.Legend(
        orient="top", columns=1, title=None, symbolType="stroke", symbolStrokeWidth=3
    )
    dashes = alt.Scale(domain=list(groups), range=[[1, 0], [5, 3], [2, 2]][: len(groups)])
    return (
        alt.Chart(frame)
        .mark_line(interpolate="step", strokeWidth=2)
        .encode(
            x=alt.X("value:Q", title=channel, axis=alt.Axis(tickCount=5)),
            y=alt.Y("fraction:Q", title="fraction of the pixels", axis=alt.Axis(format="%")),
            color=alt.Color("group:N", scale=alt.Scale(domain=list(groups)), legend=legend),
            strokeDash=alt.StrokeDash("group:N", legend=legend, scale=dashes),
            tooltip=[
                "group:N",
                alt.Tooltip("value:Q", format=".1f", title=channel),
                alt.Tooltip("fraction:Q", format=".1%"),
            ],
        )
        .properties(title=f"Mean histogram: {channel}", height=MEANS_HEIGHT)
    )

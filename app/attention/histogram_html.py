"""Colour intensity histograms as images, and the rows of the page; pure, no Streamlit."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import altair as alt
import numpy as np
import pandas as pd

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


@dataclass(frozen=True)
class Line:
    """An image's row.

    Attributes:
        overlay: data URI of the image under its map.
        region: data URI of what the map highlights.
        region_shares: (3, bins), of the highlighted pixels; NaN where there are none.
        whole_shares: (3, bins), of all pixels.
        title: name of the image.
        words: further lines, such as the prediction and the distances.
    """

    overlay: str
    region: str
    region_shares: np.ndarray
    whole_shares: np.ndarray
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
        f"<rect x='{x:.1f}' y='{HIGH * (1 - share / peak):.1f}' width='{WIDE / count + 0.3:.1f}' "
        f"height='{HIGH * share / peak:.1f}'/>"
        for x, share in zip(left, np.nan_to_num(region), strict=True)
        if share > 0
    )
    steps = " ".join(
        f"{x:.1f},{HIGH * (1 - share / peak):.1f} {x + WIDE / count:.1f},"
        f"{HIGH * (1 - share / peak):.1f}"
        for x, share in zip(left, whole, strict=True)
    )
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 -2 {WIDE} {HIGH + 4}' "
        f"width='{WIDE}' height='{HIGH + 4}'><g fill='{fill}'>{bars}</g>"
        f"<polyline points='{steps}' fill='none' stroke='#888' stroke-width='1.6'/>"
        f"<path d='M0,{HIGH} H{WIDE}' stroke='#888' stroke-width='1'/></svg>"
    )
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def lines_html(lines: Sequence[Line], space: str) -> str:
    """Lay rows out as a table for ``st.html``; every text in it is escaped."""
    channels = SPACES[space].channels
    heads = "".join(f"<th>{escape(name)}</th>" for name in ("map", "region", *channels, ""))
    body = "".join(_line_html(line, channels) for line in lines)
    style = (
        ".colours{border-collapse:collapse;font-size:.8rem}"
        ".colours th,.colours td{border:0;padding:4px 8px;"
        "text-align:left;vertical-align:middle;font-weight:400}.colours th{opacity:.75}"
        ".colours img{display:block;border-radius:4px}.colours small{display:block;opacity:.8}"
        ".colours td:last-child{min-width:9rem;overflow-wrap:anywhere}"
    )
    return (
        f'<style>{style}</style><div style="overflow-x:auto"><table class="colours">'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _line_html(line: Line, channels: Sequence[str]) -> str:
    images = "".join(
        f'<td><img src="{source}" width="{TILE}" height="{TILE}" alt="{escape(alt_text)}"></td>'
        for source, alt_text in (
            (line.overlay, f"map on {line.title}"),
            (line.region, f"region of {line.title}"),
        )
    )
    histograms = "".join(
        f'<td><img class="histogram" width="{WIDE}" alt="histogram of {escape(name)} in '
        f'{escape(line.title)}" src="{histogram_image(region, whole, FILLS[name])}"></td>'
        for name, region, whole in zip(channels, line.region_shares, line.whole_shares, strict=True)
    )
    said = "".join(f"<small>{escape(words)}</small>" for words in line.words)
    return f"<tr>{images}{histograms}<td><b>{escape(line.title)}</b>{said}</td></tr>"


def mean_chart(groups: dict[str, np.ndarray], space: str, place: int) -> alt.Chart:
    """Draw the mean histograms of one channel, a line a group.

    Args:
        groups: name -> (3, bins).
        space: a key of ``SPACES``.
        place: of the channel.
    """
    channel, (low, high) = SPACES[space].channels[place], SPACES[space].ranges[place]
    rows = [
        (group, low + (bin_ + 0.5) * (high - low) / table.shape[1], share)
        for group, table in groups.items()
        for bin_, share in enumerate(table[place])
    ]
    frame = pd.DataFrame(rows, columns=["group", "value", "share"])
    legend = alt.Legend(
        orient="top", columns=2, title=None, symbolType="stroke", symbolStrokeWidth=3
    )
    dashes = alt.Scale(domain=list(groups), range=[[1, 0], [5, 3], [2, 2]][: len(groups)])
    return (
        alt.Chart(frame)
        .mark_line(interpolate="step", strokeWidth=2)
        .encode(
            x=alt.X("value:Q", title=channel, axis=alt.Axis(tickCount=5)),
            y=alt.Y("share:Q", title="share of the pixels", axis=alt.Axis(format="%")),
            color=alt.Color("group:N", sort=None, legend=legend),
            strokeDash=alt.StrokeDash("group:N", sort=None, legend=legend, scale=dashes),
            tooltip=[
                "group:N",
                alt.Tooltip("value:Q", format=".1f", title=channel),
                alt.Tooltip("share:Q", format=".1%"),
            ],
        )
        .properties(height=230)
    )

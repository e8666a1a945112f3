"""Lines under a film: focus, and similarity to the epoch before."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from app.drawing.charts import track_chart
from app.parts.chart import draw_chart
from app.parts.grids import View
from app.progression.key_epochs import similarity_by_epoch
from app.progression.reel import Reel
from saliencnn.common.shown import LONGEST_NAME, one_line
from saliencnn.common.terms import ON_OBJECT, define

TRACKS = {
    "focus": f"Of this image: fraction of the map's energy {ON_OBJECT}.",
    "similarity": "Of this image: similarity (SSIM) to the map of the epoch before. A dip is a "
    "change.",
}
SAME = 0.005
"""Lines that differ by less everywhere lie on each other: they are drawn as one, with all names."""


def draw_tracks(reels: Sequence[Reel], view: View, chosen: int, key: str) -> None:
    """Draw a number per method and run over the epochs, where there are at least two.

    Args:
        reels: the runs' maps.
        view: whose methods.
        chosen: the epoch to mark.
        key: of the place on the page, unique.
    """
    found = {name: track_frame(reels, view, name) for name in TRACKS}
    drawn = {name: frame for name, frame in found.items() if frame["epoch"].nunique() > 1}
    if not drawn:
        return
    # The names of two runs' lines are long: their charts stand below each other.
    columns = st.columns(len(drawn)) if len(reels) == 1 else [st.container() for _ in drawn]
    for column, (name, frame) in zip(columns, drawn.items(), strict=True):
        with column:
            draw_chart(track_chart, frame, name, chosen, key=f"{key}-{name}")
            st.caption(TRACKS[name], help=define("energy" if name == "focus" else "SSIM"))


def track_frame(reels: Sequence[Reel], view: View, name: str) -> pd.DataFrame:
    """Return a track with the columns method, epoch and value; lines that coincide are one."""
    lines = {
        _label(reel, view.label(method)): _values(reel, method, name)
        for method in view.methods
        for reel in reels
    }
    rows = [
        (" = ".join(names), epoch, value)
        for names, values in merge_lines(lines)
        for epoch, value in sorted(values.items())
    ]
    return pd.DataFrame(rows, columns=["method", "epoch", "value"])


def merge_lines(lines: dict[str, dict[int, float]]) -> list[tuple[list[str], dict[int, float]]]:
    """Return lines with their names; those that lie on each other stand together."""
    merged: list[tuple[list[str], dict[int, float]]] = []
    for name, values in lines.items():
        for names, known in merged:
            if values.keys() == known.keys() and all(
                abs(values[epoch] - known[epoch]) < SAME for epoch in known
            ):
                names.append(name)
                break
        else:
            merged.append(([name], values))
    return merged


def _label(reel: Reel, label: str) -> str:
    return f"{label} · {one_line(reel.name, LONGEST_NAME)}" if reel.name else label


def _values(reel: Reel, method: str, name: str) -> dict[int, float]:
    if name == "similarity":
        return similarity_by_epoch(reel.history, method)
    focus = reel.history.focus.get(method, {})
    return {epoch: value for epoch, value in focus.items() if np.isfinite(value)}

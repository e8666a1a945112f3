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
"""Lines that differ by less everywhere lie on each other."""
COVERED = " Lines with equal numbers lie on each other; their maps may still differ."


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
            covered = COVERED if find_covered(frame) else ""
            help_text = define("energy" if name == "focus" else "SSIM")
            st.caption(TRACKS[name] + covered, help=help_text)


def track_frame(reels: Sequence[Reel], view: View, name: str) -> pd.DataFrame:
    """Return a track with the columns method, epoch and value; a line a method and run."""
    rows = [
        (_label(reel, view.label(method)), epoch, value)
        for method in view.methods
        for reel in reels
        for epoch, value in sorted(_values(reel, method, name).items())
    ]
    return pd.DataFrame(rows, columns=["method", "epoch", "value"])


def find_covered(frame: pd.DataFrame) -> list[str]:
    """Return the lines of a track that lie on one that is named before them."""
    values = frame.pivot(index="epoch", columns="method", values="value")
    names, covered = [*frame["method"].unique()], []
    for place, name in enumerate(names):
        rest = values[names[:place]]
        alike = np.isclose(rest, values[[name]], rtol=0, atol=SAME, equal_nan=True)
        if alike.all(axis=0).any():
            covered.append(name)
    return covered


def _label(reel: Reel, label: str) -> str:
    return f"{label} · {one_line(reel.name, LONGEST_NAME)}" if reel.name else label


def _values(reel: Reel, method: str, name: str) -> dict[int, float]:
    if name == "similarity":
        return similarity_by_epoch(reel.history, method)
    focus = reel.history.focus.get(method, {})
    return {epoch: value for epoch, value in focus.items() if np.isfinite(value)}

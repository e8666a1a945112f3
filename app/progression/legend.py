"""What colours, lines and marks on the Progression page mean."""

import streamlit as st

from app.drawing.grid_html import legend_html
from app.parts.grids import View
from saliencnn.models.spec import SCORES
from saliencnn.saliency import METHODS

PIXEL_MAPS = (
    " Maps of single pixels have no contour lines and are scaled by their 99th percentile, which "
    "1% of the pixels exceed."
)
ONE_MAP = " Methods joined by = give the same map on this network, which is drawn once."
WITH_CAM = (
    " CAM also holds what speaks against the class, which is not drawn, so checks may judge it "
    "differently."
)
CHECKED = (
    " Under a method's name: how many sanity checks it passes (✓), how many are borderline (~) and "
    "how many it fails (✗), and what to do with its maps; the Trust page says why."
)


def draw_legend(view: View, score: str, runs: int = 1) -> None:
    """Draw the colour scale and say how the maps of one run, or of several, are to be read."""
    named = [one for method in view.methods for one in view.drawn_as(method)]
    st.html(legend_html(view.threshold, view.methods))
    st.caption(
        "Bright parts speak for this class; lines stand for fractions of the maximum. "
        "Click a map, or press Enter on it, to enlarge it, to swipe between two and to save it. "
        "Maps are scaled "
        + ("by one maximum over all epochs." if view.jointly else "by each map's own maximum.")
        + (ONE_MAP if view.alike else "")
        + (WITH_CAM if view.alike and "cam" in named else "")
        + (PIXEL_MAPS if any(METHODS[method].family == "input" for method in view.methods) else "")
        + (CHECKED if runs == 1 and any(one in view.trust for one in named) else ""),
        help=f"They raise {SCORES[score]}.",
    )

"""The table of how maps of missed images differ from those of correct ones, network by network."""

import pandas as pd
import streamlit as st

from app.parts.columns import header_width
from pipelines.comparison.differences import explain_differences, list_differences
from saliencnn.findings.telling import Means, Shifts

COLUMNS = {
    "number": st.column_config.TextColumn(width=108),
    "missed ones": st.column_config.TextColumn(width=106),
    "if missed": st.column_config.TextColumn(
        width=96,
        help="Mean over the missed images, and how many of all explained ones these are: one image "
        "may be missed by one network and right with another.",
    ),
    "if correct": st.column_config.TextColumn(
        width=96,
        help="Mean over the correct images, and how many of all explained ones these are.",
    ),
    "95% interval": st.column_config.TextColumn(
        width=116,
        help="Of the difference of both means, the missed images' less the correct ones'.",
    ),
}
"""All but the network's; with short names all are seen in a window 1,024 pixels wide."""
NAME, WIDEST = 122, 180
"""Pixels of a network's name at least and at most."""


def draw_differences(shifts: Shifts, means: Means, images: int) -> None:
    """Draw each number's mean over correct and over missed images, and how they differ."""
    lines = list_differences(shifts, means, images)
    if not lines:
        st.caption("No network has a map that is not empty: there is nothing to compare.")
        return
    longest = max(header_width(line["network"]) for line in lines)
    name = st.column_config.TextColumn(width=min(max(longest, NAME), WIDEST), pinned=True)
    columns = {**COLUMNS, "network": name}
    st.dataframe(pd.DataFrame(lines), hide_index=True, column_config=columns)
    st.caption(explain_differences(shifts))

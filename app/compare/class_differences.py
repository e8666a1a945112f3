"""The table of how maps of missed images differ from those of correct ones, network by network."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from app.parts.columns import header_width
from saliencnn.common.sentences import say_all, say_interval
from saliencnn.findings.map_errors import NUMBERS, describe_difference
from saliencnn.measures.groups import MIN_GROUP, Estimate

COLUMNS = {
    "number": st.column_config.TextColumn(width=108),
    "missed ones": st.column_config.TextColumn(width=106),
    "if missed": st.column_config.TextColumn(
        width=80, help="Mean over the missed images, and how many these are."
    ),
    "if correct": st.column_config.TextColumn(
        width=84, help="Mean over the correct images, and how many these are."
    ),
    "95% interval": st.column_config.TextColumn(
        width=124,
        help="Of the difference of both means, the missed images' less the correct ones'.",
    ),
}
"""All but the network's; with short names all are seen in a window 1,024 pixels wide."""
NAME, WIDEST = 122, 180
"""Pixels of a network's name at least and at most."""


def draw_differences(
    shifts: Mapping[tuple[str, str], Estimate], means: Mapping[tuple[str, str], tuple[float, float]]
) -> None:
    """Draw each number's mean over correct and over missed images, and how they differ."""
    lines = []
    # What says something comes first.
    for (name, number), shift in sorted(shifts.items(), key=lambda one: _rank(one[1])):
        missed, right = means[name, number]
        lines.append(
            {
                "network": name,
                "number": number,
                "missed ones": describe_difference(shift),
                "if missed": _write_mean(missed, shift.failed),
                "if correct": _write_mean(right, shift.correct),
                "95% interval": (
                    say_interval(shift.low, shift.high, 2, sign="+") if shift.enough else ""
                ),
            }
        )
    if not lines:
        st.caption("No network has a map that is not empty: there is nothing to compare.")
        return
    longest = max(header_width(line["network"]) for line in lines)
    name = st.column_config.TextColumn(width=min(max(longest, NAME), WIDEST), pinned=True)
    columns = {**COLUMNS, "network": name}
    st.dataframe(pd.DataFrame(lines), hide_index=True, column_config=columns)
    told = sum(shift.enough for shift in shifts.values())
    shown = {number for _, number in shifts}
    meanings = " ".join(
        f"{name.capitalize()}: {words}." for name, words in NUMBERS.items() if name in shown
    )
    together = (
        f" The intervals are wide enough for {say_all(told)} comparisons "
        "at once: with 95% all of them hold."
        if told > 1
        else ""
    )
    st.caption(
        "Where missed images differ from correct ones; in brackets the images behind each mean. "
        f"{meanings} An interval that contains 0 "
        f"means that the difference may be chance.{together} "
        f"Nothing is said from fewer than {MIN_GROUP} images on either side."
    )


def _rank(shift: Estimate) -> tuple[bool, bool]:
    return not (shift.enough and shift.excludes(0)), not shift.enough


def _write_mean(mean: float, images: int) -> str:
    return f"{mean:.2f} ({images})" if np.isfinite(mean) else ""

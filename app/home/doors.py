"""What this program is, in two sentences, and the three questions that it answers."""

import streamlit as st

from app.parts.columns import roomy_columns

WHAT = (
    "saliencnn shows what your CNNs learn while they train, so that you can throw away those that "
    "learned the wrong thing and choose between many. Each run below keeps its numbers and its "
    "saliency maps, which show the parts of an image that a prediction comes from."
)
DOORS = (
    (
        "Did it learn the right thing?",
        "See where it looks, epoch by epoch, and how far the maps can be trusted.",
        "views/progression.py",
        ":material/visibility:",
    ),
    (
        "Which network should I take?",
        "Compare accuracy, cost, and what each network looks at.",
        "views/compare.py",
        ":material/compare:",
    ),
    (
        "Retrain it",
        "Change settings or take a proposal, queue it, and see before and after.",
        "views/retrain.py",
        ":material/model_training:",
    ),
)
"""A question, what answers it, its page and its icon."""
MIN_WIDTH = 220
"""Pixels that a door needs."""


def draw_doors() -> None:
    """Draw what the program is and where to go."""
    st.markdown(WHAT)
    columns = roomy_columns("doors", [1, 1, 1], MIN_WIDTH)
    for column, (question, answer, page, icon) in zip(columns, DOORS, strict=True):
        with column.container(border=True, height="stretch"):
            st.page_link(page, label=f"**{question}**", icon=icon)
            st.caption(answer)

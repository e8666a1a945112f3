"""How a task's maps are computed, drawn and compared: the controls beside them."""

import streamlit as st

from app.compare.state import STATE, change_task
from app.parts.shared_choice import show
from saliencnn.measures.similarity import MEASURES
from saliencnn.saliency import METHODS


def choose_methods() -> None:
    """Let the person choose the maps' methods and the threshold of their regions, side by side."""
    task = STATE.get().task
    methods, threshold = st.columns([3, 2], gap="medium")
    methods.multiselect(
        "Methods",
        list(METHODS),
        default=list(task.methods),
        key=show("task-methods", list(task.methods)),
        format_func=lambda method: METHODS[method].label,
        on_change=lambda: change_task(methods=tuple(st.session_state["task-methods"])),
        select_all=False,
        help="How saliency maps are computed: see What each method shows.",
    )
    threshold.slider(
        "Region threshold",
        0.0,
        1.0,
        value=task.threshold,
        step=0.05,
        key=show("task-threshold", task.threshold),
        on_change=lambda: change_task(threshold=float(st.session_state["task-threshold"])),
        help="The region is where a map reaches this fraction of its maximum.",
    )


def choose_rule() -> None:
    """Let the person choose by which number maps are compared."""
    task = STATE.get().task
    st.selectbox(
        "Similarity rule",
        list(MEASURES),
        index=list(MEASURES).index(task.rule),
        key=show("task-rule", task.rule),
        format_func=lambda rule: MEASURES[rule].label,
        on_change=lambda: change_task(rule=st.session_state["task-rule"]),
        help=MEASURES[task.rule].meaning,
    )

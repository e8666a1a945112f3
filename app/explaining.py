"""Explanations of a comparison task: the table, the maps' likeness, and what lies behind them."""

import streamlit as st

from app import evaluated
from app.rows import describe, rows_of
from app.task import Task
from app.widgets import plain
from pipelines.store.connection import Store


def draw_explanations(store: Store, task: Task) -> None:
    """Draw a task's explanations; before it is complete, what the methods do.

    Args:
        store: where the evaluations are.
        task: what the person wants to compare.
    """
    if task.missing:
        st.info(task.missing, icon=":material/checklist:")
        return
    classes = evaluated.class_set(store, store.uri, task.models[0]).classes
    rows = rows_of(store, task)
    if not rows:
        st.info("No picture was evaluated of these classes; choose others.", icon="🖼️")
        return
    targets = dict.fromkeys(classes[row.question.target] for row in rows)
    st.caption(f"All maps explain: {plain(', '.join(targets))}.")
    st.dataframe(describe(rows, classes), hide_index=True)

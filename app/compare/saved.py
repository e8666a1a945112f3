"""Comparison tasks saved by name; one is opened as if its link were followed."""

from collections.abc import Mapping

import streamlit as st

from app.compare.state import STATE, state_to_query
from app.parts.shared_choice import name_in
from app.parts.widgets import plain, say_error
from app.parts.writing import may_write, save_comparison
from app.reads import stored_evaluations
from pipelines.comparison.groups import Group
from saliencnn.common.shown import tell_apart
from saliencnn.store.connection import Store
from saliencnn.store.saved_tasks import MAX_TASK_NAME_LENGTH, SavedTask


def open_and_save(store: Store, group: Group) -> None:
    """Let the person save the task by name and open those that were saved."""
    saved = {task.name: task for task in stored_evaluations.saved_tasks(store)}
    with st.expander("Saved tasks"):
        if may_write():
            _save(store, group, saved)
        st.selectbox(
            "Open a task",
            sorted(saved, key=str.casefold),
            index=None,
            key="task-open",
            format_func=name_in(tell_apart({name: name for name in saved}, MAX_TASK_NAME_LENGTH)),
            placeholder="Search tasks" if saved else "No saved tasks yet",
            disabled=not saved,
            on_change=lambda: _open(saved),
        )


def _save(store: Store, group: Group, saved: dict[str, SavedTask]) -> None:
    """Take a name and save the task under it; it is then among those to be opened."""
    with st.form("task-save", border=False, clear_on_submit=True):
        name = st.text_input("Save this task as", max_chars=MAX_TASK_NAME_LENGTH, key="task-name")
        if st.form_submit_button("Save", icon=":material/bookmark_add:"):
            try:
                kept = save_comparison(store, name, state_to_query(group))
            except Exception as error:
                st.error(plain(say_error(error)))
            else:
                stored_evaluations.saved_tasks.clear()
                saved[kept.name] = kept
                st.success(f"Saved as {plain(kept.name)}.", icon=":material/check:")


def _open(saved: Mapping[str, SavedTask]) -> None:
    name = st.session_state["task-open"]
    if name in saved:
        STATE.follow(saved[name].query)
    st.session_state["task-open"] = None

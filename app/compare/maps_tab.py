"""The tab Maps: the task's answer, or what is still to be chosen for one."""

import streamlit as st

from app.compare.asking import choose_kind
from app.compare.class_search import offer_classes
from app.compare.examples import draw_examples
from app.compare.explaining import draw_explanations
from app.compare.state import STATE, best_networks, change_task
from app.compare.supplement import draw_rankings
from app.parts.widgets import guarded
from app.reads import stored_evaluations
from pipelines.comparison.groups import Group
from pipelines.comparison.task import Task
from saliencnn.store.connection import Store


def draw_maps(store: Store, task: Task, group: Group) -> None:
    """Draw a complete task; before, what it lacks, classes to begin with, and the methods."""
    if not task.missing:
        draw_explanations(store, task, group)
        return
    if not task.classes:
        choose_kind(offer_classes(store, group), group)
    row = st.container(horizontal=True, vertical_alignment="center")
    lacking = task.missing
    if not task.models and not task.classes:
        lacking = "Tick a class below, or search for one at the left: networks are chosen with it."
    row.info(lacking, icon=":material/checklist:")
    if not task.models:
        best = best_networks(group, task.kind)
        row.button(
            f"Take the {len(best)} most accurate" if len(best) > 1 else "Take the most accurate",
            key="compare-best",
            on_click=lambda: change_task(models=best),
        )
    if not task.classes:
        st.subheader("Classes to begin with")
        tables = stored_evaluations.class_tables(store, group.run_ids)
        with guarded():
            draw_rankings(store, tables, group, task, STATE.get().root)
    st.subheader("What each method shows")
    draw_examples(store, group, task.models or group.run_ids)

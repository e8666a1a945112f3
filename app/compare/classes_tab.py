"""The tab Classes: on which classes networks are right, and which they confuse."""

from app.compare.confused_pair import draw_confused
from app.compare.graph import draw_distribution
from app.compare.leaves import draw_leaves
from app.compare.state import STATE
from app.compare.supplement import draw_accuracies, draw_rankings
from app.parts.columns import roomy_columns
from app.parts.widgets import guarded
from app.reads import stored_evaluations
from pipelines.comparison.groups import Group
from pipelines.comparison.task import Task
from saliencnn.store.connection import Store

MIN_WIDTH = 440
"""Pixels that the bars and the points need."""


def draw_classes(store: Store, task: Task, group: Group) -> None:
    """Draw how networks differ on classes, then one network's classes, and which it confuses."""
    tables = stored_evaluations.class_tables(store, group.run_ids)
    with guarded():
        draw_rankings(store, tables, group, task, STATE.get().root)
    left, right = roomy_columns("compare-classes", [1, 1], MIN_WIDTH)
    with left, guarded():
        draw_leaves(store, task, group)
    # Beside the bars: what a click on one brings must not move what was clicked.
    with right, guarded():
        draw_accuracies(tables, group, task)
    with guarded():
        draw_confused(store, group, task)
    with guarded():
        draw_distribution(store, group, task)

"""The report of what Compare shows: it begins with what the person has before them."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from app.compare.state import STATE
from app.compare.task_rows import PART, TABLE
from app.parts.obtaining import AT_ONCE
from app.parts.report import offer_file
from app.reads import stored_evaluations
from pipelines.comparison.asked import Question, find_question
from pipelines.comparison.class_maps import request_maps
from pipelines.comparison.groups import Group
from pipelines.comparison.rows import rows_of
from pipelines.comparison.task import Task
from pipelines.comparison.view import View
from pipelines.computing.asking import compute, compute_slowly
from pipelines.report.compared_lead import name_comparison
from pipelines.report.make import make_comparison
from saliencnn.store.connection import Store


def offer_comparison(store: Store, task: Task, group: Group) -> None:
    """Offer a report of what is shown.

    Args:
        store: where the evaluations are.
        task: what the person wants to compare.
        group: the evaluations.
    """
    view = read_view()
    read = partial(stored_evaluations.evaluated, store)
    rows = rows_of(task, group, read) if view.asked and not task.missing else []
    asked = find_question(view, task, group, rows, read)
    offer_file(
        name_comparison(task, group, view, asked),
        (*group.run_ids, task, view),
        _prepare(store, group, task, view, asked),
        "accuracies and costs, the task's maps and how similar they are",
    )


def read_view() -> View:
    """Return what the person looks at."""
    now = STATE.get()
    clicked = st.session_state.get(TABLE, {}).get("selection", {}).get("cells", ())
    row = (st.session_state.get(PART) or 0) + (clicked[0][0] if clicked else 0)
    return View(now.tab, now.root, now.rank, now.subject, now.asked, row)


def _prepare(
    store: Store, group: Group, task: Task, view: View, asked: Question | None
) -> Callable[[], str]:
    """Return what makes the report; it waits where many maps do that are not stored yet."""
    kept = stored_evaluations.kept_maps(store)

    def make() -> str:
        wanted = []
        if asked:
            labels = stored_evaluations.evaluated(store, asked.infos[0]).index.labels
            wanted = request_maps(asked.infos, asked.subject.images, labels)
        missing = len(wanted) - len(kept.find(wanted, [asked.method])) if asked else 0
        begin = compute_slowly if missing > AT_ONCE else compute
        return begin(make_comparison, store, group, task, view)

    return make

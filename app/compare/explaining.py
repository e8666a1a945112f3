"""A complete task: what is asked of many images, and below it the task's own rows."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from app.attention.subjects import read_subjects
from app.compare.asking import ask
from app.compare.class_level import draw_level
from app.compare.class_search import offer_classes
from app.compare.method_choice import choose_methods
from app.compare.state import STATE
from app.compare.task_rows import PART, TABLE, draw_rows
from app.parts.scrolling import scroll_to_top
from app.parts.widgets import plain
from app.reads import stored_evaluations, stored_images
from pipelines.comparison.asked import defined_methods
from pipelines.comparison.groups import Group
from pipelines.comparison.rows import MAX_IMAGES, Row, rows_of
from pipelines.comparison.subject import Subject
from pipelines.comparison.task import Task
from saliencnn.common.sentences import list_quoted, quote
from saliencnn.store.connection import Store


def draw_explanations(store: Store, task: Task, group: Group) -> None:
    """Draw a complete task's answer, its table of maps, and what can be seen closer.

    Where the person asks of many images, their answer comes first, and the task's own rows below.

    Args:
        store: where the evaluations are.
        task: what the person wants to compare.
        group: the evaluations to choose from.
    """
    answer, asking = st.container(), st.container()
    choose_methods()
    of_many, of_rows = st.container(), st.container()
    heading = of_rows.container()
    with of_rows:
        rows = _choose_page(rows_of(task, group, partial(stored_evaluations.evaluated, store)))
    if not rows:
        st.info("None of the evaluated images is of these classes; choose others.", icon="🖼️")
        return
    methods = defined_methods(task, rows)
    infos = list({row.request.info.run_id: row.request.info for row in rows}.values())
    names = [group.names[info.run_id] for info in infos]
    run_ids, true = [info.run_id for info in infos], rows[_find_clicked(rows)].true
    chosen = STATE.get().subject
    subjects = read_subjects(store, group.class_set, run_ids, true, chosen, anywhere=True)
    with asking:
        asked = ask(subjects, infos, names, methods, offer_classes(store, group), group)
    with answer:  # before the maps are waited for
        scroll_to_top(f"{task.classes} {asked.subject.key if asked else ''}")
        _say_without(store, task, group)
    if asked:
        heading.subheader(_head_rows(task, rows, group.class_set.classes, asked.subject))
    with of_rows:
        draw_rows(store, task, group, rows, methods, subjects, heading if asked else answer)
    if asked:
        with of_many:
            draw_level(store, asked, task.threshold, answer)


def _say_without(store: Store, task: Task, group: Group) -> None:
    """Say which classes that were just chosen have no image; another one is shown then."""
    labels = stored_images.image_index(store, group.images_id).labels
    without = [one for one in STATE.get().added if one in task.classes and one not in labels]
    if without:
        names = list_quoted([group.class_set.classes[one] for one in without])
        st.markdown(f"**None of the evaluated images is of {plain(names)}.**")


def _head_rows(task: Task, rows: Sequence[Row], classes: Sequence[str], asked: Subject) -> str:
    """Return what heads the task's own rows below the answer about many images."""
    if task.kind != "image":
        return "Image by image"
    # What is asked of may be a kind of thing that the chosen class is not of.
    example = "For example" if asked.class_name == classes[rows[0].true] else "Chosen"
    return f"{example}, one image of {plain(quote(classes[rows[0].true]))}"


def _find_clicked(rows: Sequence[Row]) -> int:
    """Return the row of which a cell is clicked, the first without any."""
    selection = st.session_state.get(TABLE, {}).get("selection", {})
    cells = [cell for cell in selection.get("cells", ()) if cell[0] < len(rows)]
    return cells[0][0] if cells else 0


def _choose_page(rows: list[Row]) -> list[Row]:
    """Let the person choose which rows to see, where there are more than a table holds."""
    if len(rows) <= MAX_IMAGES:
        return rows
    starts = range(0, len(rows), MAX_IMAGES)
    start = st.segmented_control(
        "Images",
        list(starts),
        default=0,
        required=True,
        format_func=lambda first: f"{first + 1} – {min(first + MAX_IMAGES, len(rows))}",
        key=PART,
        bind="query-params",
    )
    return rows[start : start + MAX_IMAGES]

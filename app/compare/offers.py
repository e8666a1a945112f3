"""What a task leaves out, offered in one click: networks, other classes, and why they err."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.compare.class_level import LEVEL
from app.compare.state import change_task
from app.parts.widgets import plain
from pipelines.comparison.groups import Group
from pipelines.comparison.rows import Row
from pipelines.comparison.task import MAX_CLASSES, Task
from saliencnn.common.sentences import count, quote
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.measures.groups import MIN_GROUP

MAX_OFFERED = 2
"""Classes that are offered to be explained."""


def offer_others(row: DeltaGenerator, task: Task, group: Group) -> None:
    """Say how many networks the task leaves out, if any, and offer to add those that fit."""
    left = len(group.models) - len(task.models)
    if not left:
        return
    row.caption(
        f"{len(task.models)} of {count(len(group.models), 'network', 'networks')} shown",
        width="content",
    )
    added = [one for one in group.run_ids if one not in task.models]
    added = added[: task.max_models - len(task.models)]
    if added:
        row.button(
            f"Add the other {left}" if len(added) == left else f"Add {len(added)} more",
            key="compare-others",
            type="tertiary",
            on_click=lambda: change_task(models=(*task.models, *added)),
        )


def offer_other_classes(
    row: DeltaGenerator, task: Task, rows: Sequence[Row], classes: Sequence[str]
) -> None:
    """Say which class the maps explain, and offer the others that are true or predicted.

    Args:
        row: where they stand.
        task: of many networks on one image.
        rows: one a network.
        classes: names of the classes.
    """
    target, true = rows[0].request.target, rows[0].true
    others = dict.fromkeys([true, *(one.predicted for one in rows)])
    others.pop(target, None)
    if not others:
        return
    row.caption(f"The maps explain {plain(quote(classes[target], LONGEST_NAME))}", width="content")
    for other in [*others][:MAX_OFFERED]:
        row.button(
            f"Explain {plain(quote(classes[other], LONGEST_NAME))} instead",
            key=f"compare-explain-{other}",
            type="tertiary",
            icon=":material/swap_horiz:",
            help="The first class of the task is the one that all maps explain.",
            on_click=_explain,
            args=(other, task.classes),
        )


def offer_explaining_errors(row: DeltaGenerator, rows: Sequence[Row]) -> None:
    """Offer to find out whether what networks look at explains their errors on a class.

    Args:
        row: where it stands.
        rows: of the task; where all have too few missed or correct images, nothing can be said.
    """
    fewer = (min(one.right_on_like, one.like - one.right_on_like) for one in rows)
    if st.session_state.get(LEVEL) or max(fewer) < MIN_GROUP:
        return
    row.button(
        "Does what is looked at explain the errors?",
        key="compare-explain-errors",
        type="tertiary",
        icon=":material/troubleshoot:",
        help="Explains the class's missed images and its correct ones, and compares them.",
        on_click=_explain_errors,
    )


def _explain_errors() -> None:
    st.session_state[LEVEL] = True


def _explain(target: int, classes: tuple[int, ...]) -> None:
    """Put a class first; the image's own one stays among them, and so the image."""
    change_task(classes=(target, *(one for one in classes if one != target))[:MAX_CLASSES])

"""What a task leaves out, offered in one click: networks and other classes."""

from collections.abc import Sequence

from streamlit.delta_generator import DeltaGenerator

from app.compare.state import STATE, change_task
from app.parts.widgets import plain
from pipelines.comparison.groups import Group
from pipelines.comparison.kinds import pick_subject
from pipelines.comparison.rows import Row
from pipelines.comparison.subject import Subject
from pipelines.comparison.task import MAX_CLASSES, Task
from saliencnn.common.sentences import count, quote
from saliencnn.common.shown import LONGEST_NAME

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


def offer_all_images(
    row: DeltaGenerator, rows: Sequence[Row], subjects: Sequence[Subject], alone: bool = False
) -> None:
    """Offer, where some network is wrong on an image, to ask the same of many images like it.

    Args:
        row: where it stands.
        rows: one a network.
        subjects: what may be asked of; nothing is offered where none tells enough.
        alone: whether the row says that the class alone cannot tell, of whichever image.
    """
    chosen = STATE.get().subject
    subject = pick_subject(subjects, chosen)
    if subject is not None and not subject.enough:
        chosen, subject = "", pick_subject(subjects, "")
    if STATE.get().asked or subject is None or not subject.enough:
        return
    if all(one.correct for one in rows) and not alone:
        return
    look = "they look" if len(rows) > 1 else "it looks"
    where = f"Where {look} when wrong on {subject.things}"
    row.button(
        plain(f"Ask it of {subject.things}" if alone else where),
        key="compare-ask-all",
        type="tertiary",
        icon=":material/arrow_forward:",
        help=f"One image proves little; {subject.sampled} may tell whether what is looked at has "
        "to do with being wrong.",
        on_click=lambda: STATE.update(subject=chosen, asked=True),
    )


def offer_other_classes(
    row: DeltaGenerator,
    task: Task,
    rows: Sequence[Row],
    classes: Sequence[str],
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


def _explain(target: int, classes: tuple[int, ...]) -> None:
    """Put a class first; the image's own one stays among them, and so the image."""
    change_task(classes=(target, *(one for one in classes if one != target))[:MAX_CLASSES])

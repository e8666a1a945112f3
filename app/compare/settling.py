"""What a link asks Compare for, made of what there is: also the image, which classes decide."""

import numpy as np

from app.compare.class_search import ClassOptions, offer_classes
from app.compare.state import STATE, begin, change_task, choose_image, settle
from app.reads import stored_evaluations, stored_images
from pipelines.comparison.groups import Group
from pipelines.comparison.rows import most_disputed
from pipelines.comparison.subject_keys import EVERYTHING, all_of, kind_of
from pipelines.comparison.task import Task
from pipelines.comparison.view import MAPS, View, view_from_query
from saliencnn.store.connection import Store


def settle_all(store: Store, group: Group) -> None:
    """Settle the state, and keep the image among those of the classes.

    Without a choice it is the most disputed one, of the classes that were chosen last.
    """
    link = view_from_query(STATE.link())
    task = settle(group).task
    if link.asked and link.tab == MAPS and not task.classes and task.image is None:
        _begin_asked(store, group, link)
    task = STATE.get().task
    if task.kind != "image":
        return
    labels = stored_images.image_index(store, group.images_id).labels
    if task.image is not None and not task.classes:
        change_task(classes=(int(labels[task.image]),))
    elif (
        task.models
        and task.classes
        and (task.image is None or labels[task.image] not in task.classes)
    ):
        last = [one for one in STATE.get().added if one in task.classes]
        of_some = (np.flatnonzero(np.isin(labels, some)) for some in (last, task.classes))
        images = next(filter(len, of_some), None)
        if images is None:
            change_task(image=None)
            return
        image = _most_disputed(store, task, images)
        choose_image(image, int(labels[image]))


def _begin_asked(store: Store, group: Group, link: View) -> None:
    """Choose classes for what a link asks of, of all where it says nothing; ask of nothing else."""
    subject = link.subject or (all_of(link.root) if link.root else EVERYTHING)
    classes = _find_classes(subject, offer_classes(store, group), group)
    if classes:
        begin(classes, group)
    STATE.update(subject=subject if classes else "", asked=bool(classes), given=classes)


def _find_classes(subject: str, offered: ClassOptions, group: Group) -> tuple[int, ...]:
    """Return the classes that show a subject; none of one that is not there."""
    if subject == EVERYTHING:
        return offered.of_all
    named = tuple(n for n, name in enumerate(group.class_set.classes) if name == subject)
    return named or offered.held.get(kind_of(subject), ())


def _most_disputed(store: Store, task: Task, images: np.ndarray) -> int:
    tables = [stored_evaluations.predictions(store, run_id).iloc[images] for run_id in task.models]
    right = np.stack([table["class_1"].to_numpy() == table["true"].to_numpy() for table in tables])
    return int(images[most_disputed(right)])

"""What a link asks Compare for, made of what there is: also the image, which classes decide."""

import numpy as np

from app.compare.class_search import offer_classes
from app.compare.state import STATE, begin, change_task, choose_image, settle
from app.reads import stored_evaluations, stored_images
from pipelines.comparison.groups import Group
from pipelines.comparison.rows import most_disputed
from pipelines.comparison.subjects import EVERYTHING, all_of, kind_of
from pipelines.comparison.task import Task
from saliencnn.store.connection import Store


def settle_all(store: Store, group: Group) -> None:
    """Settle the state, and keep the image among those of the classes.

    Without a choice it is the most disputed one.
    """
    followed = bool(STATE.link())
    now = settle(group)
    if followed and now.asked and not now.task.classes:
        _begin_asked(store, group)
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
        images = np.flatnonzero(np.isin(labels, task.classes))
        if not len(images):
            change_task(image=None)
            return
        image = _most_disputed(store, task, images)
        choose_image(image, int(labels[image]))


def _begin_asked(store: Store, group: Group) -> None:
    """Choose what a link asks of by a kind of thing alone, or, without one, of all classes."""
    now, offered = STATE.get(), offer_classes(store, group)
    kind = kind_of(now.subject) or now.root
    classes = offered.held.get(kind, ())
    # Two classes, so that nobody takes what is said of all of them for one class's.
    begin(classes or offered.classes[:2], group)
    STATE.update(subject=all_of(kind) if classes else EVERYTHING)


def _most_disputed(store: Store, task: Task, images: np.ndarray) -> int:
    tables = [stored_evaluations.predictions(store, run_id).iloc[images] for run_id in task.models]
    right = np.stack([table["class_1"].to_numpy() == table["true"].to_numpy() for table in tables])
    return int(images[most_disputed(right)])

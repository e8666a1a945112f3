"""What other networks say of a class's images that one network misses, with links to the images."""

import numpy as np
import streamlit as st

from app.compare.state import STATE, change_task
from app.parts.claims import write_small
from app.parts.widgets import plain
from app.reads import stored_evaluations
from pipelines.comparison.groups import Group
from pipelines.comparison.others import Missed, find_missed
from pipelines.comparison.task import Task
from saliencnn.common.sentences import count, join_words, quote
from saliencnn.common.shown import tell_apart
from saliencnn.data.image_index import ImageIndex
from saliencnn.store.connection import Store

MAX_NETWORKS = 6
"""Networks that are asked, a line each."""
MAX_LINKED = 6
"""Missed images that can be opened from here."""
LONGEST = 30
"""Characters of an image's name on its button."""


def draw_missed(store: Store, group: Group, task: Task, index: ImageIndex) -> None:
    """Draw what other networks say of the images that one network misses; nothing without any.

    Of many networks it is the one that misses most, unless the person chooses another.

    Args:
        store: where the evaluations are.
        group: the evaluations to choose from.
        task: complete.
        index: of the images.
    """
    now = STATE.get()
    asked = now.of_many.models if now.of_many and task.kind != "image" else group.run_ids
    others = task.models if task.kind == "image" else dict.fromkeys((*task.models, *asked))
    run_ids = [*others][:MAX_NETWORKS]
    tables = [stored_evaluations.predictions(store, run_id) for run_id in run_ids]
    true, predicted = index.labels, np.stack([one["class_1"].to_numpy() for one in tables])
    classes = task.classes if task.kind != "image" else (int(true[task.image or 0]),)
    of_classes = np.isin(true, classes)
    found = {
        run_id: find_missed(true, predicted, of_classes, place)
        for place, run_id in enumerate(run_ids)
        if run_id in task.models
    }
    found = {run_id: one for run_id, one in found.items() if len(one.images)}
    # What is said of one image alone is in the task's answer.
    if len(run_ids) < 2 or all(one.images.tolist() == [task.image] for one in found.values()):
        return
    names = {run_id: group.names[run_id] for run_id in run_ids}
    ranked = sorted(found, key=lambda run_id: -len(found[run_id].images))
    chosen = ranked[0] if len(ranked) == 1 else _choose(ranked, found, names, classes)
    missed, of = found[chosen], join_words([quote(index.classes[one]) for one in classes], 3)
    # What one network says of a class is in the task's answer.
    own = "" if task.kind == "images" else f": it says {missed.own.say_wrong(index.classes)}"
    head = (
        f"{names[chosen]} misses {len(missed.images)} of {count(missed.asked, 'image', 'images')} "
        f"of {of}{own}. The others on {'these' if len(missed.images) > 1 else 'it'}:"
    )
    lines = [one.describe([*names.values()], index.classes) for one in missed.others]
    st.markdown("  \n".join([f"**{plain(head)}**", *map(write_small, lines)]))
    _link_images(missed, run_ids, index)


def _choose(
    ranked: list[str], found: dict[str, Missed], names: dict[str, str], classes: tuple[int, ...]
) -> str:
    """Let the person choose whose missed images are asked of, by default who misses most."""
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown("What the others say of the images missed by", width="content")
    return row.selectbox(
        "Missed by",
        ranked,
        key=f"compare-missed-by-{classes}",
        format_func=lambda one: f"{names[one]} · {len(found[one].images)} of {found[one].asked}",
        label_visibility="collapsed",
        width=280,
    )


def _link_images(missed: Missed, run_ids: list[str], index: ImageIndex) -> None:
    """Offer to see each missed image with all the networks that were asked."""
    row = st.container(horizontal=True, vertical_alignment="center")
    row.caption("See all networks on", width="content")
    images = missed.images[:MAX_LINKED].tolist()
    labels = tell_apart({image: index.names[image] for image in images}, LONGEST)
    for image in images:
        row.button(
            plain(labels[image]),
            key=f"compare-missed-{image}",
            type="tertiary",
            on_click=change_task,
            kwargs={
                "kind": "image",
                "models": tuple(run_ids),
                "classes": (int(index.labels[image]),),
                "image": image,
            },
        )
    if more := len(missed.images) - len(images):
        row.caption(f"and {more} more", width="content")

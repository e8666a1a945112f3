"""The images of the task's classes: the person chooses one to compare the models on."""

from functools import partial

import numpy as np
import streamlit as st

from app.compare.state import STATE, choose_image
from app.parts.shared_choice import show
from app.parts.widgets import plain
from app.reads import stored_evaluations, stored_images
from pipelines.comparison.groups import Group
from pipelines.comparison.task import Task
from saliencnn.common.sentences import count
from saliencnn.store.connection import Store

PAGE_SIZE = 16
"""Images a page."""
IMAGE = 108
"""Pixels of an image: on a wide page a row of them, on a narrow one as many as have room."""


def draw_gallery(store: Store, group: Group, task: Task) -> None:
    """Draw the images of the task's classes, one page of them; a click chooses one.

    Args:
        store: where the images are.
        group: the evaluations, all of the same images.
        task: of the kind ``image``, with classes.
    """
    index = stored_images.image_index(store, group.images_id)
    images = np.flatnonzero(np.isin(index.labels, task.classes))
    if not len(images):
        st.info("None of the evaluated images is of these classes.", icon=":material/image:")
        return
    if len(images) == 1:
        return
    st.subheader("Images of the chosen classes")
    shown = images[_choose_page(len(images))]
    encoded = stored_evaluations.encoded_images(
        store, group.images_id, tuple(int(i) for i in shown)
    )
    side_by_side = st.container(horizontal=True)
    for image, content in zip(shown, encoded, strict=True):
        chosen = int(image) == task.image
        tile = side_by_side.container(width=IMAGE)
        tile.image(content, width="stretch")
        tile.button(
            "Chosen" if chosen else "Choose",
            key=f"compare-image-{image}",
            type="primary" if chosen else "secondary",
            help=f"{plain(index.names[image])}: {plain(index.classes[index.labels[image]])}",
            on_click=partial(choose_image, int(image), int(index.labels[image])),
            width="stretch",
        )
    st.caption(
        f"{count(len(images), 'evaluated image is', 'evaluated images are')} of the chosen "
        "classes, as the networks see them. Choose one to see each network's map of it."
    )


def _choose_page(images: int) -> slice:
    pages, key = -(-images // PAGE_SIZE), "compare-page"
    page = min(max(STATE.get().page, 1), pages)
    if pages > 1:
        st.number_input(
            f"Page, 1 to {pages:,}", 1, pages, key=show(key, page), width=160,
            on_change=STATE.take(key, "page"),
        )  # fmt: skip
    return slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE)

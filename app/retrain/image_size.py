"""The field of the size of a retry's images, and what a size means for it."""

from collections.abc import Iterator
from dataclasses import replace

import streamlit as st

from app.parts.widgets import FIELD_WIDTH, plain
from app.reads import stored_images
from app.reads.caching import cached
from pipelines.computing.asking import compute
from pipelines.retry.settings import count_pixels, list_sizes
from pipelines.training.request import IMAGE_SIZE, read_image_size, request_of
from pipelines.training.size_check import explain_refusal
from saliencnn.common.sentences import duration
from saliencnn.data.size import sides_of, write_size
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

HELP = (
    "Pixels of the network's input, its side or height x width. Larger images show more detail and "
    "take longer to train on; maps get finer."
)
NOT_LIKE = (
    "Its accuracy can be compared with this run's, since the images are the same. Its maps have "
    "other cells, so focus cannot, and this run's proposals do not learn from it."
)


ROUND = 10
"""Times from which on no digit stands behind the point."""


def draw_image_size(store: Store, run: RunInfo, key: str) -> None:
    """Draw the field, and where it differs from the run's what comes of it."""
    field, own = f"{key}-{IMAGE_SIZE}", write_size(run.image_size)
    with st.container(width=FIELD_WIDTH):
        size = st.selectbox(
            IMAGE_SIZE.replace("_", " "),
            list_sizes(run.image_size, st.session_state[field]),
            key=field,
            help=f"{HELP} This run's: {own}.",
        )
    if size != own:
        if refuse_size(store, run, size):
            return  # it stands beside the button that it switches off
        st.caption(plain(" ".join(describe_size(run, size))))


def describe_size(run: RunInfo, size: str) -> Iterator[str]:
    """Say what a size costs, whether it shows more, and what can be compared."""
    side, largest = min(sides_of(read_image_size(size))), run.original_side
    if side > min(sides_of(run.image_size)) and largest and side > largest:
        yield (
            f"In half of the training images the shorter side has no more than {largest} pixels: "
            "these would only be scaled up."
        )
    factor = find_factor(run, size)
    seconds = run.metrics.get("seconds")
    pace = (
        f", about {duration(seconds * factor)} an epoch in place of {duration(seconds)}"
        if seconds
        else ""
    )
    times = f"{factor:.0f}" if factor >= ROUND else f"{factor:.2g}"
    yield f"{times} times the pixels, and about {times} times the time for training{pace}."
    yield NOT_LIKE


def find_factor(run: RunInfo, size: str) -> float:
    """Return how many times the pixels of a run's images those of a size have."""
    return count_pixels(size) / count_pixels(write_size(run.image_size))


def refuse_size(store: Store, run: RunInfo, size: str) -> str:
    """Return why a run's network does not take images of a size; "" where it does."""
    if size == write_size(run.image_size):
        return ""
    return _refuse(store, run.run_id, size, run)


@cached(max_entries=256, show_spinner="Trying the network on images of this size…")
def _refuse(store: Store, run_id: str, size: str, _run: RunInfo) -> str:
    classes = len(stored_images.image_index(store, _run.images_id).classes)
    request = replace(request_of(_run, {IMAGE_SIZE: size}), weights="none")
    return compute(explain_refusal, request, classes)

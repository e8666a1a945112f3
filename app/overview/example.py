"""What a run looks at, at a glance: one example with its map, and whether methods agree on it."""

from dataclasses import dataclass
from functools import reduce

import numpy as np
from streamlit.delta_generator import DeltaGenerator

from app.attention.class_maps import logged_methods, read_run_maps
from app.attention.map_tile import make_tile
from app.drawing.thumbnails import tile_row
from app.parts.memos import share
from app.reads import stored_images, stored_runs
from app.reads.stored_advice import read_advice_at
from pipelines.review.findings import METHOD
from saliencnn.common.evenly import take_evenly
from saliencnn.common.sentences import quote
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.findings.map_places import describe_agreement
from saliencnn.findings.method_groups import find_believed
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import group_alike
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

SIDE = 128
"""Pixels."""
MAX_IMAGES = 60
"""Of the class, of which it is said whether methods agree."""


@dataclass(frozen=True)
class Example:
    """What the example tells.

    Attributes:
        class_name: whose image it is.
        agreement: whether one method is enough, in a sentence; empty where that cannot be said.
        image: its number.
    """

    class_name: str
    agreement: str
    image: int


def draw_example(
    row: DeltaGenerator, store: Store, run: RunInfo, name: str, image: int | None = None
) -> Example | None:
    """Draw the map of an example of a class.

    Args:
        row: where.
        store: where the run is.
        run: the run.
        name: of the class; nothing is drawn of "".
        image: its number; by default the one with which Progression opens for the class.

    Returns:
        What it tells; None where there is nothing to draw.
    """
    if not name or not run.epoch:
        return None
    classes = stored_images.image_index(store, run.images_id).classes
    target = classes.index(name)
    methods = logged_methods(store, run, run.epoch, target)
    if image is None:
        cases = stored_runs.examples(store, run, run.epoch, target)
        image = next((case.image for case in (*cases["correct"], *cases["missed"])), None)
    if image is None or METHOD not in methods:
        return None
    of_class = read_run_maps(store, run, run.epoch, target, METHOD)
    places = np.flatnonzero(of_class.images == image)
    if not len(places):
        return None
    tile = make_tile(
        stored_images.image(store, run.images_id, image), of_class.maps[places[0]], SIDE
    )
    words = tile.caption(f"{METHODS[METHOD].label}, {quote(name, LONGEST_NAME)}")
    row.html(tile_row([(tile.source, words)], SIDE), width="content")
    judged = read_advice_at(store, run.run_id, run.epoch)
    believed = find_believed(judged, _name_apart(run, methods))
    agreement = share(
        "methods-agree",
        (run.run_id, run.epoch, target, tuple(methods), believed),
        lambda: _compare_methods(store, run, target, methods, believed),
    )
    return Example(name, agreement, image)


def _compare_methods(
    store: Store, run: RunInfo, target: int, methods: list[str], believed: str
) -> str:
    """Say whether one of the methods that training logged is enough to see where it looks."""
    named = _name_apart(run, methods)
    maps = [read_run_maps(store, run, run.epoch, target, one) for one in named]
    # Of a method that takes long only the telling examples have maps.
    shared = reduce(np.intersect1d, [one.images[one.true == target] for one in maps])
    images = np.array(take_evenly(shared.tolist(), MAX_IMAGES), int)
    stack = np.stack([one.at(images).maps for one in maps], axis=1)
    name = stored_images.image_index(store, run.images_id).classes[target]
    labels = tuple(METHODS[one].label for one in named)
    return describe_agreement(labels, stack, name, METHODS[believed].label if believed else "")


def _name_apart(run: RunInfo, methods: list[str]) -> list[str]:
    """Return one method of each map: the one whose maps all pages open with, where it draws it."""
    groups = group_alike(methods, [run.head_kind])
    return [METHOD if METHOD in group else group[0] for group in groups]

"""Two classes that a network confuses: how often, and images of both with their maps."""

from functools import partial

import numpy as np
import streamlit as st

from app.attention.map_tile import make_tile
from app.compare.state import STATE
from app.drawing.thumbnails import TILE, tile_row
from app.parts.claims import write_claim
from app.parts.leads import draw_row, lead
from app.parts.obtaining import obtain_maps
from app.parts.widgets import plain
from app.reads import stored_evaluations, stored_images
from pipelines.comparison.confused import (
    ConfusedPair,
    choose_images,
    count_confused,
    find_confused_pair,
)
from pipelines.comparison.groups import Group
from pipelines.comparison.rows import Row, row_of
from pipelines.comparison.task import Task
from pipelines.comparison.view import MAPS
from saliencnn.common.sentences import first_clause, quote
from saliencnn.findings.methods import FOCUS_METHOD
from saliencnn.maps.requests import MapRequest, defined_for
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store

SHOWN = 4
"""Images of each class that are drawn, those that are confused first."""


def draw_confused(store: Store, group: Group, task: Task) -> None:
    """Say which two classes the pinned network confuses most, and show images of both on request.

    Where a person has chosen two classes, it is these.

    Args:
        store: where the evaluations are.
        group: the evaluations to choose from.
        task: whose classes are the chosen ones.
    """
    run_id = STATE.get().pinned
    known = stored_evaluations.predictions(store, run_id)
    true, predicted = known["true"].to_numpy(), known["class_1"].to_numpy()
    chosen = len(task.classes) == 2
    pair = count_confused(true, predicted, *task.classes) if chosen else None
    pair = pair or find_confused_pair(true, predicted)
    if pair is None or not any(pair.images):
        return
    st.subheader("Classes that are confused")
    name, classes = group.names[run_id], group.class_set.classes
    said = pair.describe(name, classes, chosen)
    row = draw_row(write_claim(said, claim=first_clause(said, [name])))
    named = [classes[one] for one in pair.classes]
    query = {"model": run_id, "kind": "classes", "class": named, "tab": MAPS}
    lead(row, "compare", "See both on Maps", query)
    first, second = (plain(quote(one)) for one in named)
    label = f"Images of {first} and {second} side by side, with their maps"
    with st.expander(label, key="compare-confused", on_change="rerun") as opened:
        if opened.open:
            _draw_images(store, group, task, pair, true, predicted)


def _draw_images(
    store: Store,
    group: Group,
    task: Task,
    pair: ConfusedPair,
    true: np.ndarray,
    predicted: np.ndarray,
) -> None:
    """Draw images of each class beside the other's, each with the map of what the network says."""
    info = group.info(STATE.get().pinned)
    method = defined_for(info, [*task.methods, FOCUS_METHOD])[0]
    one, two = pair.classes
    chosen = [
        choose_images(true, predicted, own, other, SHOWN) for own, other in ((one, two), (two, one))
    ]
    requests = [
        MapRequest(info, image, int(predicted[image])) for images in chosen for image in images
    ]
    maps = obtain_maps(store, requests, [method])
    read = partial(stored_evaluations.evaluated, store)
    tiles: list[tuple[str, str]] = []
    for place, request in enumerate(requests):
        saliency = maps.get((place, method))
        pixels = stored_images.image(store, info.images_id, request.image)
        missing = np.full((1, 1), np.nan)
        tile = make_tile(pixels, missing if saliency is None else saliency, TILE)
        told = _tell(row_of(request, group, read), group.class_set.classes)
        tiles.append((tile.source, tile.caption(told)))
    columns = st.columns(2)
    parts = (tiles[: len(chosen[0])], tiles[len(chosen[0]) :])
    for column, own, part in zip(columns, pair.classes, parts, strict=True):
        with column:
            st.markdown(f"**{plain(quote(group.class_set.classes[own]))}**")
            if part:
                st.html(tile_row(part))
            else:
                st.caption("None of the evaluated images is of this class.")
    st.caption(
        f"{METHODS[method].label} maps of {plain(group.names[info.run_id])} for the class that it "
        f"says; confused images first, {SHOWN} of each class at most."
    )


def _tell(row: Row, classes: tuple[str, ...]) -> str:
    """Say below an image what the network says of it."""
    return "right" if row.correct else f"says {quote(classes[row.predicted])}"

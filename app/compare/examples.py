"""What each explanation method shows, by an example, while a task is being chosen."""

from collections.abc import Iterable, Sequence

import numpy as np
import streamlit as st

from app.attention.map_tile import EMPTY_MEANS, make_tile
from app.drawing.thumbnails import contour_image
from app.parts.columns import roomy_columns
from app.parts.obtaining import obtain_maps
from app.parts.widgets import plain
from app.parts.wishing import wish_button
from app.reads import stored_evaluations, stored_images
from pipelines.comparison.groups import Group
from pipelines.comparison.rows import representative_image
from saliencnn.common.sentences import quote
from saliencnn.drawing.figure import FINEST_CONTOURED
from saliencnn.drawing.heat import rescale_one
from saliencnn.maps.requests import MapRequest, defined_for
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import Method
from saliencnn.store.connection import Store

CHEAP_PASSES = 8
"""Passes through a network up to which an example is computed without asking."""
EXAMPLE = 96
"""Pixels of an example."""
CARDS, CARD_WIDTH = 4, 230
"""Cards in a row at most, and pixels that each must have."""


def draw_examples(store: Store, group: Group, run_ids: Sequence[str]) -> None:
    """Draw each method's map of one real image, with a sentence each.

    Args:
        store: where the evaluations are.
        group: the evaluations to choose from.
        run_ids: those of which the cheapest network is explained.
    """
    infos = [group.info(run_id) for run_id in run_ids]
    info = min(infos, key=lambda one: one.metrics.get("multiply_adds", float("inf")))
    name = group.names[info.run_id]
    known = stored_evaluations.predictions(store, info.run_id)
    target = int(known["true"].iloc[int(known["true_confidence"].argmax())])
    image = representative_image(known, target)
    if image is None:
        return
    defined = defined_for(info, list(METHODS))
    cheap = [m for m in defined if METHODS[m].passes <= CHEAP_PASSES and not METHODS[m].per_channel]
    slow = [m for m in defined if m not in cheap]
    request = MapRequest(info, image, target)
    maps = obtain_maps(store, [request], cheap)
    maps |= stored_evaluations.kept_maps(store).find([request], slow)
    classes = group.class_set.classes
    pixels = stored_images.image(store, info.images_id, image)
    shown = [*cheap, *slow]
    for start in range(0, len(shown), CARDS):
        columns = roomy_columns(f"compare-examples-{start}", [1] * CARDS, CARD_WIDTH)
        for method, column in zip(shown[start : start + CARDS], columns, strict=False):
            with column.container(border=True, height="stretch"):
                _draw_card(METHODS[method], pixels, maps.get((0, method)))
    st.caption(
        f"Maps of {plain(name)} for the class {plain(quote(classes[target]))} in "
        f"{plain(stored_images.image_index(store, info.images_id).names[image])}."
    )
    for method in METHODS:
        if method not in defined:
            st.caption(format_undefined(method, [name]))
    lacking = [method for method in slow if (0, method) not in maps]
    label = f"Compute the examples of {len(lacking)} slower methods"
    if lacking and wish_button(label, "examples-slower", icon=":material/hourglass:"):
        obtain_maps(store, [request], lacking)
        st.rerun()


def _draw_card(method: Method, image: np.ndarray, saliency: np.ndarray | None) -> None:
    tile = None if saliency is None else make_tile(image, saliency, EXAMPLE)
    if saliency is not None and tile is not None:
        tiles = [(tile.source, tile.caption(method.label))]
        if not tile.note and saliency.shape[0] <= FINEST_CONTOURED:
            contours = contour_image(image, rescale_one(saliency), EXAMPLE, 0.0)
            tiles.append((contours, f"{method.label}, contour lines"))
        st.html(_side_by_side(tiles))
    st.markdown(f"**{method.label}** · {method.paper}")
    if tile is not None and tile.note:
        st.caption(f"**This is an empty map.** {EMPTY_MEANS}")
    st.caption(f"{method.summary} Costs {method.cost}.")


def _side_by_side(tiles: Sequence[tuple[str, str]]) -> str:
    """Return images, (data URI, words), as HTML; they shrink where a card is too narrow."""
    style = f"flex:0 1 {EXAMPLE}px;min-width:0;border-radius:4px"
    images = (f'<img alt="{words}" src="{source}" style="{style}">' for source, words in tiles)
    return f'<div style="display:flex;align-items:start;gap:4px">{"".join(images)}</div>'


def format_undefined(method: str, models: Iterable[str]) -> str:
    """Say for which networks a method is not defined, and why; safe for Markdown."""
    names = plain(", ".join(dict.fromkeys(models)))
    return (
        f"{METHODS[method].label} is not defined for {names}: it needs a class score that is an "
        "average over the cells of the last features."
    )

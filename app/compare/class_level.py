"""Class level: mean maps, disagreement, and how missed images differ from correct ones."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from app.attention.class_maps import ClassMaps, choose_images, read_evaluation_maps
from app.attention.map_tile import make_tile
from app.attention.numbers import NUMBERS, describe_difference, explain_errors, map_numbers
from app.drawing.thumbnails import TILE, tile_row
from app.parts.widgets import plain
from app.reads import stored_runs
from pipelines.comparison.groups import Group
from saliencnn.common.sentences import count, quote
from saliencnn.drawing.images import sides_within
from saliencnn.measures.groups import MIN_GROUP, difference, estimate_together
from saliencnn.measures.map_clusters import disagreement, mean_map
from saliencnn.measures.resolution import at_common_size
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store

LEVEL = "level"
"""Key of the switch that asks for all images of the class, and its name in the address."""
MAX_IMAGES = 32
"""Images of the class that are explained; of more, evenly spaced ones are chosen."""
DISPUTED = 4
"""Images on which the networks disagree most that are drawn."""


def draw_level(
    store: Store,
    group: Group,
    run_ids: Sequence[str],
    target: int,
    methods: Sequence[str],
    threshold: float,
) -> str:
    """Draw what is common to all images of a class, once the person asks for it.

    Args:
        store: where the evaluations are.
        group: the evaluations to choose from.
        run_ids: of those that are explained.
        target: the class.
        methods: the first of them is used.
        threshold: fraction of a map's maximum from which on a cell belongs to its region.

    Returns:
        Whether the maps explain the errors; "" where that is not asked, or the images are too few.
    """
    st.subheader("All images of the class")
    classes = group.class_set.classes
    infos = [group.info(run_id) for run_id in run_ids]
    images = choose_images(store, infos[0], target, MAX_IMAGES)
    if not len(images) or not methods:
        st.caption(f"There are no images of {plain(quote(classes[target]))} to explain.")
        return ""
    asked = f"{count(len(images), 'image', 'images')} of {quote(classes[target])}"
    label = (
        f"Explain {asked} by {METHODS[methods[0]].label}: "
        f"{count(len(images) * len(infos), 'map', 'maps')}"
    )
    if not st.toggle(plain(label), key=LEVEL, bind="query-params"):
        st.caption("Shows each network's mean map, and the images on which networks disagree.")
        return ""
    class_maps = read_evaluation_maps(store, infos, images, target, methods[0])
    names = [group.names[run_id] for run_id in run_ids]
    _draw_means(store, names, class_maps)
    if len(class_maps) > 1:
        _draw_disputed(store, names, class_maps)
    return _draw_differences(store, names, class_maps, threshold)


def _draw_means(store: Store, names: Sequence[str], class_maps: Sequence[ClassMaps]) -> None:
    tiles = []
    for name, one in zip(names, class_maps, strict=True):
        mean = mean_map(one.maps)
        # Where no map has energy, the mean has none for the same reason as the first map.
        shown = mean if np.isfinite(mean).all() else one.maps[0]
        shape = stored_runs.image_index(store, one.images_id).shape
        grey = np.full((*sides_within(shape, TILE), 3), 128, np.uint8)
        tile = make_tile(grey, shown, TILE, opacity=1.0)
        tiles.append((tile.source, tile.caption(name)))
    st.html(tile_row(tiles))
    st.caption(
        "Mean map of each network: bright where its maps are bright for most images of the class. "
        "A bright border or corner hints at something other than the object."
    )


def _draw_disputed(store: Store, names: Sequence[str], class_maps: Sequence[ClassMaps]) -> None:
    flat = at_common_size([saliency for one in class_maps for saliency in one.maps])
    stack = flat.reshape(len(class_maps), len(class_maps[0]), *flat.shape[1:])
    apart = disagreement(stack)
    disputed = np.argsort(-np.nan_to_num(apart, nan=-1))[:DISPUTED]
    for place in (int(place) for place in disputed if np.isfinite(apart[place])):
        image = int(class_maps[0].images[place])
        index = stored_runs.image_index(store, class_maps[0].images_id)
        tiles = []
        for name, one in zip(names, class_maps, strict=True):
            pixels = stored_runs.image(store, one.images_id, image)
            tile = make_tile(pixels, one.maps[place], TILE)
            told = "right" if one.correct[place] else "wrong"
            tiles.append((tile.source, tile.caption(f"{name}: {told}")))
        st.markdown(f"**{apart[place]:.0%}** apart · {plain(index.names[image])}")
        st.html(tile_row(tiles))
    if np.isfinite(apart).any():
        st.caption(
            "The images on which the networks disagree most: the fraction of a map's energy that "
            "would have to be moved to get another network's map, averaged over all pairs."
        )
    else:
        st.caption("On no image do two networks have a map that is not empty.")


def _draw_differences(
    store: Store, names: Sequence[str], class_maps: Sequence[ClassMaps], threshold: float
) -> str:
    """Draw how missed images differ from correct ones, with intervals, and say if they do."""
    shifts = estimate_together(
        difference,
        {
            (place, number): (values, one.correct)
            for place, one in enumerate(class_maps)
            for number, values in map_numbers(store, one, threshold).items()
        },
    )
    told = sum(shift.enough for shift in shifts.values())
    lines = []
    for (place, number), shift in shifts.items():
        if np.isfinite(shift.value):
            lines.append(
                {
                    "model": names[place],
                    "number": number,
                    "missed less correct": f"{shift.value:+z.2f}",
                    "95% interval": f"{shift.low:+z.2f} to {shift.high:+z.2f}"
                    if shift.enough
                    else "",
                    "in words": describe_difference(shift),
                    "correct": shift.correct,
                    "missed": shift.failed,
                }
            )
    if not lines:
        st.caption("No network has both correct and missed images with a map: nothing to compare.")
        return ""
    st.dataframe(pd.DataFrame(lines), hide_index=True)
    shown = {line["number"] for line in lines}
    meanings = " ".join(
        f"{name.capitalize()}: {words}." for name, words in NUMBERS.items() if name in shown
    )
    together = (
        f" The intervals are wide enough for all {told} comparisons at once: with 95% all of "
        "them hold."
        if told > 1
        else ""
    )
    st.caption(
        f"Where missed images differ from correct ones. {meanings} An interval that contains 0 "
        f"means that the difference may be chance.{together} "
        f"Nothing is said from fewer than {MIN_GROUP} images on either side."
    )
    return explain_errors({(names[place], number): one for (place, number), one in shifts.items()})

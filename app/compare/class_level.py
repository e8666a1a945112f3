"""Dataset level: mean maps, disagreement, and how failed images differ from correct ones."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from app.attention.class_maps import ClassMaps, images_of, read_evaluation_maps
from app.attention.numbers import in_words, map_numbers
from app.drawing.thumbnails import TILE, image_image, overlay_image, tile_row
from app.parts.widgets import plain
from app.reads import stored_evaluations, stored_runs
from saliencnn.drawing.heat import rescale
from saliencnn.measures.energy import is_empty
from saliencnn.measures.groups import difference
from saliencnn.measures.map_clusters import disagreement, mean_map
from saliencnn.measures.resolution import at_common_size
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store

MOST = 32
"""Images of the class that are looked at."""
DISPUTED = 4


def draw_level(
    store: Store, run_ids: Sequence[str], target: int, methods: Sequence[str], threshold: float
) -> None:
    """Draw what holds for all images of a class, once the person asks for it.

    Args:
        store: where the evaluations are.
        run_ids: of evaluations of the same images.
        target: the class.
        methods: the first of them is used.
        threshold: share of a map's maximum from which on a cell belongs to its region.
    """
    st.subheader("All images of the class")
    classes = stored_evaluations.class_set(store, run_ids[0]).classes
    infos = [stored_evaluations.evaluation(store, run_id) for run_id in run_ids]
    images = images_of(store, infos[0], target, MOST)
    if not len(images) or not methods:
        st.caption(f"There are no images of {plain(classes[target])} to look at.")
        return
    said = (
        f"Look at {len(images)} images of {classes[target]} by {METHODS[methods[0]].label}: "
        f"{len(images) * len(infos)} maps"
    )
    if not st.toggle(plain(said), key="level"):
        st.caption("Shows where each network looks on average, and on which images they differ.")
        return
    class_maps = read_evaluation_maps(store, infos, images, target, methods[0])
    names = [info.model for info in infos]
    _draw_means(names, class_maps)
    if len(class_maps) > 1:
        _draw_disputed(store, names, class_maps)
    _draw_differences(store, names, class_maps, threshold)


def _draw_means(names: Sequence[str], class_maps: Sequence[ClassMaps]) -> None:
    tiles = []
    grey = np.full((TILE, TILE, 3), 128, np.uint8)
    for name, one in zip(names, class_maps, strict=True):
        mean = mean_map(one.maps)
        if is_empty(mean[None])[0]:
            tiles.append((image_image(grey, TILE), f"{name} (points nowhere)"))
        else:
            tiles.append((overlay_image(grey, rescale(mean[None], False)[0], TILE, 0.0, 1.0), name))
    st.html(tile_row(tiles))
    st.caption(
        "Mean map of each network: bright is where it looks in most images of the class. A "
        "bright border or corner hints at something other than the object."
    )


def _draw_disputed(store: Store, names: Sequence[str], class_maps: Sequence[ClassMaps]) -> None:
    flat = at_common_size([saliency for one in class_maps for saliency in one.maps])
    stack = flat.reshape(len(class_maps), len(class_maps[0]), *flat.shape[1:])
    apart = disagreement(stack)
    order = [int(place) for place in np.argsort(-np.nan_to_num(apart, nan=-1))[:DISPUTED]]
    for place in order:
        if not np.isfinite(apart[place]):
            continue
        image = int(class_maps[0].images[place])
        index = stored_runs.image_index(store, class_maps[0].images_id)
        tiles = []
        for name, one in zip(names, class_maps, strict=True):
            pixels = stored_runs.image(store, one.images_id, image)
            mark = "✓" if one.correct[place] else "✗"
            if is_empty(one.maps[place][None])[0]:
                tiles.append((image_image(pixels, TILE), f"{mark} {name} (points nowhere)"))
            else:
                map01 = rescale(one.maps[place][None], jointly=False)[0]
                tiles.append((overlay_image(pixels, map01, TILE, 0.0), f"{mark} {name}"))
        st.markdown(f"**{apart[place]:.0%}** apart · {plain(index.names[image])}")
        st.html(tile_row(tiles))
    st.caption(
        "The images on which the networks disagree most: the share of its attention that a "
        "network would have to move to look as another does, averaged over all pairs."
    )


def _draw_differences(
    store: Store, names: Sequence[str], class_maps: Sequence[ClassMaps], threshold: float
) -> None:
    """Draw how failed images differ from correct ones, with intervals."""
    lines = []
    for name, one in zip(names, class_maps, strict=True):
        for what, values in map_numbers(store, one, threshold).items():
            shift = difference(values, one.correct)
            if np.isfinite(shift.value):
                lines.append(
                    {
                        "model": name,
                        "number": what,
                        "failed less correct": f"{shift.value:+.2f}",
                        "95 % interval": f"{shift.low:+.2f} to {shift.high:+.2f}",
                        "in words": in_words(shift),
                        "correct": int(one.correct.sum()),
                        "failed": int((~one.correct).sum()),
                    }
                )
    if not lines:
        st.caption("No network both recognises and misses images here: nothing to compare.")
        return
    st.dataframe(pd.DataFrame(lines), hide_index=True)
    st.caption(
        "Where failed images differ from correct ones: ROI size is the share of the map at or "
        "above the threshold, noise how restless the map is, focus its share on the object. An "
        "interval that holds 0 means that chance alone may explain the difference."
    )

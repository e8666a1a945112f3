"""Dataset level: mean maps, disagreement, and how failed pictures differ from correct ones."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from app.attention.looks import Looks, images_of, looks_of_evaluations
from app.attention.numbers import in_words, map_numbers
from app.drawing.thumbnails import TILE, overlay_image, picture_image, tile_row
from app.parts.widgets import plain
from app.reads import stored_evaluations, stored_runs
from saliencnn.drawing.heat import rescale
from saliencnn.measures.groups import difference
from saliencnn.measures.map_clusters import disagreement, mean_map
from saliencnn.measures.noise import points_nowhere
from saliencnn.measures.resolution import at_common_size
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store

MOST = 32
"""Pictures of the class that are looked at."""
DISPUTED = 4


def draw_level(
    store: Store, run_ids: Sequence[str], target: int, methods: Sequence[str], threshold: float
) -> None:
    """Draw what holds for all pictures of a class, once the person asks for it.

    Args:
        store: where the evaluations are.
        run_ids: of evaluations of the same pictures.
        target: the class.
        methods: the first of them is used.
        threshold: share of a map's maximum from which on a cell belongs to its region.
    """
    st.subheader("All pictures of the class")
    classes = stored_evaluations.class_set(store, store.uri, run_ids[0]).classes
    infos = [stored_evaluations.evaluation(store, store.uri, run_id) for run_id in run_ids]
    images = images_of(store, infos[0], target, MOST)
    if not len(images) or not methods:
        st.caption(f"There are no pictures of {plain(classes[target])} to look at.")
        return
    said = (
        f"Look at {len(images)} pictures of {classes[target]} by {METHODS[methods[0]].label}: "
        f"{len(images) * len(infos)} maps"
    )
    if not st.toggle(plain(said), key="level"):
        st.caption("Shows where each network looks on average, and on which pictures they differ.")
        return
    looks = looks_of_evaluations(store, infos, images, target, methods[0])
    names = [info.model for info in infos]
    _draw_means(names, looks)
    if len(looks) > 1:
        _draw_disputed(store, names, looks)
    _draw_differences(store, names, looks, threshold)


def _draw_means(names: Sequence[str], looks: Sequence[Looks]) -> None:
    tiles = []
    grey = np.full((TILE, TILE, 3), 128, np.uint8)
    for name, one in zip(names, looks, strict=True):
        mean = mean_map(one.maps)
        if points_nowhere(mean[None])[0]:
            tiles.append((picture_image(grey, TILE), f"{name} (points nowhere)"))
        else:
            tiles.append((overlay_image(grey, rescale(mean[None], False)[0], TILE, 0.0, 1.0), name))
    st.html(tile_row(tiles))
    st.caption(
        "Mean map of each network: bright is where it looks in most pictures of the class. A "
        "bright border or corner hints at something other than the object."
    )


def _draw_disputed(store: Store, names: Sequence[str], looks: Sequence[Looks]) -> None:
    flat = at_common_size([saliency for one in looks for saliency in one.maps])
    stack = flat.reshape(len(looks), len(looks[0]), *flat.shape[1:])
    apart = disagreement(stack)
    order = [int(place) for place in np.argsort(-np.nan_to_num(apart, nan=-1))[:DISPUTED]]
    for place in order:
        if not np.isfinite(apart[place]):
            continue
        image = int(looks[0].images[place])
        index = stored_runs.picture_index(store, store.uri, looks[0].pictures)
        tiles = []
        for name, one in zip(names, looks, strict=True):
            picture = stored_runs.picture(store, store.uri, one.pictures, image)
            mark = "✓" if one.correct[place] else "✗"
            if points_nowhere(one.maps[place][None])[0]:
                tiles.append((picture_image(picture, TILE), f"{mark} {name} (points nowhere)"))
            else:
                map01 = rescale(one.maps[place][None], jointly=False)[0]
                tiles.append((overlay_image(picture, map01, TILE, 0.0), f"{mark} {name}"))
        st.markdown(f"**{apart[place]:.0%}** apart · {plain(index.names[image])}")
        st.html(tile_row(tiles))
    st.caption(
        "The pictures on which the networks disagree most: the share of its attention that a "
        "network would have to move to look as another does, averaged over all pairs."
    )


def _draw_differences(
    store: Store, names: Sequence[str], looks: Sequence[Looks], threshold: float
) -> None:
    """Draw how failed pictures differ from correct ones, with intervals."""
    lines = []
    for name, one in zip(names, looks, strict=True):
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
        st.caption("No network both recognises and misses pictures here: nothing to compare.")
        return
    st.dataframe(pd.DataFrame(lines), hide_index=True)
    st.caption(
        "Where failed pictures differ from correct ones: ROI size is the share of the map at or "
        "above the threshold, noise how restless the map is, focus its share on the object. An "
        "interval that holds 0 means that chance alone may explain the difference."
    )

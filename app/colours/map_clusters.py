"""Attention strategies of a training run: groups of a class's maps that look alike."""

import numpy as np
import streamlit as st

from app.attention.class_maps import ClassMaps, measure_focus
from app.drawing.thumbnails import overlay_image, tile_row
from app.reads import stored_runs
from saliencnn.drawing.heat import rescale
from saliencnn.measures.groups import difference
from saliencnn.measures.map_clusters import FEWEST, find_clusters
from saliencnn.store.connection import Store

EXAMPLES = 6
TILE = 120
CLEAR, HARDLY = 0.5, 0.25
"""Silhouettes from which on groups count as clear, and below which as hardly apart."""


def draw_map_clusters(store: Store, class_maps: ClassMaps, name: str) -> None:
    """Draw the groups into which a class's maps fall.

    Args:
        store: where the images are.
        looks: images of the class and those taken for it, all explained as this class.
        name: of the class, safe for Markdown.
    """
    st.subheader("Attention strategies")
    if len(class_maps) < FEWEST:
        st.info(
            f"Too few maps of this class to group ({len(class_maps)}); {FEWEST} are needed.",
            icon=":material/group_work:",
        )
        return
    found = find_clusters(class_maps.maps)
    focus = measure_focus(store, class_maps)
    count = int(found.labels.max()) + 1
    st.markdown(
        f"The maps that speak for {name} fall into **{count}** groups. {_clear(found.clearness)}"
    )
    for number in range(count):
        group = found.labels == number
        with st.container(border=True):
            st.markdown(describe_cluster(class_maps, focus, group, number))
            st.html(tile_row(_examples(store, class_maps, group)))
    st.caption(
        "Spectral clustering by how far from the border each map looks. A group with low focus "
        "gets its score from something other than the object: a cue such as a label, a frame or a "
        "sticker. Images wrongly taken for the class are among them (✗)."
    )


def describe_cluster(
    class_maps: ClassMaps, focus: np.ndarray, group: np.ndarray, number: int
) -> str:
    """Say how large a group is, how often the network is right in it, and where it looks."""
    said = (
        f"**Strategy {number + 1}**: {group.sum()} images, {class_maps.correct[group].mean():.0%} "
        "of them classified rightly"
    )
    if not np.isfinite(focus[group]).any():
        return said + "."
    said += f", focus {np.nanmean(focus[group]):.2f}"
    shift = difference(focus, ~group)
    if not shift.excludes(0):
        return f"{said}, as in the others."
    way = "more" if shift.value > 0 else "less"
    interval = f"{shift.low:+.2f} to {shift.high:+.2f}"
    return f"{said}: {way} on the object than the others ({shift.value:+.2f}, 95 % {interval})."


def _clear(clearness: float) -> str:
    if not np.isfinite(clearness):
        return "They all look alike."
    words = (
        "clearly apart"
        if clearness >= CLEAR
        else "apart"
        if clearness >= HARDLY
        else ("hardly apart: take them with care")
    )
    return f"They are {words} (silhouette {clearness:.2f}; 1 is best)."


def _examples(store: Store, class_maps: ClassMaps, group: np.ndarray) -> list[tuple[str, str]]:
    tiles = []
    for place in np.flatnonzero(group)[:EXAMPLES]:
        image = stored_runs.image(store, class_maps.images_id, int(class_maps.images[place]))
        map01 = rescale(class_maps.maps[place][None], jointly=False)[0]
        index = stored_runs.image_index(store, class_maps.images_id)
        mark = "✓" if class_maps.correct[place] else "✗"
        name = index.names[int(class_maps.images[place])]
        tiles.append((overlay_image(image, map01, TILE, 0.0), f"{mark} {name}"))
    return tiles

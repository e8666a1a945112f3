"""Clusters of a class's maps in a training run, as SpRAy (Lapuschkin 2019) finds them."""

import numpy as np
import streamlit as st

from app.attention.class_maps import ClassMaps, measure_focus
from app.attention.map_tile import make_tile
from app.drawing.thumbnails import tile_row
from app.reads import stored_runs
from saliencnn.common.sentences import count
from saliencnn.common.terms import define
from saliencnn.measures.energy import is_empty
from saliencnn.measures.groups import difference
from saliencnn.measures.map_clusters import MIN_MAPS, find_clusters
from saliencnn.store.connection import Store

EXAMPLES = 6
"""Images of a cluster that are drawn."""
TILE = 120
CLEAR, UNCLEAR = 0.5, 0.25
"""Silhouettes from which on clusters are clearly apart, and below which hardly."""


def draw_map_clusters(store: Store, class_maps: ClassMaps, name: str) -> None:
    """Draw the clusters into which a class's maps fall.

    Args:
        store: where the images are.
        class_maps: images of the class and its false positives, explained as this class.
        name: of the class, safe for Markdown.
    """
    st.subheader("Clusters of maps")
    class_maps = class_maps.of(~is_empty(class_maps.maps))
    if len(class_maps) < MIN_MAPS:
        st.info(
            f"Maps of this class that are not empty: {len(class_maps)}; at least {MIN_MAPS} are "
            "needed to look for clusters.",
            icon=":material/group_work:",
        )
        return
    found = find_clusters(class_maps.maps)
    focus = measure_focus(store, class_maps)
    count = int(found.labels.max()) + 1
    clusters = "**1** cluster" if count == 1 else f"**{count}** clusters"
    st.markdown(f"The maps for {name} fall into {clusters}. {_describe(found.clearness)}")
    for number in range(count):
        group = found.labels == number
        with st.container(border=True):
            st.markdown(describe_cluster(class_maps, focus, group, number, count))
            st.html(tile_row(_examples(store, class_maps, group)))
    st.caption(
        "Spectral clustering of how a map's energy spreads from the border to the centre. A "
        "cluster with low focus gets its score from something other than the object: a shortcut "
        "such as a label, a frame or a sticker. ✗ marks images that the network gets wrong, the "
        "class's false positives among them.",
        help=define("spectral clustering", "energy", "silhouette"),
    )


def describe_cluster(
    class_maps: ClassMaps, focus: np.ndarray, group: np.ndarray, number: int, clusters: int = 1
) -> str:
    """Describe a cluster's size, accuracy and focus, in Markdown.

    Args:
        class_maps: all maps.
        focus: float (N,), NaN where unknown.
        group: bool (N,), the maps of the cluster.
        number: of the cluster, from 0.
        clusters: how many there are; each is compared with the others.
    """
    described = (
        f"**Cluster {number + 1}**: {count(int(group.sum()), 'image', 'images')}, "
        f"{class_maps.correct[group].mean():.0%} of them correct"
    )
    if not np.isfinite(focus[group]).any():
        return f"{described}."
    described += f", focus {np.nanmean(focus[group]):.2f}"
    shift = difference(focus, ~group, clusters)
    if not shift.enough:
        return f"{described}."
    if not shift.excludes(0):
        return f"{described}, as in the others."
    way = "more" if shift.value > 0 else "less"
    interval = f"{shift.low:+.2f} to {shift.high:+.2f}"
    return (
        f"{described}: {way} on the object than the others ({shift.value:+.2f}, 95 % {interval})."
    )


def _describe(clearness: float) -> str:
    if not np.isfinite(clearness):
        return "They are all alike."
    words = (
        "clearly apart"
        if clearness >= CLEAR
        else "apart"
        if clearness >= UNCLEAR
        else "hardly apart: take them with care"
    )
    return f"They are {words} (silhouette {clearness:.2f}; 1 is best)."


def _examples(store: Store, class_maps: ClassMaps, group: np.ndarray) -> list[tuple[str, str]]:
    index = stored_runs.image_index(store, class_maps.images_id)
    tiles = []
    for place in np.flatnonzero(group)[:EXAMPLES]:
        image = int(class_maps.images[place])
        pixels = stored_runs.image(store, class_maps.images_id, image)
        tile = make_tile(pixels, class_maps.maps[place], TILE)
        mark = "✓" if class_maps.correct[place] else "✗"
        tiles.append((tile.source, tile.caption(f"{mark} {index.names[image]}")))
    return tiles

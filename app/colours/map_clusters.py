"""Clusters of a class's maps, as SpRAy (Lapuschkin 2019) finds them, named by what they are."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from app.attention.class_maps import focus_of
from app.attention.map_tile import make_tile
from app.drawing.thumbnails import tile_row
from app.parts.memos import share
from app.parts.widgets import plain
from app.reads import stored_images
from pipelines.comparison.class_maps import ClassMaps
from saliencnn.common.sentences import count, say_interval
from saliencnn.common.terms import define
from saliencnn.findings.failure_facts import MapGroup, worst_group
from saliencnn.findings.map_groups import name_groups
from saliencnn.measures.energy import above_threshold, is_empty
from saliencnn.measures.groups import difference
from saliencnn.measures.map_clusters import MIN_MAPS, border_energy, find_clusters
from saliencnn.store.connection import Store

EXAMPLES = 7
"""Images of a group that are drawn."""
TILE = 112
KEPT = 8
"""Classes whose clusters, with their maps, are kept in memory."""
CLEAR, UNCLEAR = 0.5, 0.25
"""Silhouettes from which on groups are clearly apart, and below which hardly."""


@dataclass(frozen=True, eq=False)
class Clustered:
    """Maps in groups.

    Attributes:
        class_maps: those that are not empty.
        focus: float (N,), NaN where unknown.
        labels: int (N,), each map's group.
        clearness: silhouette of the groups; NaN for one group.
        groups: in the order of their numbers; none where there are too few maps.
        by_chance: how often maps without structure split as well, 0 to 1.
        may_be_one: whether that is too often to speak of several groups.
    """

    class_maps: ClassMaps
    focus: np.ndarray
    labels: np.ndarray
    clearness: float
    groups: tuple[MapGroup, ...]
    by_chance: float = float("nan")
    may_be_one: bool = True

    @property
    def order(self) -> list[int]:
        """The groups, the one that fails first, else the largest first."""
        found = worst_group(self.groups)
        worst = [] if found is None else [found[0]]
        return [*worst, *(n for n in range(len(self.groups)) if n not in worst)]


def cluster_maps(store: Store, class_maps: ClassMaps) -> Clustered:
    """Cluster the maps of a class that hold anything.

    Args:
        store: where the images are.
        class_maps: images of the class and its false positives, explained as this class.
    """
    class_maps = class_maps.of(~is_empty(class_maps.maps))
    if len(class_maps) < MIN_MAPS:
        none = np.empty(0)
        return Clustered(class_maps, none, none, float("nan"), ())
    return share("map-clusters", class_maps.digest, lambda: _cluster(store, class_maps), KEPT)


def _cluster(store: Store, class_maps: ClassMaps) -> Clustered:
    found, focus = find_clusters(class_maps.maps), focus_of(store, class_maps)
    traits = {
        "size": above_threshold(class_maps.maps, 0.5).mean(axis=(1, 2)),
        "border": border_energy(class_maps.maps),
        "focus": focus,
        "object": _object_sizes(store, class_maps),
    }
    groups = tuple(
        MapGroup(name, int(own.sum()), int(class_maps.correct[own].sum()))
        for name, own in zip(name_groups(found.labels, traits), _masks(found.labels), strict=True)
    )
    return Clustered(
        class_maps, focus, found.labels, found.clearness, groups, found.by_chance, found.may_be_one
    )


def _masks(labels: np.ndarray) -> list[np.ndarray]:
    return [labels == number for number in range(int(labels.max()) + 1)]


def _object_sizes(store: Store, class_maps: ClassMaps) -> np.ndarray:
    """Return the fraction of each image that its object takes, float (N,); NaN where unknown."""
    images_id = class_maps.images_id
    regions = (stored_images.region(store, images_id, int(i), "object") for i in class_maps.images)
    return np.array([np.nan if region is None else region.mean() for region in regions])


def draw_map_clusters(
    store: Store, clustered: Clustered, name: str, offer: Callable[[int | None], None]
) -> None:
    """Draw the groups into which a class's maps fall, the one that fails first.

    Args:
        store: where the images are.
        clustered: the maps.
        name: of the images, safe for Markdown.
        offer: draws what can be done about a group by its number, or about all for None.
    """
    st.subheader("Clusters of maps")
    if not clustered.groups:
        st.info(
            f"Maps that are not empty: {len(clustered.class_maps)}; at least "
            f"{MIN_MAPS} are needed to look for clusters.",
            icon=":material/group_work:",
        )
        return
    if len(clustered.groups) == 1:
        st.markdown(
            f"All {len(clustered.class_maps)} maps for {name} look alike: they form one group."
        )
        _draw_clusters(store, clustered, offer)
        return
    clusters = count(len(clustered.groups), "cluster", "clusters")
    if not (clustered.may_be_one and np.isfinite(clustered.by_chance)):
        st.markdown(f"The maps for {name} fall into **{clusters}**. {_describe(clustered)}")
        _draw_clusters(store, clustered, offer)
        return
    st.markdown(
        f"The maps for {name} form no clear groups: in {clustered.by_chance:.0%} of trials maps "
        "that were made at random split just as clearly. So look at them as one group."
    )
    label = f"How they would split into {clusters}"
    with st.expander(label, key="colours-clusters", on_change="rerun") as opened:
        if opened.open:
            _draw_clusters(store, clustered, offer)
    offer(None)


def _draw_clusters(store: Store, clustered: Clustered, offer: Callable[[int | None], None]) -> None:
    for number in clustered.order:
        with st.container(border=True):
            head = st.container(horizontal=True, vertical_alignment="center")
            head.markdown(describe_cluster(clustered, number), width="stretch")
            with head:
                offer(number)
            st.html(tile_row(_examples(store, clustered, number), TILE))
    st.caption(
        "Maps are clustered by how their energy spreads from the border to the centre (spectral "
        "clustering, SpRAy). A cluster that looks beside the object gets its score from something "
        "else: a label, a frame or a sticker. ✗ marks images that the network gets wrong, those "
        "of other classes that it takes for this one among them.",
        help=define("spectral clustering", "energy", "silhouette"),
    )


def describe_cluster(clustered: Clustered, number: int) -> str:
    """Describe a group by what it is, its size, accuracy, confidence and focus, in Markdown."""
    group, of_group = clustered.groups[number], clustered.labels == number
    images = count(group.images, "image", "images")
    name = plain(group.name[:1].upper() + group.name[1:])
    confidence = np.mean(clustered.class_maps.confidence[of_group], dtype=float)
    described = f"**{name}**: {images}, {group.right} of them right, confidence {confidence:.0%}"
    if not np.isfinite(clustered.focus[of_group]).any():
        return f"{described}."
    described += f", focus {np.nanmean(clustered.focus[of_group]):.2f}"
    shift = difference(clustered.focus, ~of_group, len(clustered.groups))
    if not shift.enough:
        return f"{described}."
    if not shift.excludes(0):
        return f"{described}, which may be no different from the others'."
    way = "higher" if shift.value > 0 else "lower"
    interval = say_interval(shift.low, shift.high, 2, sign="+")
    return f"{described}, {way} than the others' ({shift.value:+.2f}, 95% interval {interval})."


def _describe(clustered: Clustered) -> str:
    clearness = clustered.clearness
    silhouette = f"silhouette {clearness:.2f}; 1 is best"
    words = (
        "clearly apart"
        if clearness >= CLEAR
        else "apart"
        if clearness >= UNCLEAR
        else "hardly apart: take them with care"
    )
    return f"They are {words} ({silhouette})."


def _examples(store: Store, clustered: Clustered, number: int) -> list[tuple[str, str]]:
    class_maps = clustered.class_maps
    index = stored_images.image_index(store, class_maps.images_id)
    tiles = []
    for place in np.flatnonzero(clustered.labels == number)[:EXAMPLES]:
        image = int(class_maps.images[place])
        pixels = stored_images.image(store, class_maps.images_id, image)
        tile = make_tile(pixels, class_maps.maps[place], TILE)
        mark = "✓" if class_maps.correct[place] else "✗"
        tiles.append((tile.source, tile.caption(f"{mark} {index.names[image]}")))
    return tiles

"""A class's images in two groups, the correct and the missed ones: map, region and histograms."""

import numpy as np
import streamlit as st

from app.attention.histograms import EXPLAINED, SOURCE_PIXELS, describe_distances, highlight
from app.attention.map_tile import EMPTY_MEANS, make_tile
from app.colours.measured import Measured
from app.colours.selection import Selection
from app.drawing.thumbnails import region_image
from app.reads import stored_images
from pipelines.comparison.class_maps import ClassMaps
from saliencnn.drawing.colour_histograms import HistogramRow, rows_html
from saliencnn.measures.energy import is_empty
from saliencnn.store.connection import Store

FIRST_ROWS = 6
"""Images of each group that are drawn until the person asks for all."""
GROUPS = {True: "Correct", False: "Missed"}


def draw_groups(
    store: Store, class_maps: ClassMaps, measured: Measured, selection: Selection, space: str
) -> None:
    """Draw the images in rows, the correct ones and the missed ones apart."""
    # Without their numbers, which differ from class to class: the address names the open one.
    first = GROUPS[bool(class_maps.correct.all())]
    tabs = st.tabs([*GROUPS.values()], default=first, key="group", bind="query-params")
    for kind, tab in zip(GROUPS, tabs, strict=True):
        places = np.flatnonzero(class_maps.correct == kind)
        with tab:
            if not tab.open:
                continue
            if not len(places):
                st.info(f"None of these images is {GROUPS[kind].lower()}.", icon=":material/image:")
                continue
            count = FIRST_ROWS
            if len(places) > FIRST_ROWS and _shows_all(len(places)):
                count = len(places)
            rows = [
                make_row(store, class_maps, measured, selection, int(place), space)
                for place in places[:count]
            ]
            st.html(rows_html(rows, space))
    st.caption(EXPLAINED)
    if is_empty(class_maps.maps).any():
        st.caption(EMPTY_MEANS)


def _shows_all(count: int) -> bool:
    return st.toggle(f"Show all {count}", key="all", bind="query-params")


def make_row(
    store: Store,
    class_maps: ClassMaps,
    measured: Measured,
    selection: Selection,
    place: int,
    space: str,
) -> HistogramRow:
    """Return an image's map, region and histograms.

    Args:
        store: where the images are.
        class_maps: the images with their maps.
        measured: what was measured of them.
        selection: what the page shows.
        place: of the image among them.
        space: a key of ``SPACES``.
    """
    index = stored_images.image_index(store, class_maps.images_id)
    image, saliency = int(class_maps.images[place]), class_maps.maps[place]
    pixels = stored_images.image(store, class_maps.images_id, image)
    inside = highlight(saliency[None], pixels.shape[:2], selection.threshold)[0]
    region, whole = measured.drawn.region[place], measured.drawn.whole[place]
    tile = make_tile(pixels, saliency, SOURCE_PIXELS, selection.threshold)
    mark = "✓" if class_maps.correct[place] else "✗"
    predicted = selection.classes[int(class_maps.predicted[place])]
    true = selection.classes[int(class_maps.true[place])]
    of = "" if selection.of_class or class_maps.correct[place] else f", an image of {true}"
    return HistogramRow(
        tile.source,
        region_image(pixels, inside, SOURCE_PIXELS),
        region,
        whole,
        index.names[image],
        (
            f"{mark} {predicted}, confidence {class_maps.confidence[place]:.0%}{of}",
            *describe_distances(region, whole, space, tile.note),
        ),
    )

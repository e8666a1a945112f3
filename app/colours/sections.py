"""The CIH page's sections: colours and textures of what a network looks at in a class."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from app.attention.class_maps import ClassMaps
from app.attention.histogram_html import Line, lines_html
from app.attention.histograms import EXPLAINED, highlight
from app.attention.numbers import map_numbers
from app.drawing.thumbnails import overlay_image, region_image
from app.reads import stored_runs
from saliencnn.drawing.heat import rescale
from saliencnn.measures.colour import SPACES, distances, histograms, textures, to_space
from saliencnn.measures.energy import is_empty
from saliencnn.store.connection import Store

SHOWN = 6
"""Images of each group that are drawn at first."""
GROUPS = {True: "Correct", False: "Failed"}


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured in each image.

    Attributes:
        pixels: uint8 (N, S, S, 3).
        inside: bool (N, S, S), what the maps highlight.
        region: (N, 3, bins), shares of the highlighted pixels.
        whole: (N, 3, bins), shares of all pixels.
        numbers: name -> (N,), everything that might tell failed from correct images.
    """

    pixels: np.ndarray
    inside: np.ndarray
    region: np.ndarray
    whole: np.ndarray
    numbers: dict[str, np.ndarray]


def measure(
    store: Store, class_maps: ClassMaps, threshold: float, space: str, bins: int
) -> Measured:
    """Measure colours and textures of what the maps highlight; remembered by the session."""
    key = (
        *(class_maps.images_id, class_maps.images.tobytes(), class_maps.maps.tobytes()),
        *(threshold, space, bins),
    )
    remembered = st.session_state.setdefault("colours-measured", {})
    if key not in remembered:
        remembered.clear()
        with st.spinner("Measuring colours and textures…"):
            remembered[key] = _measure(store, class_maps, threshold, space, bins)
    found: Measured = remembered[key]
    return found


def _measure(
    store: Store, class_maps: ClassMaps, threshold: float, space: str, bins: int
) -> Measured:
    images = [int(image) for image in class_maps.images]
    pixels = np.stack(stored_runs.read_images(store, class_maps.images_id, images))
    inside = highlight(class_maps.maps, pixels.shape[1], threshold)
    channels = to_space(pixels, space)
    region = histograms(channels, inside, bins)
    whole = histograms(channels, np.ones_like(inside), bins)
    names = SPACES[space].channels
    numbers = {
        f"{name} to the whole image, {channel}": values[:, place]
        for name, values in distances(region, whole, space).items()
        for place, channel in enumerate(names)
    }
    centres = (np.arange(bins) + 0.5) / bins
    for place, channel in enumerate(names):
        if not SPACES[space].circular[place]:
            numbers[f"mean {channel} of the region"] = region[:, place] @ centres
    numbers |= {f"texture: {name}": values for name, values in textures(pixels, inside).items()}
    numbers |= map_numbers(store, class_maps, threshold)
    return Measured(pixels, inside, region, whole, numbers)


def draw_groups(
    store: Store,
    class_maps: ClassMaps,
    measured: Measured,
    classes: tuple[str, ...],
    space: str,
    threshold: float,
) -> None:
    """Draw the images in rows, the correct ones and the failed ones apart."""
    tabs = st.tabs([f"{GROUPS[kind]} ({(class_maps.correct == kind).sum()})" for kind in GROUPS])
    for kind, tab in zip(GROUPS, tabs, strict=True):
        places = np.flatnonzero(class_maps.correct == kind)
        with tab:
            if not len(places):
                st.info(
                    f"The network {'recognised' if kind else 'missed'} no image of this class.",
                    icon=":material/image:",
                )
                continue
            count = SHOWN
            if len(places) > SHOWN and st.toggle(f"Show all {len(places)}", key=f"all-{kind}"):
                count = len(places)
            lines = [
                _line(store, class_maps, measured, classes, int(place), space, threshold)
                for place in places[:count]
            ]
            st.html(lines_html(lines, space))
    st.caption(EXPLAINED)


def _line(
    store: Store,
    class_maps: ClassMaps,
    measured: Measured,
    classes: tuple[str, ...],
    place: int,
    space: str,
    threshold: float,
) -> Line:
    index = stored_runs.image_index(store, class_maps.images_id)
    mark = "✓" if class_maps.correct[place] else "✗"
    image = measured.pixels[place]
    lost = is_empty(class_maps.maps[place][None])[0]
    map01 = rescale(class_maps.maps[place][None], jointly=False)[0]
    region, whole = measured.region[place], measured.whole[place]
    apart = distances(region[None], whole[None], space)
    return Line(
        overlay_image(image, map01, 216, max(threshold, 1e-3)),
        region_image(image, measured.inside[place], 216),
        region,
        whole,
        index.names[int(class_maps.images[place])],
        (
            f"{mark} {classes[int(class_maps.predicted[place])]}, "
            f"confidence {class_maps.confidence[place]:.0%}",
            *(["points nowhere: nothing is highlighted"] if lost else []),
            *(f"{name} {found.mean():.2f}" for name, found in apart.items()),
        ),
    )

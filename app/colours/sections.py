"""The CIH page's sections: colours and textures of what a network looks at in a class."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from app.attention.histogram_html import Line, lines_html
from app.attention.histograms import EXPLAINED, highlight
from app.attention.looks import Looks
from app.attention.numbers import map_numbers
from app.drawing.thumbnails import overlay_image, region_image
from app.reads import stored_runs
from saliencnn.drawing.heat import rescale
from saliencnn.measures.colour import SPACES, distances, histograms, textures, to_space
from saliencnn.measures.noise import points_nowhere
from saliencnn.store.connection import Store

SHOWN = 6
"""Pictures of each group that are drawn at first."""
GROUPS = {True: "Correct", False: "Failed"}


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured in each picture.

    Attributes:
        pixels: uint8 (N, S, S, 3).
        inside: bool (N, S, S), what the maps highlight.
        region: (N, 3, bins), shares of the highlighted pixels.
        whole: (N, 3, bins), shares of all pixels.
        numbers: name -> (N,), everything that might tell failed from correct pictures.
    """

    pixels: np.ndarray
    inside: np.ndarray
    region: np.ndarray
    whole: np.ndarray
    numbers: dict[str, np.ndarray]


def measure(store: Store, looks: Looks, threshold: float, space: str, bins: int) -> Measured:
    """Measure colours and textures of what the maps highlight; remembered by the session."""
    key = (
        looks.pictures, looks.images.tobytes(), looks.maps.tobytes(), threshold, space, bins
    )  # fmt: skip
    remembered = st.session_state.setdefault("cih", {})
    if key not in remembered:
        remembered.clear()
        with st.spinner("Measuring colours and textures…"):
            remembered[key] = _measure(store, looks, threshold, space, bins)
    found: Measured = remembered[key]
    return found


def _measure(store: Store, looks: Looks, threshold: float, space: str, bins: int) -> Measured:
    images = [int(image) for image in looks.images]
    pixels = np.stack(stored_runs.several_pictures(store, store.uri, looks.pictures, images))
    inside = highlight(looks.maps, pixels.shape[1], threshold)
    channels = to_space(pixels, space)
    region = histograms(channels, inside, bins)
    whole = histograms(channels, np.ones_like(inside), bins)
    names = SPACES[space].channels
    numbers = {
        f"{name} to the whole picture, {channel}": values[:, place]
        for name, values in distances(region, whole, space).items()
        for place, channel in enumerate(names)
    }
    centres = (np.arange(bins) + 0.5) / bins
    for place, channel in enumerate(names):
        if not SPACES[space].circular[place]:
            numbers[f"mean {channel} of the region"] = region[:, place] @ centres
    numbers |= {f"texture: {name}": values for name, values in textures(pixels, inside).items()}
    numbers |= map_numbers(store, looks, threshold)
    return Measured(pixels, inside, region, whole, numbers)


def draw_groups(
    store: Store,
    looks: Looks,
    measured: Measured,
    classes: tuple[str, ...],
    space: str,
    threshold: float,
) -> None:
    """Draw the pictures in rows, the correct ones and the failed ones apart."""
    tabs = st.tabs([f"{GROUPS[kind]} ({(looks.correct == kind).sum()})" for kind in GROUPS])
    for kind, tab in zip(GROUPS, tabs, strict=True):
        places = np.flatnonzero(looks.correct == kind)
        with tab:
            if not len(places):
                st.info(
                    f"The network {'recognised' if kind else 'missed'} no picture of this class.",
                    icon=":material/image:",
                )
                continue
            count = SHOWN
            if len(places) > SHOWN and st.toggle(f"Show all {len(places)}", key=f"all-{kind}"):
                count = len(places)
            lines = [
                _line(store, looks, measured, classes, int(place), space, threshold)
                for place in places[:count]
            ]
            st.html(lines_html(lines, space))
    st.caption(EXPLAINED)


def _line(
    store: Store,
    looks: Looks,
    measured: Measured,
    classes: tuple[str, ...],
    place: int,
    space: str,
    threshold: float,
) -> Line:
    index = stored_runs.picture_index(store, store.uri, looks.pictures)
    picture = measured.pixels[place]
    lost = points_nowhere(looks.maps[place][None])[0]
    map01 = rescale(looks.maps[place][None], jointly=False)[0]
    region, whole = measured.region[place], measured.whole[place]
    apart = distances(region[None], whole[None], space)
    return Line(
        overlay_image(picture, map01, 216, max(threshold, 1e-3)),
        region_image(picture, measured.inside[place], 216),
        region,
        whole,
        index.names[int(looks.images[place])],
        (
            f"{'✓' if looks.correct[place] else '✗'} {classes[int(looks.predicted[place])]}, "
            f"{looks.confidence[place]:.0%} sure",
            *(["points nowhere: nothing is highlighted"] if lost else []),
            *(f"{name} {found.mean():.2f}" for name, found in apart.items()),
        ),
    )

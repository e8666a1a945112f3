"""The CIH page's sections: colours and textures of what a network looks at in a class."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from app import queries
from app.colours.histograms import Line, lines_html
from app.colours.looks import Looks
from app.compare.level import map_numbers
from app.heat import rescale
from app.layers import overlay_image, region_image
from pipelines.measures.colour import SPACES, distances, histograms, textures, to_space
from pipelines.measures.noise import points_nowhere
from pipelines.measures.resolution import resample
from pipelines.store.connection import Store

BINS = (8, 16, 32, 64)
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


def choose_histogram(key: str) -> tuple[str, int]:
    """Let the person choose colour space and bins."""
    left, right = st.columns([1, 1])
    space = left.segmented_control(
        "Colour space", list(SPACES), default="RGB", required=True, key=f"{key}-space",
        help=" ".join(f"{name}: {space.meaning}" for name, space in SPACES.items()),
    )  # fmt: skip
    bins = right.select_slider(
        "Bins", BINS, value=16, key=f"{key}-bins", help="Bars of a histogram."
    )
    return space, int(bins)


def highlight(maps: np.ndarray, size: int, threshold: float) -> np.ndarray:
    """Return the pixels where maps (N, h, w) reach a share of their maximum, (N, size, size).

    Maps that point nowhere highlight nothing.
    """
    scaled = resample(rescale(maps, jointly=False), size, size)
    return (scaled >= threshold) & ~points_nowhere(maps)[:, None, None]


def draw_histograms(picture: np.ndarray, saliency: np.ndarray, said: str, threshold: float) -> None:
    """Draw one picture's colour histograms: the region that a map highlights, and the whole.

    Args:
        picture: uint8 (S, S, 3).
        saliency: raw map (h, w).
        said: what the picture is and what the network says.
        threshold: share of the map's maximum from which on a pixel is highlighted.
    """
    space, bins = choose_histogram("one")
    inside = highlight(saliency[None], len(picture), threshold)
    channels = to_space(picture[None], space)
    region = histograms(channels, inside, bins)
    whole = histograms(channels, np.ones_like(inside), bins)
    apart = {name: found[0] for name, found in distances(region, whole, space).items()}
    words = tuple(f"{name} to the whole: {values.mean():.2f}" for name, values in apart.items())
    map01 = rescale(saliency[None], jointly=False)[0]
    line = Line(
        overlay_image(picture, map01, 216, threshold),
        region_image(picture, inside[0], 216),
        region[0],
        whole[0],
        said,
        words,
    )
    st.html(lines_html([line], space))
    st.caption(EXPLAINED)


EXPLAINED = (
    "Bars: how often each value occurs where the network looks; grey line: in the whole picture. "
    "Where bars rise above the line, the network prefers these colours. Distances: 0 for the same "
    "colours, 1 for none in common."
)


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
    pixels = np.stack(queries.several_pictures(store, store.uri, looks.pictures, images))
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
    index = queries.picture_index(store, store.uri, looks.pictures)
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

"""Colour histograms of what a map highlights, beside the whole image's."""

import numpy as np
import streamlit as st

from app.attention.histogram_html import Line, lines_html
from app.drawing.thumbnails import overlay_image, region_image
from saliencnn.drawing.heat import rescale
from saliencnn.measures.colour import SPACES, distances, histograms, to_space
from saliencnn.measures.energy import is_empty
from saliencnn.measures.resolution import resample

BINS = (8, 16, 32, 64)
EXPLAINED = (
    "Bars: how often each value occurs where the network looks; grey line: in the whole image. "
    "Where bars rise above the line, the network prefers these colours. Distances: 0 for the same "
    "colours, 1 for none in common."
)


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
    return (scaled >= threshold) & ~is_empty(maps)[:, None, None]


def draw_histograms(image: np.ndarray, saliency: np.ndarray, said: str, threshold: float) -> None:
    """Draw one image's colour histograms: the region that a map highlights, and the whole.

    Args:
        image: uint8 (S, S, 3).
        saliency: raw map (h, w).
        said: what the image is and what the network says.
        threshold: share of the map's maximum from which on a pixel is highlighted.
    """
    space, bins = choose_histogram("one")
    inside = highlight(saliency[None], len(image), threshold)
    channels = to_space(image[None], space)
    region = histograms(channels, inside, bins)
    whole = histograms(channels, np.ones_like(inside), bins)
    apart = {name: found[0] for name, found in distances(region, whole, space).items()}
    words = tuple(f"{name} to the whole: {values.mean():.2f}" for name, values in apart.items())
    map01 = rescale(saliency[None], jointly=False)[0]
    line = Line(
        overlay_image(image, map01, 216, threshold),
        region_image(image, inside[0], 216),
        region[0],
        whole[0],
        said,
        words,
    )
    st.html(lines_html([line], space))
    st.caption(EXPLAINED)

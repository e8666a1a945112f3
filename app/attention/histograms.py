"""Colour histograms of the region that a map highlights, beside the whole image's."""

import numpy as np
import streamlit as st

from app.attention.map_tile import make_tile
from app.drawing.thumbnails import region_image
from saliencnn.drawing.colour_histograms import HistogramRow, rows_html
from saliencnn.drawing.heat import rescale
from saliencnn.measures.colour import SPACES, distances, histograms, to_space
from saliencnn.measures.energy import is_empty
from saliencnn.measures.resolution import resample

BINS = (8, 16, 32, 64)
SOURCE_PIXELS = 216
"""Pixels of an edge of the drawn images: twice what the page shows, for sharp screens."""
NEARLY, OTHERS = 0.1, 0.3
"""Chi-squares up to which a region has the whole image's colours, and from which others: rules of
thumb."""
EXPLAINED = (
    "Bars: how often each value occurs in the highlighted region. Grey line: in the whole image. "
    "Where the bars rise above the line, the region has more of this colour. Two distances, means "
    "over the channels, say how far apart they are. Chi-square: 0 for the same colours, 1 for none "
    "in common. Wasserstein: how far the bars must be moved to match the line, as a fraction of "
    "the axis."
)


FIRST_SPACE, FIRST_BINS = "RGB", 16


def choose_histogram() -> tuple[str, int]:
    """Let the person choose colour space and bins; what differs from the default is in the URL."""
    left, right = st.columns([1, 1])
    space = left.segmented_control(
        "Colour space", list(SPACES), default=FIRST_SPACE, required=True, key="space",
        bind="query-params",
        help=" ".join(f"{name}: {space.meaning}" for name, space in SPACES.items()),
    )  # fmt: skip
    bins = right.select_slider(
        "Bins", BINS, value=FIRST_BINS, key="bins", bind="query-params", help="Bars of a histogram."
    )
    # An address with an empty value leaves a widget without one, whatever it requires.
    return space or FIRST_SPACE, int(bins or FIRST_BINS)


def highlight(maps: np.ndarray, shape: tuple[int, ...], threshold: float) -> np.ndarray:
    """Return the pixels where maps (N, h, w) reach a fraction of their maximum.

    Empty maps highlight nothing.

    Args:
        maps: not rescaled.
        shape: rows and columns of the images.
        threshold: the fraction.

    Returns:
        bool (N, rows, columns).
    """
    scaled = resample(rescale(maps, jointly=False), *shape)
    return (scaled >= threshold) & ~is_empty(maps)[:, None, None]


def describe_distances(
    region: np.ndarray, whole: np.ndarray, space: str, note: str = ""
) -> tuple[str, ...]:
    """Say how far the colours of a region are from the whole image's, a line a distance.

    Args:
        region: (3, bins), of the highlighted pixels; NaN where nothing is highlighted.
        whole: (3, bins), of all pixels.
        space: a key of ``SPACES``.
        note: why the map shows nothing, see ``note_of``.
    """
    if np.isnan(region).any():
        return (f"{note}: nothing is highlighted" if note else "no pixel reaches the threshold",)
    found = {
        name: values.mean() for name, values in distances(region[None], whole[None], space).items()
    }
    told = (
        "nearly the whole image's"
        if found["chi-square"] < NEARLY
        else ("partly other ones" if found["chi-square"] < OTHERS else "other ones")
    )
    return f"colours: {told}", *(f"{name} {value:.2f}" for name, value in found.items())


def draw_histograms(image: np.ndarray, saliency: np.ndarray, title: str, threshold: float) -> None:
    """Draw one image's colour histograms: the region that a map highlights, and the whole.

    Args:
        image: uint8 (S, S, 3).
        saliency: raw map (h, w).
        title: what the image is and what the network predicts.
        threshold: fraction of the map's maximum from which on a pixel is highlighted.
    """
    space, bins = choose_histogram()
    inside = highlight(saliency[None], image.shape[:2], threshold)
    channels = to_space(image[None], space)
    region = histograms(channels, inside, bins)[0]
    whole = histograms(channels, np.ones_like(inside), bins)[0]
    tile = make_tile(image, saliency, SOURCE_PIXELS, threshold)
    row = HistogramRow(
        tile.source,
        region_image(image, inside[0], SOURCE_PIXELS),
        region,
        whole,
        title,
        describe_distances(region, whole, space, tile.note),
    )
    st.html(rows_html([row], space))
    st.caption(EXPLAINED)

"""Colour histograms and texture of the region that a map highlights.

The colour intensity histogram (CIH) is VAC-CNN's (Xuan et al. 2021): of each channel, the fraction
of the region's pixels in each bin of values, beside that of the whole image.
"""

from dataclasses import dataclass

import numpy as np
from skimage.color import rgb2hsv, rgb2lab
from skimage.feature import graycomatrix, local_binary_pattern


@dataclass(frozen=True)
class Space:
    """A colour space.

    Attributes:
        channels: names, in order.
        ranges: lowest and highest value of each channel, as people know them.
        circular: whether a channel's ends meet, as those of the hue do.
        meaning: of the channels, in words.
    """

    channels: tuple[str, str, str]
    ranges: tuple[tuple[float, float], ...]
    circular: tuple[bool, bool, bool]
    meaning: str


SPACES: dict[str, Space] = {
    "RGB": Space(
        ("red", "green", "blue"),
        ((0, 255),) * 3,
        (False,) * 3,
        "How strong the three lights of a screen are.",
    ),
    "HSV": Space(
        ("hue", "saturation", "value"),
        ((0, 360), (0, 1), (0, 1)),
        (True, False, False),
        "Which colour of the rainbow (in degrees), how pure, and how bright.",
    ),
    "Lab": Space(
        ("lightness", "green to red", "blue to yellow"),
        ((0, 100), (-128, 127), (-128, 127)),
        (False,) * 3,
        "As people see differences: how light, and how far along two pairs of opposite colours.",
    ),
}
TEST_SPACE, TEST_BINS = "Lab", 16
"""In which images are compared, whichever are drawn: equal distances in Lab look equally large."""
GREYS = 16
"""Levels of grey of the co-occurrence matrix."""
TEXTURES: dict[str, str] = {
    "flat patterns": "fraction of pixels with no darker neighbour: plain areas, dark dots",
    "edge patterns": "fraction of pixels on a straight edge",
    "pattern variety": "how many such patterns there are, 0 to 1",
    "contrast": "how much neighbouring pixels differ, 0 to 1",
    "homogeneity": "how similar neighbouring pixels are, 0 to 1",
    "edge strength": "mean slope of the brightness",
    "one direction": "how far all slopes have one orientation, 0 to 1",
}
"""Texture statistic -> what it says."""


def to_space(images: np.ndarray, space: str) -> np.ndarray:
    """Convert images to a colour space whose channels run from 0 to 1.

    Args:
        images: uint8 (..., 3), RGB.
        space: a key of ``SPACES``.

    Returns:
        float32 (..., 3): each channel as a fraction of its range.
    """
    if space == "RGB":
        return images.astype(np.float32) / 255
    if space == "HSV":
        return rgb2hsv(images).astype(np.float32)
    low, high = np.array(SPACES[space].ranges, np.float32).T
    # In float32 the library is three times as fast, and right to 0.0002 of Lab's 100.
    lab = rgb2lab(images.astype(np.float32) / 255)
    return ((lab - low) / (high - low)).clip(0, 1).astype(np.float32)


def histograms(channels: np.ndarray, inside: np.ndarray, bins: int) -> np.ndarray:
    """Return the fractions of each image's pixels in evenly spaced bins.

    Args:
        channels: float (N, H, W, 3), 0 to 1, see ``to_space``.
        inside: bool (N, H, W), the pixels that count.
        bins: how many.

    Returns:
        float64 (N, 3, bins), each histogram of sum 1; NaN where no pixel counts.
    """
    places = np.minimum((channels * bins).astype(np.intp), bins - 1)
    found = np.full((len(channels), 3, bins), np.nan)
    for image, region, rows in zip(places, inside, found, strict=True):
        pixels = image[region]
        if len(pixels):
            rows[:] = [np.bincount(values, minlength=bins) for values in pixels.T]
            rows /= len(pixels)
    return found


def chi_square(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return sum (p - q)^2 / (p + q) / 2 of histograms (..., bins): 0 (same) to 1 (apart)."""
    total = first + second
    parts = np.divide((first - second) ** 2, total, out=np.zeros_like(total), where=total > 0)
    return np.where(np.isnan(total).any(axis=-1), np.nan, parts.sum(axis=-1) / 2)


def wasserstein(first: np.ndarray, second: np.ndarray, circular: bool = False) -> np.ndarray:
    """Return how far the mass of histograms must be moved, as a fraction of the channel's range.

    Args:
        first: (..., bins), each of sum 1.
        second: likewise.
        circular: whether mass may be moved across the ends, which then meet (Werman 1986).

    Returns:
        (...): 0 (same) to below 1; at most 0.5 if circular.
    """
    ahead = np.cumsum(first - second, axis=-1)
    if circular:
        ahead = ahead - np.median(ahead, axis=-1, keepdims=True)
    return np.abs(ahead).sum(axis=-1) / first.shape[-1]


def distances(first: np.ndarray, second: np.ndarray, space: str) -> dict[str, np.ndarray]:
    """Return each distance of histograms (N, 3, bins), name -> (N, 3)."""
    circular = SPACES[space].circular
    moved = [
        wasserstein(first[:, channel], second[:, channel], ends_meet)
        for channel, ends_meet in enumerate(circular)
    ]
    return {"chi-square": chi_square(first, second), "Wasserstein": np.stack(moved, axis=1)}


def textures(images: np.ndarray, inside: np.ndarray) -> dict[str, np.ndarray]:
    """Describe the texture of a region of each image.

    Local binary patterns (Ojala 2002): 8 neighbours, rotation invariant and uniform. GLCM
    (Haralick 1973): neighbours to the right, below and on both diagonals, symmetric, 16 greys.
    Orientation: length of the mean of doubled angles, weighed by the slopes (Bigun 1987).

    Args:
        images: uint8 (N, H, W, 3).
        inside: bool (N, H, W).

    Returns:
        Key of ``TEXTURES`` -> float64 (N,), NaN where the region is empty.
    """
    rows = [_texture(*pair) for pair in zip(images, inside, strict=True)]
    table = np.array(rows, np.float64).reshape(len(rows), len(TEXTURES))
    return dict(zip(TEXTURES, table.T, strict=True))


def _texture(image: np.ndarray, region: np.ndarray) -> tuple[float, ...]:
    """Return the values of ``TEXTURES`` in their order."""
    if not region.any():
        return (np.nan,) * len(TEXTURES)
    image, region = _crop_to_region(image, region)
    grey = image @ np.array([0.2125, 0.7154, 0.0721])
    # Beyond its border the library sees black, which would look like an edge.
    padded = np.pad(grey.round().astype(np.uint8), 1, mode="edge")
    codes = local_binary_pattern(padded, 8, 1, "uniform")[1:-1, 1:-1][region]
    patterns = np.bincount(codes.astype(np.intp), minlength=10) / len(codes)
    variety = -(patterns * np.log(np.where(patterns > 0, patterns, 1))).sum() / np.log(10)
    down, right = np.gradient(grey / 255)
    strength = np.hypot(down, right)[region]
    doubled = (strength * np.exp(2j * np.arctan2(down, right)[region])).sum()
    coherence = abs(doubled) / strength.sum() if strength.sum() > 0 else 0.0
    contrast, homogeneity = _co_occurrence(grey, region)
    edges = patterns[3:6].sum()
    return (patterns[8], edges, variety, contrast, homogeneity, strength.mean(), coherence)


def _crop_to_region(image: np.ndarray, region: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the part of an image that a region lies in, with the region's neighbours."""
    down, across = (np.flatnonzero(region.any(axis)) for axis in (1, 0))
    part = tuple(slice(max(0, found[0] - 1), found[-1] + 2) for found in (down, across))
    return image[part], region[part]


def _co_occurrence(grey: np.ndarray, region: np.ndarray) -> tuple[float, float]:
    """Return contrast and homogeneity of the pairs of neighbours that both lie in a region."""
    levels = 1 + np.minimum((grey * GREYS / 256).astype(np.uint8), GREYS - 1)
    # Level 0 stands for all that lies outside; its pairs are thrown away.
    counts = graycomatrix(
        np.where(region, levels, 0).astype(np.uint8),
        [1],
        [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4],
        levels=GREYS + 1,
        symmetric=True,
    )[1:, 1:].sum(axis=(2, 3), dtype=np.float64)
    if not counts.sum():
        return np.nan, np.nan
    pairs = counts / counts.sum()
    apart = np.subtract.outer(np.arange(GREYS), np.arange(GREYS)) ** 2
    return (pairs * apart).sum() / (GREYS - 1) ** 2, (pairs / (1 + apart)).sum()

"""Numbers of a map that need no knowledge of where the object is.

Runs are ranked by them where an image set has neither boxes nor masks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from saliencnn.measures.energy import above_threshold, relative_energy


@dataclass(frozen=True)
class MapMeasure:
    """One number for each map, whatever the image shows.

    Attributes:
        label: for people, as it stands in a sentence.
        sign: 1 where more is better, -1 where less is.
        help: a sentence for a novice.
        compute: float (N, h, w) to float (N,), NaN where a map has no positive energy.
    """

    label: str
    sign: int
    help: str
    compute: Callable[[np.ndarray], np.ndarray]


def total_variation(maps: np.ndarray) -> np.ndarray:
    """Return how much each map rises and falls along an average row and an average column.

    With p the map divided by its maximum, that is sum |p[i, j + 1] - p[i, j]| / h plus
    sum |p[i + 1, j] - p[i, j]| / w: the anisotropic total variation (Rudin 1992) of the function
    on the unit square whose cells the map holds. Neither the map's scale nor finer cells change it.

    Args:
        maps: float (N, h, w); values below zero count as zero.

    Returns:
        float32 (N,): 0 for a constant map, 1 for a ramp along one axis, at most w + h - 2 (a
        chessboard); NaN where a map has no positive energy or is not finite.
    """
    energy = relative_energy(maps)
    _, h, w = energy.shape
    along_rows = abs(np.diff(energy, axis=2)).sum(axis=(1, 2)) / h
    along_columns = abs(np.diff(energy, axis=1)).sum(axis=(1, 2)) / w
    undefined = np.isnan(energy[:, 0, 0])
    return np.where(undefined, np.nan, along_rows + along_columns).astype("f4")


def entropy(maps: np.ndarray) -> np.ndarray:
    """Return how evenly each map spreads its energy (Shannon 1948).

    With p the cells' fractions of the map's energy, that is -sum p log p / log(h w).

    Args:
        maps: float (N, h, w); values below zero count as zero.

    Returns:
        float32 (N,): 0 for all energy in one cell to 1 for all cells alike; NaN where a map has
        one cell alone, no positive energy or a value that is not finite.
    """
    energy = relative_energy(maps)
    _, h, w = energy.shape
    if h * w == 1:
        return np.full(len(maps), np.nan, np.float32)
    fractions = energy / energy.sum(axis=(1, 2), keepdims=True)
    surprise = -np.log(fractions, out=np.zeros_like(fractions), where=fractions != 0)
    return ((fractions * surprise).sum(axis=(1, 2)) / np.log(h * w)).astype("f4")


def area_above_half(maps: np.ndarray) -> np.ndarray:
    """Return the fraction of cells that reach at least half of their map's maximum.

    Args:
        maps: float (N, h, w); values below zero count as zero.

    Returns:
        float32 (N,), above 0 to 1; NaN where a map has no positive energy or is not finite.
    """
    area = above_threshold(maps, 0.5).mean(axis=(1, 2))
    return np.where(area > 0, area, np.nan).astype("f4")


MAP_MEASURES: dict[str, MapMeasure] = {
    "total_variation": MapMeasure(
        "total variation of the maps",
        -1,
        "How often a map rises and falls; a calm map points at one thing.",
        total_variation,
    ),
    "entropy": MapMeasure(
        "spread of the maps",
        -1,
        "How evenly a map spreads over the image: 0 is a single spot, 1 is everywhere alike.",
        entropy,
    ),
    "attended_area": MapMeasure(
        "attended area",
        1,
        "Which share of the image a map attends to with at least half its strength; a network "
        "that reads a small cue beside the object attends to little.",
        area_above_half,
    ),
}
"""Each is logged at every epoch as a metric of its name: the mean over the Grad-CAM maps."""

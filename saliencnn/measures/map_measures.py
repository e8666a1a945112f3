"""Numbers of a map that need no knowledge of where the object is.

Runs are ranked by them where an image set has neither boxes nor masks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from saliencnn.measures.energy import above_threshold, relative_energy
from saliencnn.measures.metric import Metric


def region_size(map01: np.ndarray, threshold: float) -> float:
    """Return the fraction of a map's cells, (h, w) in 0..1, at or above the threshold."""
    return float((map01 >= threshold).mean())


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


@dataclass(frozen=True)
class MapMeasure:
    """One row of the table.

    Attributes:
        compute: from float maps (N, h, w) to float (N,), NaN where a map has no positive energy.
        metric: what its mean over the Grad-CAM maps says, which every epoch logs.
    """

    compute: Callable[[np.ndarray], np.ndarray]
    metric: Metric


MAP_MEASURES: dict[str, MapMeasure] = {
    "total_variation": MapMeasure(
        total_variation,
        Metric(
            "total variation",
            ".2f",
            "lower",
            "How much the Grad-CAM maps rise and fall across the image; a map with one smooth peak "
            "has little. No measure of a network: of 25 pairs it preferred the one that reads a "
            "shortcut in all.",
        ),
    ),
    "entropy": MapMeasure(
        entropy,
        Metric(
            "entropy",
            ".2f",
            "lower",
            "How evenly the Grad-CAM maps spread over the image: 0 is a single cell, 1 is "
            "everywhere the same. No measure of a network: of 25 pairs it preferred the one that "
            "reads a shortcut in all.",
        ),
    ),
    "attended_area": MapMeasure(
        area_above_half,
        Metric(
            "area above half",
            ".2f",
            "higher",
            "Fraction of the image where a Grad-CAM map reaches at least half its maximum. No "
            "measure of a network: of 25 pairs it preferred the one that reads a shortcut in all, "
            "and it was largest where the background or the brightness was read.",
        ),
    ),
}
"""By the name of the metric."""

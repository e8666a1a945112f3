"""Focus: how much of a map lies where the object is, and how far from it."""

import numpy as np
from torch import from_numpy
from torch.nn.functional import adaptive_avg_pool2d

from saliencnn.measures.noise import attended, relative_energy


def coverage(masks: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the share of each map cell that a region covers.

    Args:
        masks: bool (N, H, W).
        height: rows of the map.
        width: columns of the map.

    Returns:
        float32 (N, height, width), 0 to 1: means over the cells of an even grid.
    """
    pooled = adaptive_avg_pool2d(from_numpy(masks.astype(np.float32)), (height, width))
    return pooled.numpy()


def focus(maps: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Return the share of each map's positive energy inside a region.

    Args:
        maps: float (N, h, w); values below zero count as zero.
        covered: float (N, h, w), the region's ``coverage``.

    Returns:
        float32 (N,), 0 to 1; NaN where a map has no positive energy.
    """
    energy = np.maximum(maps, 0).astype(np.float64)
    total = energy.sum(axis=(1, 2))
    inside = (energy * covered).sum(axis=(1, 2))
    return np.divide(inside, total, out=np.full(len(maps), np.nan), where=total > 0).astype("f4")


def pointing(maps: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Return whether each map's maximum lies inside a region: the pointing game (Zhang 2016).

    Where several cells share the maximum, each of them is as good a place to point at, so the
    result is their mean: the chance that one drawn at random is a hit. A cell that the region
    covers in part is a hit by that part.

    Args:
        maps: float (N, h, w); values below zero count as zero.
        covered: float (N, h, w), the region's ``coverage``.

    Returns:
        float32 (N,), 0 (miss) to 1 (hit); NaN where a map has no positive energy or is not finite.
    """
    top = relative_energy(maps) == 1
    count = top.sum(axis=(1, 2))
    hits = (top * covered.astype(np.float64)).sum(axis=(1, 2))
    return np.divide(hits, count, out=np.full(len(maps), np.nan), where=count > 0).astype("f4")


def region_iou(maps: np.ndarray, covered: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """Return the overlap of what each map attends to with a region, over both together.

    Args:
        maps: float (N, h, w); values below zero count as zero.
        covered: float (N, h, w), the region's ``coverage``; cells count by the part covered.
        threshold: cells that reach this share of their map's maximum are attended to; above 0 and
            at most 1.

    Returns:
        float32 (N,), 0 (apart) to 1 (the same); NaN where a map has no positive energy or is not
        finite.

    Raises:
        ValueError: the threshold is outside its range.
    """
    bright = attended(maps, threshold)
    both = np.where(bright, covered, 0).sum(axis=(1, 2), dtype=np.float64)
    either = np.where(bright, 1, covered).sum(axis=(1, 2), dtype=np.float64)
    defined = bright.any(axis=(1, 2))
    return np.divide(both, either, out=np.full(len(maps), np.nan), where=defined).astype("f4")


def distance_to_region(maps: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Return how far each map's centre of mass lies from a region's.

    Args:
        maps: float (N, h, w); values below zero count as zero.
        covered: float (N, h, w), the region's ``coverage``.

    Returns:
        float32 (N,) in units of the map's diagonal, sqrt(h^2 + w^2) cells: 0 (same centre) to
        below 1; NaN where a map has no positive energy or is not finite, or a region is empty.
    """
    offset = _centres(relative_energy(maps)) - _centres(relative_energy(covered))
    return (np.hypot(*offset.T) / np.hypot(*maps.shape[1:])).astype("f4")


def _centres(weights: np.ndarray) -> np.ndarray:
    """Return rows and columns (N, 2) of the centres of mass, in cells."""
    _, h, w = weights.shape
    rows = (weights.sum(axis=2) * np.arange(h)).sum(axis=1)
    columns = (weights.sum(axis=1) * np.arange(w)).sum(axis=1)
    return np.stack([rows, columns], axis=1) / weights.sum(axis=(1, 2))[:, None]

"""Focus: how much of a map lies where the object is, and whether its brightest spot does."""

import numpy as np

INSIDE = 0.5
"""Focus from which on most of a map lies inside."""


def coverage(masks: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the fraction of each map cell that a region covers.

    Args:
        masks: bool (N, H, W).
        height: rows of the map.
        width: columns of the map.

    Returns:
        float32 (N, height, width), 0 to 1: means over the cells of an even grid.
    """
    down, across = _membership(masks.shape[1], height), _membership(masks.shape[2], width)
    counted = down @ masks.astype(np.float32) @ across.T
    return counted / down.sum(1)[:, None] / across.sum(1)


def _membership(pixels: int, cells: int) -> np.ndarray:
    """Return which pixels of a side lie in each cell, also in part: 0 or 1, (cells, pixels)."""
    start = np.arange(cells) * pixels // cells
    end = -(-(np.arange(cells) + 1) * pixels // cells)
    place = np.arange(pixels)
    return ((start[:, None] <= place) & (place < end[:, None])).astype(np.float32)


def focus(maps: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Return the fraction of each map's positive energy inside a region.

    An empty map shows nothing of the object, so it counts as 0.

    Args:
        maps: float (N, h, w); values below zero count as zero.
        covered: float (N, h, w), the region's ``coverage``.

    Returns:
        float32 (N,), 0 to 1; NaN where a map has a value that is not finite, or nothing is known
        of the region.
    """
    energy = np.maximum(maps, 0).astype(np.float64)
    total = energy.sum(axis=(1, 2))
    inside = (energy * covered).sum(axis=(1, 2))
    return np.where(total == 0, 0 * inside, inside / np.where(total == 0, 1, total)).astype("f4")


def points_at(maps: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Return whether each map's highest value lies in a region: the pointing game.

    Zhang et al. (2018) allow 15 pixels beside the object; here half of the map's cell must lie on
    it. An empty map points at nothing.

    Args:
        maps: float (N, h, w).
        covered: float (N, h, w), the region's ``coverage``.

    Returns:
        float32 (N,), 1 where it does, else 0; NaN where ``focus`` is.
    """
    places, known = np.arange(len(maps)), focus(maps, covered)
    highest = maps.reshape(len(maps), -1).argmax(axis=1)
    there = covered.reshape(len(maps), -1)[places, highest] >= INSIDE
    return np.where(np.isfinite(known), there & (known > 0), np.nan).astype("f4")

"""How much of their energy two maps have at the same places."""

import numpy as np

from saliencnn.measures.resolution import resample


def overlap(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the fraction of their positive energy that maps of the same images share.

    That is the intersection of two histograms (Swain & Ballard 1991), of which each cell is a bin.

    Args:
        first: float (N, h, w); values below zero count as zero.
        second: float (N, H, W), likewise.

    Returns:
        float64 (N,), 0 for no cell in common to 1 for equal maps; NaN where a map has no positive
        energy or is not finite.
    """
    height, width = np.maximum(first.shape[1:], second.shape[1:])
    one, other = (_spread(resample(maps, height, width)) for maps in (first, second))
    return np.asarray(np.minimum(one, other).sum(axis=(1, 2)))


def _spread(maps: np.ndarray) -> np.ndarray:
    """Return each map's positive energy as fractions of all of it; NaN where there is none."""
    energy = np.maximum(maps, 0)
    total = energy.sum(axis=(1, 2), keepdims=True)
    known = np.isfinite(total) & (total > 0)
    return np.divide(energy, total, out=np.full(energy.shape, np.nan), where=known)

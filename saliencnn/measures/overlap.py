"""How much of their energy, and of their regions, two maps have at the same places."""

import numpy as np

from saliencnn.measures.energy import relative_energy
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


def region_overlaps(maps: np.ndarray, threshold: float) -> np.ndarray:
    """Return which fraction of the smaller of two maps' regions lies inside the larger one.

    That is the overlap coefficient (Szymkiewicz 1934, Simpson 1943). Unlike the intersection over
    union it does not fall where two maps look at the same place and one region is larger.

    Args:
        maps: of one image, float (M, h, w); values below zero count as zero.
        threshold: fraction of a map's maximum from which on a cell is in its region, 0 to 1.

    Returns:
        float64 (M, M), symmetric, 0 to 1; NaN where a map has no positive energy or is not finite.
        A region that lies anywhere by chance has as much of it inside a larger one as that takes
        of the image, on average.
    """
    energy = relative_energy(maps).reshape(len(maps), -1)
    regions = (energy >= threshold).astype(np.float64)
    sizes = np.where(np.isnan(energy).any(axis=1), np.nan, regions.sum(axis=1))
    return regions @ regions.T / np.minimum(sizes[:, None], sizes)


def region_centres(maps: np.ndarray, threshold: float) -> np.ndarray:
    """Return where the middle of each map's region lies.

    Args:
        maps: as for ``region_overlaps``.
        threshold: likewise.

    Returns:
        float64 (M, 2), down and across, 0 to 1; NaN where ``region_overlaps`` is.
    """
    energy = relative_energy(maps)
    inside = np.where(np.isnan(energy), np.nan, energy >= threshold)
    places = [(np.arange(side) + 0.5) / side for side in maps.shape[1:]]
    total = inside.sum(axis=(1, 2))
    down, across = inside.sum(axis=2) @ places[0], inside.sum(axis=1) @ places[1]
    return np.stack([down, across], axis=1) / total[:, None]


def _spread(maps: np.ndarray) -> np.ndarray:
    """Return each map's positive energy as fractions of all of it; NaN where there is none."""
    energy = np.maximum(maps, 0)
    total = energy.sum(axis=(1, 2), keepdims=True)
    known = np.isfinite(total) & (total > 0)
    return np.divide(energy, total, out=np.full(energy.shape, np.nan), where=known)

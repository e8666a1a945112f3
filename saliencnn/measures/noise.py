"""How restless a map is, and whether it says anything at all."""

import numpy as np
from skimage.measure import label


def is_constant(maps: np.ndarray) -> np.ndarray:
    """Tell which maps say nothing: all zero, constant, or with a value that is not finite.

    Rescaled, the rounding noise of a constant map would look like a pattern, so whatever differs
    by no more than a millionth of the largest magnitude counts as constant.

    Args:
        maps: float (N, h, w) with at least one cell.

    Returns:
        bool (N,).
    """
    finite = np.isfinite(maps).all(axis=(1, 2))
    safe = np.where(finite[:, None, None], maps, 0).astype(np.float64)
    high, low = safe.max(axis=(1, 2)), safe.min(axis=(1, 2))
    return ~finite | (high - low <= 1e-6 * np.maximum(abs(high), abs(low)))


def is_empty(maps: np.ndarray) -> np.ndarray:
    """Tell which raw maps have nothing to show: flat, or nowhere above zero.

    Args:
        maps: float (N, h, w) with at least one cell.

    Returns:
        bool (N,).
    """
    return is_constant(maps) | ~(maps > 0).any(axis=(1, 2))


def relative_energy(maps: np.ndarray) -> np.ndarray:
    """Return maps in shares of their maximum.

    Args:
        maps: float (N, h, w); values below zero count as zero.

    Returns:
        float64 (N, h, w), 0 to 1; all NaN where a map has no positive energy or is not finite.
    """
    usable = np.isfinite(maps).all(axis=(1, 2), keepdims=True)
    energy = np.maximum(np.where(usable, maps, 0), 0).astype(np.float64)
    peak = energy.max(axis=(1, 2), keepdims=True)
    return np.divide(energy, peak, out=np.full(energy.shape, np.nan), where=peak > 0)


def total_variation(maps: np.ndarray) -> np.ndarray:
    """Return how much each map rises and falls along an average row and an average column.

    With p the map in shares of its maximum, that is sum |p[i, j + 1] - p[i, j]| / h plus
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

    With p the cells' shares of the map's energy, that is -sum p log p / log(h w).

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
    shares = energy / energy.sum(axis=(1, 2), keepdims=True)
    surprise = -np.log(shares, out=np.zeros_like(shares), where=shares != 0)
    return ((shares * surprise).sum(axis=(1, 2)) / np.log(h * w)).astype("f4")


def attended(maps: np.ndarray, threshold: float) -> np.ndarray:
    """Tell which cells reach a share of their map's maximum.

    Args:
        maps: float (N, h, w).
        threshold: share of the maximum, above 0 and at most 1.

    Returns:
        bool (N, h, w); all False where a map has no positive energy or is not finite.

    Raises:
        ValueError: the threshold is outside its range.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"The threshold must be above 0 and at most 1, not {threshold}.")
    return relative_energy(maps) >= threshold


def connected_regions(maps: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """Return in how many separate places each map attends.

    Args:
        maps: float (N, h, w).
        threshold: cells that reach this share of their map's maximum are attended to; above 0 and
            at most 1. Cells that touch, if at a corner only, belong together.

    Returns:
        float32 (N,), whole numbers from 1; NaN where a map has no positive energy or is not finite.

    Raises:
        ValueError: the threshold is outside its range.
    """
    bright = attended(maps, threshold)
    # An empty row below each map keeps its regions from the next map's: one call labels them all.
    apart = np.pad(bright, ((0, 0), (0, 1), (0, 0)))
    count, rows, columns = apart.shape
    found, first = np.unique(label(apart.reshape(-1, columns), connectivity=2), return_index=True)
    owners = first[found > 0] // (rows * columns)
    regions = np.bincount(owners, minlength=count).astype(np.float32)
    return np.where(regions > 0, regions, np.float32(np.nan))

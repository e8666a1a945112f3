"""The positive energy of maps: which maps have any, and where it reaches a threshold."""

import numpy as np


def is_constant(maps: np.ndarray) -> np.ndarray:
    """Return which maps are constant, or have a value that is not finite.

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
    """Return which raw maps are empty: constant, or without a positive value.

    Args:
        maps: float (N, h, w) with at least one cell.

    Returns:
        bool (N,).
    """
    return is_constant(maps) | ~(maps > 0).any(axis=(1, 2))


def negative_fraction(maps: np.ndarray) -> np.ndarray:
    """Return which fraction of each map's energy speaks against the class.

    Args:
        maps: signed, float (N, h, w).

    Returns:
        float64 (N,), 0 to 1: sum max(-m, 0) / sum |m|; NaN where a map is zero or not finite.
    """
    total = np.abs(maps).astype(np.float64).sum(axis=(1, 2))
    negative = np.maximum(-maps, 0).astype(np.float64).sum(axis=(1, 2))
    known = np.isfinite(total) & (total > 0)
    return np.divide(negative, total, out=np.full(len(maps), np.nan), where=known)


def relative_energy(maps: np.ndarray) -> np.ndarray:
    """Return the positive part of each map, divided by its maximum.

    Args:
        maps: float (N, h, w); values below zero count as zero.

    Returns:
        float64 (N, h, w), 0 to 1; all NaN where a map has no positive energy or is not finite.
    """
    usable = np.isfinite(maps).all(axis=(1, 2), keepdims=True)
    energy = np.maximum(np.where(usable, maps, 0), 0).astype(np.float64)
    peak = energy.max(axis=(1, 2), keepdims=True)
    return np.divide(energy, peak, out=np.full(energy.shape, np.nan), where=peak > 0)


def above_threshold(maps: np.ndarray, threshold: float) -> np.ndarray:
    """Return which cells reach a fraction of their map's maximum.

    Args:
        maps: float (N, h, w).
        threshold: fraction of the maximum, above 0 and at most 1.

    Returns:
        bool (N, h, w); all False where a map has no positive energy or is not finite.

    Raises:
        ValueError: the threshold is outside its range.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"The threshold must be above 0 and at most 1, not {threshold}.")
    return relative_energy(maps) >= threshold

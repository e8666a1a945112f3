"""Structural similarity of every map of a stack with every other."""

import numpy as np

from saliencnn.measures.pairs import over_pairs, scaled_by_range, where_defined

K1, K2 = 0.01, 0.03  # Wang's constants


def structural_similarity_matrix(maps: np.ndarray) -> np.ndarray:
    """Return mean SSIMs (Wang 2004) of maps, each scaled by its own range to 0..1.

    The same as scikit-image's default with ``data_range=1``: windows of 7 x 7 cells that all weigh
    the same (5 x 5 or 3 x 3 where a side is shorter; NaN below 3) and sample variances. A map's
    means and variances are computed once, so a pair costs one filter instead of five.

    Args:
        maps: float (M, h, w).

    Returns:
        float64 (M, M), symmetric, -1 to 1; NaN for flat maps (see ``is_constant``).
    """
    window = window_of(*maps.shape[1:])
    if window < 3:
        return np.full((len(maps), len(maps)), np.nan)

    def matrix(lively: np.ndarray) -> np.ndarray:
        scaled = scaled_by_range(lively)
        sample = window**2 / (window**2 - 1)
        means = _window_means(scaled, window)
        squares = means * means
        variances = sample * (_window_means(scaled * scaled, window) - squares)
        squares += K1**2 / 2
        variances += K2**2 / 2

        def compare(one: int, others: slice) -> np.ndarray:
            products = means[one] * means[others]
            spread = _window_means(scaled[one] * scaled[others], window)
            spread -= products
            spread *= 2 * sample
            spread += K2**2
            products *= 2
            products += K1**2
            spread *= products
            spread /= (squares[one] + squares[others]) * (variances[one] + variances[others])
            return spread.mean(axis=(1, 2))

        return over_pairs(scaled, compare)

    return where_defined(maps, matrix)


def window_of(height: int, width: int) -> int:
    """Return the side of SSIM's window: 7, or the largest odd number that fits into the map."""
    side = min(7, height, width)
    return side if side % 2 else side - 1


def _window_means(maps: np.ndarray, window: int) -> np.ndarray:
    """Return the means of all windows inside the maps, (N, h - window + 1, w - window + 1)."""
    sums = _window_sums(maps.swapaxes(1, 2), window).swapaxes(1, 2)
    sums = _window_sums(sums, window)
    sums /= window**2
    return sums


def _window_sums(lines: np.ndarray, window: int) -> np.ndarray:
    """Return the sums of ``window`` neighbours, an odd number, along the last axis."""
    count = lines.shape[-1] - window + 1
    twos = lines[..., :-1] + lines[..., 1:]
    sums = twos[..., :count] + lines[..., window - 1 :]
    for shift in range(2, window - 1, 2):
        sums += twos[..., shift : shift + count]
    return sums

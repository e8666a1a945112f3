"""Structural similarity (SSIM, Wang 2004) of saliency maps.

There is one SSIM in this project: Progression's similarity to the epoch before, Compare's matrix
and Trust's numbers are all this one, so that they can be set beside each other.

Each map is shifted and scaled by its own range to 0..1, so neither its unit nor its offset counts.
Negative values are kept: in the maps of methods that have a sign (CAM, Integrated Gradients) they
are evidence against the class, and two maps that differ there are not alike. Then it is
scikit-image's default with ``data_range=1``: windows of 7 x 7 cells that all weigh the same
(5 x 5 or 3 x 3 where a side is shorter; NaN below 3) and sample variances. The result is from -1
to 1, 1 for equal maps; NaN for constant maps (see ``is_constant``).
"""

from dataclasses import dataclass

import numpy as np

from saliencnn.measures.energy import is_constant
from saliencnn.measures.pairs import over_pairs, scaled_by_range, where_defined

K1, K2 = 0.01, 0.03  # Wang's constants


def structural_similarity_matrix(maps: np.ndarray) -> np.ndarray:
    """Return the SSIM of all maps with each other.

    A map's means and variances are computed once, so a pair costs one filter instead of five.

    Args:
        maps: float (M, h, w).

    Returns:
        float64 (M, M), symmetric.
    """
    side = window_of(*maps.shape[1:])
    if side < 3:
        return np.full((len(maps), len(maps)), np.nan)

    def matrix(defined: np.ndarray) -> np.ndarray:
        windows = _measure_windows(defined, side)
        return over_pairs(
            windows.values, lambda one, others: _compare(windows.at(one), windows.at(others), side)
        )

    return where_defined(maps, matrix)


def structural_similarity_of_pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the SSIM of each map with its counterpart.

    Args:
        first: maps float (N, h, w).
        second: maps float (N, h, w).

    Returns:
        float64 (N,), the same as ``structural_similarity_matrix`` gives for each pair.
    """
    side = window_of(*first.shape[1:])
    found = np.full(len(first), np.nan)
    defined = ~(is_constant(first) | is_constant(second))
    if side < 3 or not defined.any():
        return found
    one, other = (
        _measure_windows(maps[defined].astype(np.float64), side) for maps in (first, second)
    )
    found[defined] = _compare(one, other, side)
    return found


def window_of(height: int, width: int) -> int:
    """Return the side of SSIM's window: 7, or the largest odd number that fits into the map."""
    side = min(7, height, width)
    return side if side % 2 else side - 1


@dataclass(frozen=True, eq=False)
class _Windows:
    """Maps scaled to 0..1, (N, h, w), and the statistics of their windows, (N, ., .)."""

    values: np.ndarray
    means: np.ndarray
    squares: np.ndarray
    variances: np.ndarray

    def at(self, places: int | slice) -> "_Windows":
        return _Windows(*(array[places] for array in vars(self).values()))


def _measure_windows(maps: np.ndarray, side: int) -> _Windows:
    scaled = scaled_by_range(maps)
    means = _window_means(scaled, side)
    squares = means * means
    variances = _sample(side) * (_window_means(scaled * scaled, side) - squares)
    squares += K1**2 / 2
    variances += K2**2 / 2
    return _Windows(scaled, means, squares, variances)


def _compare(one: _Windows, other: _Windows, side: int) -> np.ndarray:
    products = one.means * other.means
    spread = _window_means(one.values * other.values, side)
    spread -= products
    spread *= 2 * _sample(side)
    spread += K2**2
    products *= 2
    products += K1**2
    spread *= products
    spread /= (one.squares + other.squares) * (one.variances + other.variances)
    return np.asarray(spread.mean(axis=(1, 2)))


def _sample(side: int) -> float:
    """Return the factor from a population's variance to a sample's."""
    return side**2 / (side**2 - 1)


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

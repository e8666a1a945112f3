"""How similar the maps of a stack are, each with each: one symmetric matrix a measure.

Every matrix is of maps float (M, h, w) and float64 (M, M), of which one half and the diagonal are
computed. Rows and columns of constant maps (see ``is_constant``) are NaN.
"""

import imagehash
import numpy as np
import pandas as pd
from PIL import Image

from saliencnn.measures.energy import is_constant
from saliencnn.measures.pairs import over_pairs, scaled_by_range, where_defined


def mean_square_matrix(maps: np.ndarray) -> np.ndarray:
    """Return mean squared differences, 0 to 1, of maps scaled by their own range to 0..1."""

    def matrix(defined: np.ndarray) -> np.ndarray:
        scaled = scaled_by_range(defined)
        return over_pairs(
            scaled, lambda one, others: ((scaled[one] - scaled[others]) ** 2).mean(axis=(1, 2))
        )

    return where_defined(maps, matrix)


def mean_difference_matrix(maps: np.ndarray) -> np.ndarray:
    """Return mean absolute differences (L1), 0 to 1, of maps scaled by their own range to 0..1."""

    def matrix(defined: np.ndarray) -> np.ndarray:
        scaled = scaled_by_range(defined)
        return over_pairs(
            scaled, lambda one, others: abs(scaled[one] - scaled[others]).mean(axis=(1, 2))
        )

    return where_defined(maps, matrix)


def hash_matrix(maps: np.ndarray) -> np.ndarray:
    """Return the fraction of equal bits, 0 to 1, of perceptual hashes (Zauner 2010).

    A hash has 64 bits, by ``imagehash.phash`` from the map scaled by its own range to 256 greys:
    which of the 8 x 8 slowest waves are stronger than their median. 1 is a Hamming distance of 0.
    """

    def matrix(defined: np.ndarray) -> np.ndarray:
        greys = (scaled_by_range(defined) * 255).round().astype(np.uint8)
        bits = [imagehash.phash(Image.fromarray(grey)).hash.ravel() for grey in greys]
        signs = np.where(bits, 1.0, -1.0)
        return (1 + signs @ signs.T / signs.shape[1]) / 2

    return where_defined(maps, matrix)


def pearson_matrix(maps: np.ndarray) -> np.ndarray:
    """Return Pearson's correlations, -1 to 1; scale and offset of a map do not matter."""
    return where_defined(maps, lambda defined: _correlations(_cells(scaled_by_range(defined))))


def spearman_matrix(maps: np.ndarray) -> np.ndarray:
    """Return Spearman's rank correlations, -1 to 1; equal cells have the mean of their ranks."""
    return where_defined(maps, lambda defined: _correlations(_ranks(defined)))


def spearman_of_pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Spearman's rank correlation of each map with its counterpart.

    Args:
        first: maps float (N, h, w).
        second: maps float (N, h, w).

    Returns:
        float64 (N,), the same as ``spearman_matrix`` says of each pair; NaN where one is constant.
    """
    defined = ~(is_constant(first) | is_constant(second))
    found = np.full(len(first), np.nan)
    one, other = (_around_mean(_ranks(maps[defined])) for maps in (first, second))
    found[defined] = np.clip(np.einsum("nk,nk->n", one, other), -1, 1)
    return found


def top_overlap_matrix(maps: np.ndarray, fraction: float = 0.1) -> np.ndarray:
    """Return the overlap of the maps' highest cells, over both together (IoU), 0 to 1.

    Args:
        maps: float (M, h, w).
        fraction: of the cells, above 0 and at most 1; rounded to whole cells, at least one. Where
            equal cells compete for the last places, each belongs to the same part, so that
            all maps have as many cells and no place on the map is preferred.

    Returns:
        float64 (M, M).

    Raises:
        ValueError: the fraction is outside its range.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"The fraction of cells must be above 0 and at most 1, not {fraction}.")

    def matrix(defined: np.ndarray) -> np.ndarray:
        cells = _cells(defined)
        count = max(1, round(fraction * cells.shape[1]))
        last = np.partition(cells, -count, axis=1)[:, -count, None]
        above, level = cells > last, cells == last
        places = count - above.sum(axis=1, keepdims=True)
        members = above + level * (places / level.sum(axis=1, keepdims=True))
        both = over_pairs(
            members, lambda one, others: np.minimum(members[one], members[others]).sum(axis=1)
        )
        return both / (2 * count - both)

    return where_defined(maps, matrix)


def _ranks(maps: np.ndarray) -> np.ndarray:
    """Return each cell's rank in its map, from 1, as (N, h * w); equal cells have their mean."""
    return pd.DataFrame(_cells(maps)).rank(axis=1).to_numpy()


def _correlations(cells: np.ndarray) -> np.ndarray:
    around = _around_mean(cells)
    found = np.clip(around @ around.T, -1, 1)
    np.fill_diagonal(found, 1)
    return found


def _around_mean(cells: np.ndarray) -> np.ndarray:
    """Return the maps' cells (N, h * w) around a mean of 0, with a sum of squares of 1."""
    cells = cells - cells.mean(axis=1, keepdims=True)
    cells /= np.linalg.norm(cells, axis=1, keepdims=True)
    return cells


def _cells(maps: np.ndarray) -> np.ndarray:
    """Return maps (N, h, w) as rows (N, h * w), also where there are none."""
    return maps.reshape(len(maps), maps.shape[1] * maps.shape[2])

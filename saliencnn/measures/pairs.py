"""Filling a symmetric matrix with comparisons of maps."""

from collections.abc import Callable

import numpy as np

from saliencnn.measures.energy import is_constant

AT_ONCE = 1 << 17  # cells compared in one step: few enough for the processor's cache


def where_defined(maps: np.ndarray, matrix: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return a matrix of all maps (M, M) from the one of those that are not constant; else NaN.

    Args:
        maps: float (M, h, w).
        matrix: float64 maps (L, h, w), L at least 1 and none constant, to (L, L).
    """
    defined = np.flatnonzero(~is_constant(maps))
    found = np.full((len(maps), len(maps)), np.nan)
    if len(defined):
        found[np.ix_(defined, defined)] = matrix(maps[defined].astype(np.float64))
    return found


def over_pairs(stack: np.ndarray, compare: Callable[[int, slice], np.ndarray]) -> np.ndarray:
    """Return the symmetric matrix (M, M) of comparisons, of which one half is computed.

    Args:
        stack: (M, ...), M at least 1.
        compare: the place of one member and a slice of places to the values of its comparisons
            with these, as many as the slice has.
    """
    count = len(stack)
    block = max(1, AT_ONCE // stack[0].size)
    upper = np.zeros((count, count))
    for one in range(count):
        for start in range(one, count, block):
            others = slice(start, start + block)
            upper[one, others] = compare(one, others)
    return upper + np.triu(upper, 1).T


def scaled_by_range(maps: np.ndarray) -> np.ndarray:
    """Return maps (N, h, w), none of them constant, each shifted and scaled to 0..1."""
    low, high = maps.min(axis=(1, 2), keepdims=True), maps.max(axis=(1, 2), keepdims=True)
    return (maps - low) / (high - low)

"""Directions in a layer's features, and a layer that no longer sees them.

What a network sees in places that must not count is a direction in its features: how they differ
there from elsewhere (pattern-CAV: Pahde 2022, after Haufe 2014). Projected out of the features, as
in p-ClArC (Anders 2022), the scores cannot depend on it any more.
"""

import numpy as np

HOT = 0.5
"""Fraction of a map's maximum from which on it points at a cell."""


def find_direction(features: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """Return how features differ where maps point from how they are elsewhere, float (C,).

    Args:
        features: float (N, C, h, w), of N images.
        maps: float (N, h, w), none of them empty.

    Raises:
        ValueError: a map is empty, or the maps point everywhere.
    """
    top = maps.max(axis=(1, 2), keepdims=True)
    hot = maps >= HOT * top
    if not (top > 0).all() or hot.all():
        raise ValueError("the maps point nowhere, or everywhere")
    by_cell = np.moveaxis(features, 1, -1)
    return np.asarray(by_cell[hot].mean(axis=0) - by_cell[~hot].mean(axis=0), np.float64)


def complement(directions: np.ndarray) -> np.ndarray:
    """Return the projection (C, C) onto what is orthogonal to all of some directions (K, C)."""
    _, strengths, base = np.linalg.svd(directions, full_matrices=False)
    base = base[strengths > 1e-6 * strengths.max()]
    return np.eye(directions.shape[1]) - base.T @ base


def fold_projection(
    weight: np.ndarray, bias: np.ndarray, projection: np.ndarray, centre: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return a linear layer that does with features what another does with projected ones.

    Args:
        weight: (classes, C), of the layer that takes ``(features - centre) @ projection + centre``.
        bias: (classes,), likewise.
        projection: (C, C), symmetric.
        centre: (C,), features that the projection leaves as they are.
    """
    folded = weight @ projection
    return folded, bias + weight @ centre - folded @ centre

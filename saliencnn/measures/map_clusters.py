"""Mean maps, clusters of maps (SpRAy), and where networks disagree."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import laplacian
from scipy.spatial.distance import cdist, squareform

from saliencnn.measures.energy import is_empty, relative_energy

MAX_CLUSTERS = 5
MIN_MAPS = 6
"""Fewer maps are not clustered."""
MIN_OF_CLUSTER = 3
"""Maps on each side of a split that is tested."""
ROUNDS = 199
SPLIT_LEVEL = 0.02
"""Draws without structure, and the fraction of them at least as split above which maps may be one
group. Of 60 sets of one strategy whose maps pile up at the border, 5 lay below 0.05 and 2 below
this."""
MAX_RINGS = 7
"""Rings from the border to the centre at most."""


@dataclass(frozen=True, eq=False)
class MapClusters:
    """Maps put into groups.

    Attributes:
        labels: int (N,), 0 for the largest group, -1 for empty maps.
        clearness: silhouette (Rousseeuw 1987) of the groups, -1 to 1: above about 0.5 they are
            well apart, below 0.25 hardly; NaN for one group.
        by_chance: how often maps without structure split as well, see ``split_by_chance``; NaN for
            maps that are too few or all equal.
    """

    labels: np.ndarray
    clearness: float
    by_chance: float = float("nan")

    @property
    def may_be_one(self) -> bool:
        """Whether maps without structure would split as well."""
        return not self.by_chance <= SPLIT_LEVEL


def mean_map(maps: np.ndarray) -> np.ndarray:
    """Return the mean (h, w) of maps (N, h, w), each divided by its maximum, 0 to 1.

    Maps without positive energy do not count; NaN if none has any.
    """
    energy = relative_energy(maps)
    known = energy[~np.isnan(energy[:, 0, 0])]
    return known.mean(axis=0) if len(known) else np.full(maps.shape[1:], np.nan)


def disagreement(maps: np.ndarray) -> np.ndarray:
    """Return how different the maps of M networks are for each of N images.

    It is the total variation distance of two maps whose energy sums to 1, half the sum of absolute
    differences, averaged over all pairs of networks: the fraction of one map's energy that must
    be moved to make it the other.

    Args:
        maps: float (M, N, h, w); values below zero count as zero.

    Returns:
        float64 (N,): 0 (equal maps) to 1 (nothing in common); maps without positive energy do
        not count, and NaN where fewer than two are left.
    """
    energy = np.maximum(np.nan_to_num(maps, nan=0.0), 0).astype(np.float64)
    total = energy.sum(axis=(2, 3), keepdims=True)
    scaled = np.divide(energy, total, out=np.full(energy.shape, np.nan), where=total > 0)
    pairs = [
        np.abs(first - second).sum(axis=(1, 2)) / 2
        for place, first in enumerate(scaled)
        for second in scaled[:place]
    ]
    if not pairs:
        return np.full(maps.shape[1], np.nan)
    known = ~np.isnan(pairs)
    summed = np.where(known, pairs, 0).sum(axis=0)
    count = known.sum(axis=0)
    return np.divide(summed, count, out=np.full(len(count), np.nan), where=count > 0)


def cluster_order(similarity: np.ndarray, higher_is_alike: bool) -> np.ndarray:
    """Return an order that puts similar rows of a similarity matrix beside each other.

    Average linkage, with the leaves in the best order that the tree allows (Bar-Joseph 2001).

    Args:
        similarity: (M, M), symmetric; rows of NaN come last.
        higher_is_alike: whether higher values mean more similar.

    Returns:
        int (M,), each row once.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering  # likewise

    known = np.flatnonzero(np.isfinite(np.diag(similarity)))
    unknown = np.setdiff1d(np.arange(len(similarity)), known)
    if len(known) < 3:
        return np.concatenate([known, unknown])
    inner = similarity[np.ix_(known, known)]
    apart = inner.max() - inner if higher_is_alike else inner - inner.min()
    np.fill_diagonal(apart, 0)
    condensed = squareform((apart + apart.T) / 2, checks=False)
    tree = optimal_leaf_ordering(linkage(condensed, "average"), condensed)
    return np.concatenate([known[leaves_list(tree)], unknown])


def border_profile(maps: np.ndarray) -> np.ndarray:
    """Return how each map's energy is spread from the image's border to its centre.

    Where along the border, or on which side, does not matter: a shortcut that lies anywhere along
    the border gives one profile.

    Args:
        maps: float (N, h, w); values below zero count as zero.

    Returns:
        float64 (N, R): fractions of the energy in up to ``MAX_RINGS`` rings of even width, the
        outermost first; NaN without positive energy.
    """
    height, width = maps.shape[1:]
    down, across = ((np.arange(n) + 0.5) / n for n in (height, width))
    depth = np.minimum(
        *np.meshgrid(np.minimum(down, 1 - down), np.minimum(across, 1 - across), indexing="ij")
    )
    count = min(MAX_RINGS, (min(height, width) + 1) // 2)
    ring = np.minimum((depth * 2 * count).astype(int), count - 1)
    energy = relative_energy(maps)
    sums = np.stack([energy[:, ring == r].sum(axis=1) for r in range(count)], axis=1)
    return sums / sums.sum(axis=1, keepdims=True)


def border_energy(maps: np.ndarray) -> np.ndarray:
    """Return which fraction of each map's energy lies nearer to the border than to the middle.

    Args:
        maps: as for ``border_profile``.

    Returns:
        float64 (N,), 0 to 1; NaN without positive energy, and where a map has no more than two
        cells along a side.
    """
    rings = border_profile(maps)
    half = rings.shape[1] // 2
    return np.asarray(rings[:, :half].sum(axis=1)) if half else np.full(len(maps), np.nan)


def split_by_chance(profiles: np.ndarray) -> float:
    """Return how often points without structure split into two at least as well.

    The statistic is the fraction of the variance along the first principal component that lies
    between the two sides of the best split. It is compared with that of points spread evenly over
    the box that the points fill along their principal components, the reference of the gap
    statistic (Tibshirani 2001, 3b). Any algorithm finds groups in one blob, and well apart, too.

    Args:
        profiles: float (N, D), not all equal, N at least twice ``MIN_OF_CLUSTER``.

    Returns:
        p, from 1 / (``ROUNDS`` + 1) to 1, the real points counted among the draws.
    """
    centred = profiles - profiles.mean(axis=0)
    places, scales, _ = np.linalg.svd(centred, full_matrices=False)
    rng, size = np.random.default_rng(0), (ROUNDS, *places.shape)
    drawn = rng.uniform(places.min(axis=0), places.max(axis=0), size) * scales
    drawn -= drawn.mean(axis=1, keepdims=True)
    first = np.linalg.svd(drawn, full_matrices=False)
    along = first.U[:, :, 0] * first.S[:, :1]
    found = _best_split(np.concatenate([(places[:, :1] * scales[0]).T, along]))
    return float((found >= found[0] * (1 - 1e-9)).mean())


def _best_split(values: np.ndarray) -> np.ndarray:
    """Return the largest fraction of each row's variance between two sides, float (R,)."""
    ordered = np.sort(values, axis=1)
    count = ordered.shape[1]
    left = np.arange(MIN_OF_CLUSTER, count - MIN_OF_CLUSTER + 1)
    sums = np.cumsum(ordered, axis=1)[:, left - 1]
    total = ordered.sum(axis=1, keepdims=True)
    apart = (sums / left - (total - sums) / (count - left)) ** 2
    between = left * (count - left) / count * apart
    spread = ((ordered - total / count) ** 2).sum(axis=1)
    return np.asarray(between.max(axis=1) / spread)


def find_clusters(maps: np.ndarray) -> MapClusters:
    """Cluster maps by where between border and centre their energy lies.

    Spectral clustering of the maps, as in SpRAy (Lapuschkin 2019), here of their border
    profiles; the number of groups is where the eigenvalues of the normalised graph Laplacian
    jump most (von Luxburg 2007). It always finds some: whether they are more than one group is what
    ``split_by_chance`` tells.

    Args:
        maps: float (N, h, w) of one class.
    """
    from sklearn.cluster import SpectralClustering  # takes seconds, and few calls need it
    from sklearn.metrics import silhouette_score

    defined = ~is_empty(maps)
    labels = np.where(defined, 0, -1)
    profiles = border_profile(maps[defined])
    apart = cdist(profiles, profiles, "sqeuclidean")
    if len(profiles) < MIN_MAPS or not apart.any():
        return MapClusters(labels, float("nan"))
    by_chance = split_by_chance(profiles)
    affinity = np.exp(-apart / np.median(apart[apart > 0]))
    jumps = np.diff(np.linalg.eigvalsh(laplacian(affinity, normed=True))[1 : MAX_CLUSTERS + 1])
    count = int(jumps.argmax()) + 2
    clusters = SpectralClustering(count, affinity="precomputed", random_state=0)
    found = clusters.fit_predict(affinity)
    sizes = np.bincount(found, minlength=count)
    rank = np.empty(count, int)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(count)
    labels[defined] = rank[found]
    clear = silhouette_score(profiles, found) if (sizes > 0).sum() > 1 else np.nan
    return MapClusters(labels, float(clear), by_chance)

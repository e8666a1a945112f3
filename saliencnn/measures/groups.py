"""How the correctly and the wrongly classified images differ, with intervals and tests."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from saliencnn.measures.bootstrap import bootstrap_interval, mean_of_rows

Statistic = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Of resampled failed images (R, F) and correct ones (R, C): (R,)."""
ROUNDS = 999
"""Permutations, or resamples, by default."""


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval (percentiles of bootstrap resamples, Efron 1979).

    Attributes:
        value: of the images at hand; NaN where a group has none.
        low: lower end.
        high: upper end.
    """

    value: float
    low: float
    high: float

    def excludes(self, neutral: float) -> bool:
        """Whether the interval lies on one side of a value."""
        return self.low > neutral or self.high < neutral


UNKNOWN = Estimate(np.nan, np.nan, np.nan)


def separability(
    values: np.ndarray, correct: np.ndarray, rounds: int = ROUNDS, seed: int = 0
) -> Estimate:
    """Return how well a number separates failed from correct images: the area under the ROC.

    It is the chance that a failed image drawn at random has a higher value than a correct one,
    ties counting half (Mann and Whitney 1947): 0.5 for none, 0 and 1 for perfect separation.

    Args:
        values: float (N,); images of NaN are left out.
        correct: bool (N,).
        rounds: resamples, each within its group.
        seed: of the resamples.
    """
    return _estimate(values, correct, _area, rounds, seed)


def difference(
    values: np.ndarray, correct: np.ndarray, rounds: int = ROUNDS, seed: int = 0
) -> Estimate:
    """Return the failed images' mean less the correct ones'; see ``separability``."""
    return _estimate(values, correct, _shift, rounds, seed)


def _estimate(
    values: np.ndarray, correct: np.ndarray, statistic: Statistic, rounds: int, seed: int
) -> Estimate:
    known = np.isfinite(values)
    failed, right = values[known & ~correct], values[known & correct]
    if not len(failed) or not len(right):
        return UNKNOWN
    low, high = bootstrap_interval((failed, right), statistic, rounds, seed)
    return Estimate(float(statistic(failed[None], right[None])[0]), low, high)


def _shift(failed: np.ndarray, right: np.ndarray) -> np.ndarray:
    return mean_of_rows(failed) - mean_of_rows(right)


def _area(failed: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the area under the ROC of each row of (R, F) and (R, C) values."""
    count = failed.shape[1]
    ranks = rankdata(np.concatenate([failed, right], axis=1), axis=1)[:, :count]
    return (ranks.sum(axis=1) - count * (count + 1) / 2) / (count * right.shape[1])


def permutation_test(
    histograms: np.ndarray, correct: np.ndarray, rounds: int = ROUNDS, seed: int = 0
) -> float:
    """Test whether correct and failed images have the same mean histograms.

    The statistic is the chi-square distance of both groups' mean histograms, averaged over the
    channels; it is compared with that of random groups of the same sizes (Fisher 1935).

    Args:
        histograms: (N, 3, bins); images of NaN are left out.
        correct: bool (N,).
        rounds: drawings.
        seed: of the drawings.

    Returns:
        p, from 1 / (rounds + 1) to 1: the fraction of drawings at least as far apart, the real
        groups counted among them. NaN where a group is empty.
    """
    known = np.isfinite(histograms).all(axis=(1, 2))
    rows, right = histograms[known].reshape(known.sum(), -1), correct[known]
    if right.all() or not right.any():
        return float("nan")
    rng = np.random.default_rng(seed)
    groups = np.stack([right, *(rng.permutation(right) for _ in range(rounds))]).astype(float)
    means = [(group @ rows) / group.sum(axis=1, keepdims=True) for group in (groups, 1 - groups)]
    total = means[0] + means[1]
    parts = np.divide((means[0] - means[1]) ** 2, total, out=np.zeros_like(total), where=total > 0)
    found = parts.sum(axis=1)
    return float((found >= found[0] * (1 - 1e-9)).mean())

"""How the correctly and the wrongly classified images differ, with intervals and tests."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeVar

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from saliencnn.measures.rates import level_of_each

MIN_GROUP = 5
"""Images on each side below which nothing is said of a difference: a few say little of others."""
ROUNDS = 999
"""Permutations by default."""
MAX_PERMUTED = 2000
"""Images above which the intervals hold by themselves."""

Key = TypeVar("Key", bound=Hashable)
Interval = Callable[[np.ndarray, np.ndarray, float], tuple[float, float]]
"""Of the failed images' values (F,), the correct ones' (C,) and a level: both ends."""


@dataclass(frozen=True)
class Estimate:
    """A number with its 95% interval.

    Attributes:
        value: of the images at hand; NaN where a group has none.
        low: lower end; NaN where a group has fewer than ``MIN_GROUP`` images.
        high: upper end, likewise.
        failed: images on one side.
        correct: images on the other.
        beyond_chance: whether groups drawn at random differ as much more rarely than the level
            allows; asked only where the interval excludes the neutral value.
    """

    value: float
    low: float
    high: float
    failed: int = 0
    correct: int = 0
    beyond_chance: bool = True

    @property
    def enough(self) -> bool:
        """Whether there are images enough to say anything about others."""
        return bool(np.isfinite(self.low))

    @property
    def most(self) -> float:
        """How far from 0 the interval reaches; NaN where a group is too small."""
        return max(abs(self.low), abs(self.high))

    def excludes(self, neutral: float) -> bool:
        """Whether the interval lies on one side of a value, and no chance puts it there.

        Intervals alone err in up to 11% with five failures of a skewed number.
        """
        return self.beyond_chance and (self.low > neutral or self.high < neutral)


def separability(values: np.ndarray, correct: np.ndarray, comparisons: int = 1) -> Estimate:
    """Return how well a number separates failed from correct images: the area under the ROC.

    It is the chance that a failed image drawn at random has a higher value than a correct one,
    ties counting half (Mann and Whitney 1947): 0.5 for none, 0 and 1 for perfect separation. The
    interval is Newcombe's (2006, part 2, method 5), which holds its level also in small groups,
    where resampling finds differences two to eight times too often.

    Args:
        values: float (N,); images of NaN are left out.
        correct: bool (N,).
        comparisons: intervals that a person is shown together, see ``level_of_each``.
    """
    return _estimate(values, correct, _area, _area_interval, comparisons, 0.5, _ranks)


def least_separability(failed: int, right: int, comparisons: int = 1) -> float:
    """Return the smallest area above 0.5 whose interval, as of ``separability``, excludes 0.5.

    Args:
        failed: images of the one kind.
        right: of the other.
        comparisons: see ``separability``.

    Returns:
        Above 1 where the images are too few for any.
    """
    z = NormalDist().inv_cdf((1 + level_of_each(comparisons)) / 2)
    return 0.5 + z * _area_error(0.5, failed, right)


def difference(values: np.ndarray, correct: np.ndarray, comparisons: int = 1) -> Estimate:
    """Return the failed images' mean less the correct ones'; see ``separability``.

    The interval is Welch's (1947).
    """
    return _estimate(values, correct, _shift, _shift_interval, comparisons, 0.0, np.asarray)


def mean_interval(values: np.ndarray, comparisons: int = 1) -> tuple[float, float]:
    """Return both ends of the 95% interval of a mean, by Student's t.

    Args:
        values: float (N,).
        comparisons: see ``separability``.

    Raises:
        ValueError: there are fewer than two.
    """
    if len(values) < 2:
        raise ValueError(f"The mean of {len(values)} values has no interval.")
    error = values.std(ddof=1) / np.sqrt(len(values))
    half = stdtrit(len(values) - 1, (1 + level_of_each(comparisons)) / 2) * error
    return float(values.mean() - half), float(values.mean() + half)


def estimate_together(
    estimate: Callable[[np.ndarray, np.ndarray, int], Estimate],
    numbers: Mapping[Key, tuple[np.ndarray, np.ndarray]],
    questions: int = 1,
) -> dict[Key, Estimate]:
    """Return estimates that a person is shown together, their intervals as wide as that asks for.

    Args:
        estimate: ``separability`` or ``difference``.
        numbers: of each, the values and which images are correct.
        questions: asked of the same images, this one among them; each has an equal part of what
            chance is allowed.
    """
    told = sum(_has_enough(*one) for one in numbers.values())
    return {name: estimate(*one, questions * max(told, 1)) for name, one in numbers.items()}


def _has_enough(values: np.ndarray, correct: np.ndarray) -> bool:
    known = np.isfinite(values)
    return bool(min((known & correct).sum(), (known & ~correct).sum()) >= MIN_GROUP)


def _estimate(
    values: np.ndarray,
    correct: np.ndarray,
    statistic: Callable[[np.ndarray, np.ndarray], float],
    interval: Interval,
    comparisons: int,
    neutral: float,
    score: Callable[[np.ndarray], np.ndarray],
) -> Estimate:
    known = np.isfinite(values)
    failed, right = values[known & ~correct], values[known & correct]
    counts = len(failed), len(right)
    if not all(counts):
        return Estimate(np.nan, np.nan, np.nan, *counts)
    value = statistic(failed, right)
    if not _has_enough(values, correct):
        return Estimate(value, np.nan, np.nan, *counts)
    level = level_of_each(comparisons)
    low, high = interval(failed, right, level)
    if low <= neutral <= high or sum(counts) > MAX_PERMUTED:
        return Estimate(value, low, high, *counts)
    found = _permuted_mean(score(np.concatenate([failed, right])), counts[0], 1 - level)
    return Estimate(value, low, high, *counts, beyond_chance=found <= 1 - level)


def _permuted_mean(values: np.ndarray, failed: int, level: float) -> float:
    """Return how often random groups' means are as far apart (Fisher 1935), the real ones counted.

    Args:
        values: float (N,), those of the failed images first.
        failed: how many these are.
        level: that is to be told; enough groups are drawn for it.
    """
    rounds = max(ROUNDS, round(20 / level) - 1)
    centred = values - values.mean()
    drawn = np.random.default_rng(0).random((rounds, len(values)))
    groups = np.argpartition(drawn, failed - 1, axis=1)[:, :failed]
    sums = np.abs(centred[groups].sum(axis=1))
    found = abs(centred[:failed].sum()) * (1 - 1e-9)
    return float((1 + (sums >= found).sum()) / (1 + rounds))


def _shift(failed: np.ndarray, right: np.ndarray) -> float:
    return float(failed.mean() - right.mean())


def _shift_interval(failed: np.ndarray, right: np.ndarray, level: float) -> tuple[float, float]:
    if not np.ptp(failed) and not np.ptp(right):
        shift = _shift(failed, right)
        return shift, shift
    errors = [values.var(ddof=1) / len(values) for values in (failed, right)]
    error = sum(errors)
    freedom = error**2 / sum(
        one**2 / (len(values) - 1) for one, values in zip(errors, (failed, right), strict=True)
    )
    half = float(stdtrit(freedom, (1 + level) / 2)) * np.sqrt(error)
    return _shift(failed, right) - half, _shift(failed, right) + half


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return each value's rank from 1; equal ones have their mean."""
    return pd.Series(values).rank().to_numpy()


def _area(failed: np.ndarray, right: np.ndarray) -> float:
    ranks = _ranks(np.concatenate([failed, right]))[: len(failed)].sum()
    return float((ranks - len(failed) * (len(failed) + 1) / 2) / (len(failed) * len(right)))


def _area_interval(failed: np.ndarray, right: np.ndarray, level: float) -> tuple[float, float]:
    """Return the areas whose own standard error just reaches the one that was found."""
    from scipy.optimize import brentq  # takes long to import, and few calls need it

    found = _area(failed, right)
    z = NormalDist().inv_cdf((1 + level) / 2)

    def beyond(area: float) -> float:
        return abs(area - found) - z * _area_error(area, len(failed), len(right))

    inside = min(max(found, 1e-9), 1 - 1e-9)  # 0 and 1 themselves have no standard error
    low = brentq(beyond, 0, inside) if found > 0 else 0.0
    high = brentq(beyond, inside, 1) if found < 1 else 1.0
    return float(low), float(high)


def _area_error(area: float, failed: int, right: int) -> float:
    """Return an area's standard error for so many images."""
    several = (failed + right) / 2 - 1
    spread = 1 + several * ((1 - area) / (2 - area) + area / (1 + area))
    return float(np.sqrt(area * (1 - area) * spread / (failed * right)))


def permutation_test(
    histograms: np.ndarray,
    correct: np.ndarray,
    rounds: int = ROUNDS,
    seed: int = 0,
    within: np.ndarray | None = None,
) -> float:
    """Test whether correct and failed images have the same mean histograms.

    The statistic is the chi-square distance of both groups' mean histograms, averaged over the
    channels; it is compared with that of random groups of the same sizes (Fisher 1935). Within
    classes, each image counts as how it differs from its class, and the drawings leave each class
    as many correct images as it has.

    Args:
        histograms: (N, 3, bins); images of NaN are left out.
        correct: bool (N,).
        rounds: drawings.
        seed: of the drawings.
        within: int (N,), the images' classes, whose differences must not count; those without both
            kinds of image are left out. None of one class.

    Returns:
        p, from 1 / (rounds + 1) to 1: the fraction of drawings at least as far apart, the real
        groups counted among them. NaN where a group has fewer than ``MIN_GROUP`` images.
    """
    known = np.isfinite(histograms).all(axis=(1, 2))
    if within is None:
        within = np.zeros(len(correct), int)
    known &= find_comparable(correct, within, known)
    right = correct[known]
    if min(right.sum(), (~right).sum()) < MIN_GROUP:
        return float("nan")
    rows = histograms[known].reshape(len(right), -1)
    _, places, sizes = np.unique(within[known], return_inverse=True, return_counts=True)
    sums = np.zeros((len(sizes), rows.shape[1]))
    np.add.at(sums, places, rows)
    own = rows - (sums / sizes[:, None])[places]
    rng = np.random.default_rng(seed)
    by_class = np.argsort(places, kind="stable")

    def draw() -> np.ndarray:
        drawn = np.empty_like(right)
        drawn[by_class] = right[np.lexsort((rng.random(len(right)), places))]
        return drawn

    groups = np.stack([right, *(draw() for _ in range(rounds))]).astype(float)
    shares = [group / group.sum(axis=1, keepdims=True) for group in (groups, 1 - groups)]
    total = sum(share @ rows for share in shares)
    apart = (shares[0] - shares[1]) @ own
    parts = np.divide(apart**2, total, out=np.zeros_like(total), where=total > 0)
    found = parts.sum(axis=1)
    return float((found >= found[0] * (1 - 1e-9)).mean())


def find_comparable(correct: np.ndarray, within: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return which images are of a class with correct and failed ones, bool (N,).

    Args:
        correct: bool (N,).
        within: int (N,), the images' classes.
        known: bool (N,), which images count.
    """
    both = np.intersect1d(within[known & correct], within[known & ~correct])
    return np.asarray(known & np.isin(within, both))

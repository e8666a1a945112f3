"""How certain a statistic of the images at hand is, by resampling them."""

from collections.abc import Callable, Sequence

import numpy as np

INTERVAL = (0.025, 0.975)
"""Quantiles of the resampled statistics: a 95 % interval."""


def bootstrap_interval(
    groups: Sequence[np.ndarray],
    statistic: Callable[..., np.ndarray],
    rounds: int,
    seed: int = 0,
) -> tuple[float, float]:
    """Return both ends of a statistic's 95 % percentile bootstrap interval (Efron 1979).

    Args:
        groups: each float (N,), N at least 1; resampled with replacement within itself.
        statistic: as many arrays (rounds, N) as there are groups to (rounds,), such as
            ``mean_of_rows``.
        rounds: resamples.
        seed: of the resamples; the same seed gives the same interval.
    """
    rng = np.random.default_rng(seed)
    drawn = [rng.choice(group, (rounds, len(group))) for group in groups]
    low, high = np.quantile(statistic(*drawn), INTERVAL)
    return float(low), float(high)


def mean_of_rows(values: np.ndarray) -> np.ndarray:
    """Return the mean of each row of (R, N) values, (R,)."""
    return np.asarray(values.mean(axis=1))

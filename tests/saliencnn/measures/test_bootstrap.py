"""Bootstrap intervals against SciPy's."""

import numpy as np
import pytest
from scipy import stats

from saliencnn.measures.bootstrap import bootstrap_interval, mean_of_rows


def test_the_interval_is_scipys() -> None:
    values = np.random.default_rng(1).random(60)
    found = bootstrap_interval([values], mean_of_rows, 2000)
    expected = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=20000, rng=0)
    interval = expected.confidence_interval
    assert found == pytest.approx((interval.low, interval.high), abs=0.005)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(2).random(10)
    first, again, other = (bootstrap_interval([values], mean_of_rows, 99, s) for s in (0, 0, 1))
    assert first == again != other


def test_groups_are_resampled_within_themselves() -> None:
    low, high = np.zeros(5), np.ones(3)
    found = bootstrap_interval([low, high], lambda a, b: mean_of_rows(b) - mean_of_rows(a), 50)
    assert found == (1, 1)

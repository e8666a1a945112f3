"""Bootstrap intervals against SciPy's."""

import numpy as np
import pytest
from scipy import stats

from saliencnn.measures.bootstrap import bootstrap_interval, mean_of_rows


def test_the_interval_is_scipys_at_the_expanded_level() -> None:
    values = np.random.default_rng(1).random(60)
    found = bootstrap_interval([values], mean_of_rows, 20000)
    tail = stats.norm.cdf(np.sqrt(60 / 59) * stats.t.ppf(0.025, 59))
    expected = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=20000, rng=0,
        confidence_level=1 - 2 * tail,
    )  # fmt: skip
    interval = expected.confidence_interval
    assert found == pytest.approx((interval.low, interval.high), abs=0.005)


@pytest.mark.parametrize("images", [8, 16, 40])
def test_it_holds_the_mean_of_few_normal_numbers_nearly_as_often_as_it_says(images: int) -> None:
    drawn = np.random.default_rng(images).normal(size=(400, images))
    ends = np.array([bootstrap_interval([one], mean_of_rows, 500) for one in drawn])
    covered = ((ends[:, 0] <= 0) & (ends[:, 1] >= 0)).mean()
    assert 0.91 <= covered <= 0.98


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(2).random(10)
    first, again, other = (bootstrap_interval([values], mean_of_rows, 99, s) for s in (0, 0, 1))
    assert first == again != other


def test_groups_are_resampled_within_themselves() -> None:
    low, high = np.zeros(5), np.ones(3)
    found = bootstrap_interval([low, high], lambda a, b: mean_of_rows(b) - mean_of_rows(a), 50)
    assert found == (1, 1)

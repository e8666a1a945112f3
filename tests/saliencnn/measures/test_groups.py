import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from saliencnn.measures.groups import difference, permutation_test, separability

RNG = np.random.default_rng(0)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_the_area_is_that_of_the_library(pairs: list[tuple[int, bool]]) -> None:
    values = np.array([float(value) for value, _ in pairs])
    correct = np.array([right for _, right in pairs])
    found = separability(values, correct, rounds=9)
    if correct.all() or not correct.any():
        assert np.isnan([found.value, found.low, found.high]).all()
    else:
        assert found.value == pytest.approx(roc_auc_score(~correct, values))


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Two normals a standard deviation apart have an area of 0.760."""
    correct = np.arange(80) < 40
    found = [
        separability(RNG.normal(size=80) + ~correct, correct, rounds=300, seed=i)
        for i in range(150)
    ]
    covered = np.mean([one.low <= 0.760 <= one.high for one in found])
    assert 0.88 <= covered <= 1
    assert all(one.low <= one.value <= one.high for one in found)


def test_unknown_images_are_left_out() -> None:
    values = np.array([0.0, 1.0, np.nan, 5.0, np.nan])
    correct = np.array([True, True, True, False, False])
    assert separability(values, correct).value == 1
    assert difference(values, correct).value == 4.5
    assert np.isnan(difference(values, ~np.isnan(values)).value)


def test_a_difference_shows_once_it_is_there() -> None:
    correct = np.arange(60) < 40
    same = difference(RNG.normal(size=60), correct)
    apart = difference(RNG.normal(size=60) + 3 * ~correct, correct)
    assert not same.excludes(0)
    assert apart.excludes(0)
    assert apart.value == pytest.approx(3, abs=1)


def make_histograms(count: int, shift: int) -> np.ndarray:
    drawn = [
        np.bincount((RNG.poisson(3, 50) + shift).clip(0, 9), minlength=10) for _ in range(count * 3)
    ]
    return np.array(drawn).reshape(count, 3, 10) / 50


def test_p_is_small_where_groups_differ_and_even_where_not() -> None:
    correct = np.arange(20) < 12
    apart = np.concatenate([make_histograms(12, 0), make_histograms(8, 1)])
    assert permutation_test(apart, correct, rounds=199) == 1 / 200
    ps = [permutation_test(make_histograms(20, 0), correct, 99, seed) for seed in range(100)]
    assert 0.35 < np.mean(ps) < 0.65
    assert np.mean(np.array(ps) <= 0.1) < 0.2


def test_p_needs_both_groups() -> None:
    assert np.isnan(permutation_test(make_histograms(4, 0), np.ones(4, bool)))
    some = make_histograms(4, 0)
    some[3] = np.nan
    assert np.isnan(permutation_test(some, np.arange(4) < 3))


def test_equal_images_are_no_evidence() -> None:
    assert permutation_test(np.full((6, 3, 4), 0.25), np.arange(6) < 3) == 1

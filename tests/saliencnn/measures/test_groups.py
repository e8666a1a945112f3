import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from sklearn.metrics import roc_auc_score

from saliencnn.measures.groups import (
    MIN_GROUP,
    difference,
    find_comparable,
    least_separability,
    permutation_test,
    separability,
)

RNG = np.random.default_rng(0)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_the_area_is_that_of_the_library(pairs: list[tuple[int, bool]]) -> None:
    values = np.array([float(value) for value, _ in pairs])
    correct = np.array([right for _, right in pairs])
    found = separability(values, correct)
    assert (found.failed, found.correct) == ((~correct).sum(), correct.sum())
    if correct.all() or not correct.any():
        assert np.isnan([found.value, found.low, found.high]).all()
    else:
        assert found.value == pytest.approx(roc_auc_score(~correct, values))
        assert found.enough == (min(found.failed, found.correct) >= MIN_GROUP)
        if found.enough:
            assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize(("failed", "right"), [(5, 5), (5, 40), (30, 30)])
@pytest.mark.parametrize("comparisons", [1, 12])
def test_chance_is_taken_for_a_difference_as_seldom_as_it_says(
    failed: int, right: int, comparisons: int
) -> None:
    """Of all intervals together, 5 in 100 may miss; the shares found here are of 400 drawings."""
    correct = np.arange(failed + right) >= failed
    for estimate, truth in ((separability, 0.5), (difference, 0.0)):
        wrong = 0
        for _ in range(400):
            values = RNG.normal(size=len(correct))
            wrong += estimate(values, correct, comparisons).excludes(truth)
        # Three standard errors of a share of 5% are 3 points, and 0.7 of one of 0.4%.
        assert wrong / 400 <= 0.05 / comparisons + (0.04 if comparisons == 1 else 0.015)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Two normals a standard deviation apart have an area of 0.760."""
    correct = np.arange(80) < 40
    found = [separability(RNG.normal(size=80) + ~correct, correct) for _ in range(300)]
    covered = np.mean([one.low <= 0.760 <= one.high for one in found])
    assert 0.91 <= covered <= 0.99
    assert all(one.low <= one.value <= one.high for one in found)


@pytest.mark.parametrize("failed", [0, 1, 4])
def test_nothing_is_said_from_a_few_images(failed: int) -> None:
    """A single missed image far from ten correct ones is no finding."""
    correct = np.arange(10 + failed) >= failed
    values = RNG.normal(size=len(correct)) + 100 * ~correct
    for found in (separability(values, correct), difference(values, correct)):
        assert not found.enough
        assert not found.excludes(0.5)
        assert not found.excludes(0)
    assert np.isnan(permutation_test(np.tile(values[:, None, None], (1, 3, 2)), correct))


def test_more_comparisons_make_wider_intervals() -> None:
    correct = np.arange(40) < 20
    values = RNG.normal(size=40)
    for estimate in (separability, difference):
        one, many = estimate(values, correct), estimate(values, correct, 10)
        assert many.low < one.low < one.high < many.high


def test_constant_groups_are_told_apart() -> None:
    correct = np.arange(12) < 6
    assert difference(np.where(correct, 0.0, 1.0), correct).excludes(0)
    assert not difference(np.ones(12), correct).excludes(0)
    assert separability(np.where(correct, 0.0, 1.0), correct).excludes(0.5)
    assert not separability(np.ones(12), correct).excludes(0.5)


def test_unknown_images_are_left_out() -> None:
    values = np.array([0.0, 1.0, np.nan, 5.0, np.nan])
    correct = np.array([True, True, True, False, False])
    assert separability(values, correct).value == 1
    assert difference(values, correct).value == 4.5
    assert np.isnan(difference(values, ~np.isnan(values)).value)


SHAPES = {
    "normal": lambda rng, count: rng.normal(size=count),
    "skewed": lambda rng, count: rng.exponential(size=count),
    "two humps": lambda rng, count: rng.beta(0.5, 0.5, count),
    "heavy tail": lambda rng, count: rng.lognormal(0, 1.5, count),
    "few values": lambda rng, count: rng.integers(0, 3, count) / 2,
}


@pytest.mark.parametrize("failed", [1, 2, 3, 5, 10, 50])
def test_without_a_difference_one_in_twenty_says_differs(failed: int) -> None:
    """Whatever the numbers' distribution, for one to 50 failed images drawn by chance."""
    rng, sets, told = np.random.default_rng(failed), 60, 0
    for draw in SHAPES.values():
        for _ in range(sets):
            correct = np.ones(max(30, 2 * failed), bool)
            correct[rng.permutation(len(correct))[:failed]] = False
            told += difference(draw(rng, len(correct)), correct).excludes(0)
    allowed = binom.ppf(0.999, sets * len(SHAPES), 0.05)  # more would be chance in one of 1,000
    assert told <= (0 if failed < MIN_GROUP else allowed)


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


def test_what_tells_classes_apart_is_no_difference_within_them() -> None:
    """Here the network misses mostly the second class, whose colours are others."""
    within = np.repeat([0, 1], 20)
    correct = np.concatenate([np.arange(20) >= 3, np.arange(20) >= 17])
    others = np.concatenate([make_histograms(20, 0), make_histograms(20, 2)])
    assert permutation_test(others, correct, 199) == 1 / 200
    ps = [
        permutation_test(
            np.concatenate([make_histograms(20, 0), make_histograms(20, 2)]), correct, 99, seed,
            within,
        )
        for seed in range(60)
    ]  # fmt: skip
    assert 0.35 < np.mean(ps) < 0.65
    missed = np.where(correct[:, None, None], make_histograms(40, 0), make_histograms(40, 1))
    assert permutation_test(missed, correct, 199, within=within) == 1 / 200


def test_classes_without_both_kinds_of_image_are_left_out() -> None:
    within, correct = np.arange(20) // 10, np.arange(20) < 10
    assert np.isnan(permutation_test(make_histograms(20, 0), correct, within=within))
    correct[[0, 19]] = [False, True]
    assert find_comparable(correct, within, np.ones(20, bool)).all()
    assert (
        find_comparable(correct, within, np.arange(20) > 0).tolist() == [False] * 10 + [True] * 10
    )


def test_equal_images_are_no_evidence() -> None:
    assert permutation_test(np.full((10, 3, 4), 0.25), np.arange(10) < 5) == 1


def test_the_least_separability_is_where_the_interval_begins_to_exclude_a_half() -> None:
    correct = np.arange(60) >= 20
    values = np.arange(60.0)
    least = least_separability(20, 40, 3)
    lows = []
    for shift in range(40):
        found = separability(np.where(correct, values, values + shift), correct, 3)
        lows.append((found.value >= least, found.low >= 0.5))
    assert {above for above, _ in lows} == {True, False}
    assert all(above == excluded for above, excluded in lows)
    assert least_separability(5, 5, 60) > least_separability(50, 50, 60) > 0.5

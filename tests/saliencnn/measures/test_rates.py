import numpy as np
import pytest
from scipy.stats import binom, binomtest, fisher_exact, hypergeom

from saliencnn.measures.rates import (
    differ_by_chance,
    difference_interval,
    fisher,
    hold_together,
    mcnemar,
    wilson_interval,
)


@pytest.mark.parametrize(("correct", "images"), [(0, 1), (1, 1), (3, 4), (10, 50), (725, 725)])
def test_wilsons_interval_is_that_of_the_library(correct: int, images: int) -> None:
    found = wilson_interval(np.array(correct / images), np.array(images))
    wanted = binomtest(correct, images).proportion_ci(method="wilson")
    assert found == pytest.approx((wanted.low, wanted.high))


def test_the_difference_of_the_paper() -> None:
    """Newcombe 1998, table II, method 10: 9 of 10 less 3 of 10."""
    low, high = difference_interval(np.array(0.9), np.array(0.3), np.array(10))
    assert (low, high) == pytest.approx((0.1705, 0.8090), abs=5e-5)


def test_one_image_is_no_evidence_of_a_difference() -> None:
    ones, zeros, images = np.ones(3), np.zeros(3), np.array([1, 5, 50])
    low, _ = difference_interval(ones, zeros, images)
    assert low[0] < 0 < low[1] < low[2]


def test_mcnemars_exact_test() -> None:
    """One image against nine: the chance of at most one head in ten, 11 of 1,024."""
    fewer, more = np.zeros(30, bool), np.zeros(30, bool)
    fewer[:1], more[1:10] = True, True
    assert mcnemar(fewer, more) == pytest.approx(11 / 1024)
    assert mcnemar(more, fewer) == pytest.approx(1 - 1 / 1024)
    assert mcnemar(more, more) == 1


@pytest.mark.parametrize(("seen", "of", "others_seen", "others"), [
    (3, 4, 1, 4), (0, 7, 3, 9), (7, 7, 0, 9), (0, 5, 0, 5), (40, 1200, 61, 48_800),
])  # fmt: skip
def test_fishers_exact_test_is_that_of_the_library(
    seen: int, of: int, others_seen: int, others: int
) -> None:
    inside = np.arange(of + others) < of
    happens = (np.arange(of + others) < seen) | (
        np.arange(of + others) >= of + others - others_seen
    )
    wanted = fisher_exact([[seen, of - seen], [others_seen, others - others_seen]], "greater")
    assert fisher(happens, inside) == pytest.approx(wanted.pvalue, rel=1e-6)


def test_chance_sets_two_fractions_apart_as_the_hypergeometric_says() -> None:
    fewer = hypergeom.cdf(4, 50, 16, 30)
    assert differ_by_chance(4 / 30, 12 / 20, 30, 20) == pytest.approx(2 * fewer)
    assert differ_by_chance(12 / 20, 4 / 30, 20, 30) == pytest.approx(2 * fewer)
    assert differ_by_chance(0.5, 0.5, 10, 40) == 1


@pytest.mark.parametrize("images", [5, 40])
def test_chance_alone_is_told_in_at_most_its_level(images: int) -> None:
    """Exactly, of whatever fraction is right; the interval alone errs in 5.7% of 40 images."""
    counts = np.arange(images + 1)
    told = np.array([
        [differ_by_chance(one / images, other / images, images, images) <= 0.05 for other in counts]
        for one in counts
    ])  # fmt: skip
    for rate in np.linspace(0.05, 0.95, 19):
        chance = binom.pmf(counts, images, rate)
        assert chance @ told @ chance <= 0.05


def test_questions_asked_together_are_held_together() -> None:
    """Holm 1979: the least of three counts thrice, the next twice, none less than those before."""
    found = hold_together({"a": 0.03, "b": 0.01, "c": 0.014})
    assert found == pytest.approx({"a": 0.03, "b": 0.03, "c": 0.03})
    assert hold_together({"a": 0.9, "b": 0.8}) == {"a": 1, "b": 1}

import numpy as np
import pytest
from scipy.stats import binomtest

from saliencnn.measures.rates import difference_interval, mcnemar, wilson_interval


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

"""Grades by the thresholds of the table."""

import numpy as np
import pytest
from scipy import stats

from saliencnn.checks.grading import MIN_IMAGES, Outcome, grade
from saliencnn.checks.table import CHECKS
from saliencnn.common.errors import UserError


@pytest.mark.parametrize("name", CHECKS)
def test_thresholds_divide_pass_borderline_and_fail(name: str) -> None:
    row = CHECKS[name]
    good, bad = row.pass_from, row.fail_below
    assert good > bad, "more is better in every check"
    assert grade(name, np.full(MIN_IMAGES, good)).outcome == Outcome.PASS
    assert grade(name, np.full(MIN_IMAGES, (good + bad) / 2)).outcome == Outcome.BORDERLINE
    assert grade(name, np.full(MIN_IMAGES, 2 * bad - good)).outcome == Outcome.FAIL


def test_the_mean_and_its_interval() -> None:
    values = np.random.default_rng(3).normal(0.5, 0.2, 60)
    found = grade("stability", np.concatenate([values, [np.nan, np.inf]]))
    assert found.images == 60
    assert found.value == pytest.approx(values.mean())
    expected = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=20000)
    interval = expected.confidence_interval
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=0.005)
    assert grade("stability", values) == found, "always the same"


def test_the_burden_of_proof_is_the_methods() -> None:
    uncertain = np.array([1.0] * 7 + [0.2])
    assert uncertain.mean() > CHECKS["faithfulness"].pass_from
    assert grade("faithfulness", uncertain).outcome == "borderline"
    assert grade("faithfulness", np.tile(uncertain, 20)).outcome == "pass"
    assert grade("faithfulness", np.array([1.0, 0.5, 0.3, 0.4, 0.6])).outcome == "fail"
    assert grade("randomization", np.array([1.0, 1.0, 1.0, 0.9, 0.1])).outcome == "borderline"


def test_too_few_images_are_not_judged() -> None:
    found = grade("variance", np.array([1.0] * (MIN_IMAGES - 1) + [np.nan] * 9))
    assert (found.outcome, found.value, found.images) == ("not judged", 1.0, MIN_IMAGES - 1)
    assert np.isnan([found.low, found.high]).all()
    nothing = grade("variance", np.full(20, np.nan))
    assert (nothing.outcome, nothing.images) == ("not judged", 0)
    assert np.isnan(nothing.value)


def test_a_check_that_is_unknown_is_refused() -> None:
    with pytest.raises(UserError, match="'smell' is unknown; choose from variance, randomization"):
        grade("smell", np.ones(9))

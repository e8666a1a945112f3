"""The difference of missed and correct images over several networks, of numbers worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from saliencnn.measures.groups import MIN_GROUP, difference
from saliencnn.measures.pooled import pooled_difference

NAN = np.nan


def test_each_network_counts_by_what_its_images_tell() -> None:
    """The first has 2 and 2 images, so 1 to weigh; the second 1 and 3, so 3/4."""
    values = np.array([[5.0, 3, 2, 0], [9, 1, 2, 3]])
    correct = np.array([[False, False, True, True], [False, True, True, True]])
    found, (missed, right) = pooled_difference(values, correct)
    assert found.value == pytest.approx((3 * 1 + 7 * 0.75) / 1.75)
    assert missed == pytest.approx((4 + 9 * 0.75) / 1.75)
    assert right == pytest.approx((1 + 2 * 0.75) / 1.75)
    assert (found.failed, found.correct) == (2, 3)
    assert not found.enough


def test_it_is_least_squares_with_a_level_for_each_network() -> None:
    rng = np.random.default_rng(0)
    correct = rng.random((4, 40)) > 0.3
    values = rng.normal(size=(4, 40)) + np.arange(4)[:, None] - 0.7 * correct
    found, _ = pooled_difference(values, correct)
    levels = np.repeat(np.eye(4), 40, axis=0)
    design = np.column_stack([levels, ~correct.ravel()])
    solved = np.linalg.lstsq(design, values.ravel(), rcond=None)[0]
    assert found.value == pytest.approx(solved[-1])


def test_the_error_is_that_of_leaving_out_each_image() -> None:
    rng = np.random.default_rng(1)
    correct = rng.random((3, 20)) > 0.4
    values = rng.normal(size=(3, 20))
    values[0, 3] = NAN
    found, _ = pooled_difference(values, correct)
    without = [
        pooled_difference(np.delete(values, n, axis=1), np.delete(correct, n, axis=1))[0].value
        for n in range(20)
    ]
    error = np.sqrt(19 / 20 * ((np.array(without) - np.mean(without)) ** 2).sum())
    from scipy.stats import t

    half = t(min(found.failed, found.correct) - 1).ppf(0.975) * error
    assert found.high - found.value == pytest.approx(half)


def test_of_one_network_it_is_nearly_welchs() -> None:
    rng = np.random.default_rng(2)
    values, correct = rng.normal(size=(1, 200)), rng.random((1, 200)) > 0.3
    found, _ = pooled_difference(values, correct)
    welch = difference(values[0], correct[0])
    assert found.value == pytest.approx(welch.value)
    assert (found.high - found.low) == pytest.approx(welch.high - welch.low, rel=0.03)


def test_the_same_network_twice_tells_no_more_than_once() -> None:
    rng = np.random.default_rng(3)
    values, correct = rng.normal(size=(1, 50)), rng.random((1, 50)) > 0.3
    once, _ = pooled_difference(values, correct)
    twice, _ = pooled_difference(np.tile(values, (2, 1)), np.tile(correct, (2, 1)))
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high))


@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize(("networks", "images"), [(6, 20), (6, 96), (1, 40)])
def test_the_interval_errs_as_often_as_it_says(networks: int, images: int, skewed: bool) -> None:
    """5% are allowed; with 300 draws 9% is four standard errors above it."""
    rng = np.random.default_rng(4)
    told = wrong = 0
    for _ in range(300):
        hard, bright = rng.normal(size=(2, images))
        latent = 0.7 * hard + 0.7 * rng.normal(size=(networks, images))
        values = 0.8 * bright + 0.6 * rng.normal(size=(networks, images))
        found, _ = pooled_difference(
            np.exp(values) if skewed else values, latent < np.quantile(latent, 0.75)
        )
        told += found.enough
        wrong += found.enough and not found.low <= 0 <= found.high
    assert told > 250
    assert wrong <= 0.09 * told


@given(
    some.integers(1, 4), some.integers(1, 25), some.integers(0, 2**20),
    some.floats(0, 1), some.floats(0, 1),
)  # fmt: skip
def test_it_ends_for_any_images(
    networks: int, images: int, seed: int, missed: float, unknown: float
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(networks, images))
    values[rng.random(values.shape) < unknown] = NAN
    correct = rng.random(values.shape) >= missed
    found, means = pooled_difference(values, correct)
    if found.enough:
        assert found.low <= found.value <= found.high
        assert min(found.failed, found.correct) >= MIN_GROUP
        assert means[0] - means[1] == pytest.approx(found.value)

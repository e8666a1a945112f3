"""The likeness of maps against Wang's formula written out."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from saliencnn.measures.similarity import similarity_to_previous, ssim


def maps_of(height: int, width: int, low: float = 0.0) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float32, (height, width), elements=st.floats(low, 1, width=32))


def by_loops(first: np.ndarray, second: np.ndarray, window: int) -> float:
    """Wang's mean SSIM with an even window, sample variances, K1 = 0.01 and K2 = 0.03."""
    a, b = (np.maximum(m, 0).astype(float) / m.max() for m in (first, second))
    c1, c2, values = 0.01**2, 0.03**2, []
    for i in range(a.shape[0] - window + 1):
        for j in range(a.shape[1] - window + 1):
            x, y = (m[i : i + window, j : j + window].ravel() for m in (a, b))
            spread = np.cov(x, y)
            means = x.mean(), y.mean()
            similarity = (2 * means[0] * means[1] + c1) / (means[0] ** 2 + means[1] ** 2 + c1)
            similarity *= (2 * spread[0, 1] + c2) / (spread[0, 0] + spread[1, 1] + c2)
            values.append(similarity)
    return float(np.mean(values))


@pytest.mark.parametrize(
    ("height", "width", "window"), [(3, 3, 3), (4, 9, 3), (5, 6, 5), (7, 7, 7), (13, 13, 7)]
)
def test_ssim_is_its_formula(height: int, width: int, window: int) -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        first, second = rng.normal(0.3, 1, (2, height, width)).astype("f4")
        assert ssim(first, second) == pytest.approx(by_loops(first, second, window), abs=1e-6)


@given(maps_of(7, 7, -1), maps_of(7, 7, -1))
def test_ssim_is_symmetric_and_bounded(first: np.ndarray, second: np.ndarray) -> None:
    one, other = ssim(first, second), ssim(second, first)
    if first.max() > 0 and second.max() > 0:
        assert one == pytest.approx(other, abs=1e-9)
        assert -1 - 1e-9 <= one <= 1 + 1e-9
    else:
        assert math.isnan(one)
        assert math.isnan(other)


@given(maps_of(5, 6, -1), st.integers(-8, 8))
def test_a_map_is_like_itself_at_any_scale(single: np.ndarray, exponent: int) -> None:
    if single.max() > 1e-20:
        assert ssim(single, single) == pytest.approx(1)
        assert ssim(single, single * np.float32(2.0**exponent)) == pytest.approx(1, abs=1e-5)


def test_what_speaks_against_a_class_does_not_count() -> None:
    first = np.random.default_rng(1).normal(size=(7, 7))
    assert ssim(first, np.maximum(first, 0)) == pytest.approx(1)


def test_half_precision_is_enough_to_see_likeness() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.random((2, 7, 7))
    expected = ssim(first, second)
    assert ssim(first.astype("f2"), second.astype("f2")) == pytest.approx(expected, abs=1e-2)
    assert ssim(first, 1 - first) < 0 < ssim(first, first + 0.1 * second)


@pytest.mark.parametrize("shape", [(2, 2), (1, 9), (9, 2)])
def test_maps_too_small_to_compare_are_nan(shape: tuple[int, int]) -> None:
    assert math.isnan(ssim(np.ones(shape), np.ones(shape)))


def test_maps_without_energy_are_nan() -> None:
    blank, lively = np.zeros((7, 7)), np.ones((7, 7))
    for pair in [(blank, lively), (lively, blank), (blank, blank), (-lively, lively)]:
        assert math.isnan(ssim(*pair))


def test_similarity_to_previous_goes_step_by_step() -> None:
    maps = np.random.default_rng(3).random((4, 7, 7)).astype("f4")
    maps[2] = maps[1]
    found = similarity_to_previous(maps)
    assert found.dtype == np.float32
    assert math.isnan(found[0])
    assert found[1] == pytest.approx(ssim(maps[0], maps[1]))
    assert found[2] == 1
    assert found[3] == pytest.approx(ssim(maps[2], maps[3]))
    blank = np.concatenate([maps[:1], np.zeros((1, 7, 7)), maps[1:2]])
    assert np.isnan(similarity_to_previous(blank)).all()


@pytest.mark.parametrize("epochs", [0, 1, 2])
def test_each_epoch_has_a_likeness(epochs: int) -> None:
    found = similarity_to_previous(np.ones((epochs, 7, 7), dtype=np.float32))
    assert len(found) == epochs
    assert np.isnan(found[:1]).all()

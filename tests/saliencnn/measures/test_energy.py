"""Which maps are constant or empty, and their relative energy, against loops."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from saliencnn.measures.energy import above_threshold, is_constant, is_empty, relative_energy

pytestmark = pytest.mark.filterwarnings("error")

MAPS = arrays(np.float32, (3, 4, 5), elements=st.floats(-1, 1, width=32))


def energies(single: np.ndarray) -> list[list[float]] | None:
    """A map divided by its maximum, by hand; nothing without positive energy."""
    peak = max(float(v) for v in single.flat)
    return [[max(float(v), 0) / peak for v in row] for row in single] if peak > 0 else None


@given(MAPS)
def test_constant_means_a_range_of_at_most_a_millionth(maps: np.ndarray) -> None:
    maps[0] = 1
    for single, constant in zip(maps, is_constant(maps), strict=True):
        values = [float(v) for v in single.flat]
        largest = max(abs(v) for v in values)
        assert constant == (max(values) - min(values) <= 1e-6 * largest)


def test_which_maps_are_constant() -> None:
    maps = np.zeros((8, 3, 3))
    maps[1] = 5
    maps[2] = 5 + 1e-6 * np.eye(3)  # rounding noise
    maps[3] = 5 + 1e-4 * np.eye(3)
    maps[4, 1, 1] = 1e-30  # little, but a pattern
    maps[5, 1, 1] = np.nan
    maps[6, 1, 1] = -np.inf
    maps[7, 1, 1] = -1
    found = is_constant(maps)
    assert found.dtype == np.bool_
    assert found.tolist() == [True, True, True, False, False, True, True, False]
    assert is_constant(np.full((1, 2, 2), 65504, np.float16)).tolist() == [True]


def test_a_map_is_empty_if_it_is_constant_or_nothing_is_above_zero() -> None:
    slope = np.linspace(-1, 1, 6).reshape(2, 3)
    gap = np.where(slope > 0, np.nan, slope)
    maps = np.stack([slope, slope - 1, np.full((2, 3), 0.5), gap])
    assert is_empty(maps).tolist() == [False, True, True, True]
    assert is_empty(maps[:0]).shape == (0,)


@given(MAPS)
def test_relative_energy_by_hand(maps: np.ndarray) -> None:
    for single, found in zip(maps, relative_energy(maps), strict=True):
        expected = energies(single)
        np.testing.assert_allclose(found, np.full((4, 5), np.nan) if expected is None else expected)


@given(MAPS, st.sampled_from([0.25, 0.5, 0.75, 1]))
def test_above_threshold_by_hand(maps: np.ndarray, threshold: float) -> None:
    for single, found in zip(maps, above_threshold(maps, threshold), strict=True):
        p = energies(single)
        expected = np.zeros((4, 5), bool) if p is None else np.array(p) >= threshold
        assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("threshold", [0, -1, 1.01, math.nan])
def test_a_threshold_is_a_fraction(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        above_threshold(np.ones((1, 2, 2)), threshold)


@pytest.mark.parametrize("test", [is_constant, is_empty])
def test_no_maps_and_single_cells(test) -> None:
    assert test(np.zeros((0, 7, 7))).shape == (0,)
    assert test(np.ones((2, 1, 1))).tolist() == [True, True]

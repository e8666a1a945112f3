"""Restlessness of maps against loops and known answers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage, stats

from saliencnn.measures.noise import (
    attended,
    connected_regions,
    entropy,
    is_constant,
    is_empty,
    relative_energy,
    total_variation,
)

pytestmark = pytest.mark.filterwarnings("error")

MAPS = arrays(np.float32, (3, 4, 5), elements=st.floats(-1, 1, width=32))
COARSE = arrays(np.int8, (3, 6, 7), elements=st.integers(-1, 4)).map(np.float32)
MEASURES = (total_variation, entropy, connected_regions)


def energies(single: np.ndarray) -> list[list[float]] | None:
    """A map in shares of its maximum, by hand; nothing without positive energy."""
    peak = max(float(v) for v in single.flat)
    return [[max(float(v), 0) / peak for v in row] for row in single] if peak > 0 else None


@given(MAPS)
def test_flatness_is_a_range_of_a_millionth(maps: np.ndarray) -> None:
    maps[0] = 1
    for single, flat in zip(maps, is_constant(maps), strict=True):
        values = [float(v) for v in single.flat]
        largest = max(abs(v) for v in values)
        assert flat == (max(values) - min(values) <= 1e-6 * largest)


def test_flat_maps_by_name() -> None:
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


def test_a_map_points_nowhere_if_it_is_flat_or_nothing_is_above_zero() -> None:
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


@given(MAPS)
def test_total_variation_by_hand(maps: np.ndarray) -> None:
    for single, found in zip(maps, total_variation(maps), strict=True):
        p = energies(single)
        if p is None:
            assert math.isnan(found)
            continue
        rows = [sum(abs(row[j + 1] - row[j]) for j in range(4)) for row in p]
        columns = [sum(abs(p[i + 1][j] - p[i][j]) for i in range(3)) for j in range(5)]
        assert found == pytest.approx(sum(rows) / 4 + sum(columns) / 5, rel=1e-5)
        assert 0 <= found <= 4 + 5 - 2


def test_total_variation_knows_known_answers() -> None:
    ramp = np.tile(np.linspace(0, 3, 6), (6, 1))
    chess = np.indices((6, 6)).sum(0) % 2
    point = np.zeros((6, 6))
    point[2, 3] = 7
    found = total_variation(np.stack([np.ones((6, 6)), ramp, ramp.T, chess, point]))
    np.testing.assert_allclose(found, [0, 1, 1, 10, 4 / 6], rtol=1e-6)


@given(MAPS, st.integers(1, 4), st.integers(1, 4))
def test_finer_cells_do_not_change_total_variation(maps: np.ndarray, high: int, wide: int) -> None:
    fine = np.kron(maps, np.ones((1, high, wide), np.float32))
    np.testing.assert_allclose(total_variation(fine), total_variation(maps), rtol=1e-5)


@given(MAPS)
def test_entropy_is_scipys(maps: np.ndarray) -> None:
    for single, found in zip(maps, entropy(maps), strict=True):
        p = energies(single)
        if p is None:
            assert math.isnan(found)
        else:
            assert found == pytest.approx(stats.entropy(np.ravel(p)) / math.log(20), abs=1e-6)
            assert 0 <= found <= 1 + 1e-6


def test_entropy_knows_known_answers() -> None:
    maps = np.zeros((4, 4, 4), dtype=np.float16)
    maps[0] = 0.2
    maps[1, 3, 3] = 9
    maps[2, 0] = 1  # four of sixteen cells: half of the digits
    maps[3] = -1
    maps[3, 0] = 2
    np.testing.assert_allclose(entropy(maps), [1, 0, 0.5, 0.5], atol=1e-6)


@given(COARSE, st.sampled_from([0.25, 0.5, 0.75, 1]))
def test_regions_are_counted_one_map_at_a_time(maps: np.ndarray, threshold: float) -> None:
    for single, found in zip(maps, connected_regions(maps, threshold), strict=True):
        if single.max() <= 0:
            assert math.isnan(found)
        else:
            bright = single >= threshold * single.max()
            assert found == ndimage.label(bright, np.ones((3, 3)))[1]


def test_regions_touch_at_corners_but_not_across_maps() -> None:
    maps = np.zeros((4, 3, 3))
    maps[0] = np.eye(3)
    maps[1] = np.eye(3)[::-1]
    maps[2, 0] = maps[2, 2] = [1, 0, 1]
    maps[3, 0] = [1, 0, 0.4]
    assert connected_regions(maps).tolist() == [1, 1, 4, 1]
    assert connected_regions(maps, 0.4).tolist() == [1, 1, 4, 2]


@pytest.mark.parametrize("threshold", [0, -1, 1.01, math.nan])
def test_a_threshold_is_a_share(threshold: float) -> None:
    for measure in (attended, connected_regions):
        with pytest.raises(ValueError, match="threshold"):
            measure(np.ones((1, 2, 2)), threshold)


@pytest.mark.parametrize("measure", MEASURES)
def test_what_has_no_energy_has_no_noise(measure) -> None:
    maps = np.ones((5, 3, 3))
    maps[1], maps[2], maps[3, 0, 0], maps[4, 2, 2] = 0, -1, np.nan, np.inf
    found = measure(maps)
    assert found.dtype == np.float32
    assert np.isnan(found).tolist() == [False, True, True, True, True]


@pytest.mark.parametrize("measure", MEASURES)
def test_the_scale_of_a_map_does_not_matter(measure) -> None:
    maps = np.random.default_rng(0).random((4, 7, 7)).astype("f4")
    for scale in (1e-30, 1e30):
        np.testing.assert_allclose(measure((maps * scale).astype("f4")), measure(maps), rtol=1e-5)


@pytest.mark.parametrize("measure", [*MEASURES, is_constant])
def test_no_maps_and_single_cells(measure) -> None:
    assert measure(np.zeros((0, 7, 7))).shape == (0,)
    assert measure(np.ones((2, 1, 1))).shape == (2,)
    assert total_variation(np.ones((1, 1, 1))) == 0
    assert np.isnan(entropy(np.ones((1, 1, 1))))

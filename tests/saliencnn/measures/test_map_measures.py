"""Numbers of maps that rank runs where the object's place is unknown."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from saliencnn.common.metrics import METRICS
from saliencnn.measures.map_measures import MAP_MEASURES, area_above_half, entropy, total_variation

pytestmark = pytest.mark.filterwarnings("error")

MAPS = arrays(np.float32, (3, 4, 5), elements=st.floats(-1, 1, width=32))
COMPUTE = [measure.compute for measure in MAP_MEASURES.values()]


def relative(single: np.ndarray) -> list[list[float]] | None:
    """A map divided by its maximum, by hand; nothing without positive energy."""
    peak = max(float(v) for v in single.flat)
    return [[max(float(v), 0) / peak for v in row] for row in single] if peak > 0 else None


@given(MAPS)
def test_total_variation_by_hand(maps: np.ndarray) -> None:
    for single, found in zip(maps, total_variation(maps), strict=True):
        p = relative(single)
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
        p = relative(single)
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


@pytest.mark.parametrize("compute", COMPUTE)
def test_maps_without_energy_have_no_number(compute) -> None:
    maps = np.ones((5, 3, 3))
    maps[1], maps[2], maps[3, 0, 0], maps[4, 2, 2] = 0, -1, np.nan, np.inf
    found = compute(maps)
    assert found.dtype == np.float32
    assert np.isnan(found).tolist() == [False, True, True, True, True]


@pytest.mark.parametrize("compute", COMPUTE)
def test_the_scale_of_a_map_does_not_matter(compute) -> None:
    maps = np.random.default_rng(0).random((4, 7, 7)).astype("f4")
    for scale in (1e-30, 1e30):
        np.testing.assert_allclose(compute((maps * scale).astype("f4")), compute(maps), rtol=1e-5)


@given(MAPS)
def test_the_area_above_half_by_hand(maps: np.ndarray) -> None:
    for single, area in zip(maps, area_above_half(maps), strict=True):
        values = [float(v) for v in single.flat]
        peak = max(values)
        if peak <= 0:
            assert math.isnan(area)
        else:
            fraction = sum(v / peak >= 0.5 for v in values) / len(values)
            assert area == pytest.approx(fraction)


def test_area_above_half_knows_known_answers() -> None:
    maps = np.zeros((4, 2, 4))
    maps[0, 0, 0] = 3
    maps[1] = 1
    maps[2, 0] = 1
    assert area_above_half(maps)[:3].tolist() == [0.125, 1, 0.5]
    assert np.isnan(area_above_half(maps)[3])


@pytest.mark.parametrize(
    ("name", "best"), [("total_variation", "spot"), ("entropy", "spot"), ("attended_area", "wide")]
)
def test_which_map_is_the_best_one(name: str, best: str) -> None:
    maps = {kind: np.zeros((1, 6, 6)) for kind in ("spot", "scattered", "wide")}
    maps["spot"][0, 2:4, 2:4] = 1
    maps["scattered"][0, ::2, ::2] = 1
    maps["wide"][0, 1:, 1:5] = 1
    sign, compute = METRICS[name].sign, MAP_MEASURES[name].compute
    worth = {kind: sign * float(compute(one)[0]) for kind, one in maps.items()}
    assert max(worth, key=lambda kind: worth[kind]) == best


@pytest.mark.parametrize("compute", COMPUTE)
def test_no_maps_and_single_cells(compute) -> None:
    assert compute(np.zeros((0, 7, 7))).shape == (0,)
    assert compute(np.ones((2, 1, 1))).shape == (2,)
    assert total_variation(np.ones((1, 1, 1))) == 0
    assert np.isnan(entropy(np.ones((1, 1, 1))))

"""Focus and coverage against loops over cells and pixels."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from saliencnn.measures.focus import coverage, focus, points_at

MAPS = arrays(np.float32, (3, 4, 5), elements=st.floats(-1, 1, width=32))
FRACTIONS = arrays(np.float32, (3, 4, 5), elements=st.floats(0, 1, width=32))


def cell(index: int, cells: int, pixels: int) -> slice:
    """The pixels that a cell of an even grid touches."""
    return slice(index * pixels // cells, math.ceil((index + 1) * pixels / cells))


@given(st.integers(1, 7), st.integers(1, 7), st.integers(1, 30), st.integers(1, 30), st.data())
def test_coverage_is_each_cells_fraction(
    height: int, width: int, rows: int, columns: int, data: st.DataObject
) -> None:
    masks = data.draw(arrays(np.bool_, (2, rows, columns)))
    found = coverage(masks, height, width)
    assert found.shape == (2, height, width)
    assert found.dtype == np.float32
    for n in range(2):
        for i in range(height):
            for j in range(width):
                part = masks[n, cell(i, height, rows), cell(j, width, columns)]
                assert found[n, i, j] == pytest.approx(part.mean(), abs=1e-5)


@given(arrays(np.bool_, (2, 24, 36)))
def test_coverage_adds_up_to_the_region(masks: np.ndarray) -> None:
    cells = coverage(masks, 6, 9)
    np.testing.assert_allclose(cells.sum((1, 2)) * 16, masks.sum((1, 2)), rtol=1e-5)


@given(MAPS, FRACTIONS)
def test_focus_is_the_fraction_of_energy_inside(maps: np.ndarray, covered: np.ndarray) -> None:
    found = focus(maps, covered)
    assert found.shape == (3,)
    assert found.dtype == np.float32
    for n in range(3):
        total = inside = 0.0
        for i in range(4):
            for j in range(5):
                energy = max(float(maps[n, i, j]), 0.0)
                total += energy
                inside += energy * float(covered[n, i, j])
        if total:
            assert found[n] == pytest.approx(inside / total, rel=1e-5, abs=1e-6)
            assert 0 <= found[n] <= 1 + 1e-6
        else:
            assert found[n] == 0


@given(MAPS, FRACTIONS)
def test_inside_and_outside_make_the_whole(maps: np.ndarray, covered: np.ndarray) -> None:
    both = focus(maps, covered) + focus(maps, 1 - covered)
    positive = maps.max(axis=(1, 2)) > 0
    np.testing.assert_allclose(both[positive], 1, rtol=1e-5)
    assert (both[~positive] == 0).all()


def test_focus_knows_known_answers() -> None:
    maps = np.zeros((5, 2, 2), dtype=np.float16)
    maps[0, 0, 0] = 3
    maps[1, 1, 1] = 3
    maps[2] = 1
    maps[3] = [[2, -50], [-50, 2]]  # what speaks against the class is no energy
    covered = np.tile(np.array([[1, 0.5], [0.5, 0]], dtype=np.float32), (5, 1, 1))
    np.testing.assert_array_equal(focus(maps, covered), np.float32([1, 0, 0.5, 0.5, 0]))


def test_only_what_is_not_known_is_nan() -> None:
    maps = np.float32([[[0.0]], [[0.0]], [[1.0]], [[np.nan]]])
    covered = np.float32([[[0.5]], [[np.nan]], [[np.nan]], [[0.5]]])
    np.testing.assert_array_equal(focus(maps, covered), np.float32([0, np.nan, np.nan, np.nan]))


def test_the_scale_of_a_map_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    maps, covered = rng.random((4, 7, 7)).astype("f4"), rng.random((4, 7, 7)).astype("f4")
    for scale in (1e-30, 1e30):
        scaled = (maps * scale).astype("f4")
        np.testing.assert_allclose(focus(scaled, covered), focus(maps, covered), rtol=1e-5)


def test_no_maps_have_no_focus() -> None:
    assert focus(np.zeros((0, 7, 7), "f4"), np.zeros((0, 7, 7), "f4")).shape == (0,)


@given(MAPS, FRACTIONS)
def test_a_map_points_where_its_highest_cell_lies(maps: np.ndarray, covered: np.ndarray) -> None:
    found = points_at(maps, covered)
    for n in range(3):
        cells = [(-maps[n, i, j], i, j) for i in range(4) for j in range(5)]
        least, row, column = min(cells)
        shows = focus(maps[n : n + 1], covered[n : n + 1])[0] > 0
        assert found[n] == (least < 0 and shows and covered[n, row, column] >= 0.5)


def test_a_wide_map_may_point_at_what_it_mostly_lies_beside() -> None:
    """The pointing game of Zhang et al. (2018): only the highest place counts."""
    wide, region = np.full((1, 5, 5), 0.5), np.zeros((1, 5, 5))
    wide[0, 2, 2] = region[0, 2, 2] = 1
    assert focus(wide, region)[0] == pytest.approx(1 / 13)
    assert points_at(wide, region)[0] == 1
    assert points_at(np.zeros((1, 5, 5)), region)[0] == 0, "an empty map points at nothing"
    assert np.isnan(points_at(wide, np.full((1, 5, 5), np.nan)))[0]

"""Focus and coverage against loops over cells and pixels."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from saliencnn.measures.focus import (
    coverage,
    distance_to_region,
    focus,
    pointing,
    region_iou,
)

MAPS = arrays(np.float32, (3, 4, 5), elements=st.floats(-1, 1, width=32))
COARSE = arrays(np.int8, (3, 4, 5), elements=st.integers(-2, 4)).map(np.float32)
SHARES = arrays(np.float32, (3, 4, 5), elements=st.floats(0, 1, width=32))
PLACES = pytest.mark.parametrize("measure", [pointing, region_iou, distance_to_region])


def cell(index: int, cells: int, pixels: int) -> slice:
    """The pixels that a cell of an even grid touches."""
    return slice(index * pixels // cells, math.ceil((index + 1) * pixels / cells))


@given(st.integers(1, 7), st.integers(1, 7), st.integers(1, 30), st.integers(1, 30), st.data())
def test_coverage_is_each_cells_share(
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


@given(MAPS, SHARES)
def test_focus_is_the_energys_share_inside(maps: np.ndarray, covered: np.ndarray) -> None:
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
            assert math.isnan(found[n])


@given(MAPS, SHARES)
def test_inside_and_outside_make_the_whole(maps: np.ndarray, covered: np.ndarray) -> None:
    both = focus(maps, covered) + focus(maps, 1 - covered)
    lively = maps.max(axis=(1, 2)) > 0
    np.testing.assert_allclose(both[lively], 1, rtol=1e-5)
    assert np.isnan(both[~lively]).all()


def test_focus_knows_known_answers() -> None:
    maps = np.zeros((5, 2, 2), dtype=np.float16)
    maps[0, 0, 0] = 3
    maps[1, 1, 1] = 3
    maps[2] = 1
    maps[3] = [[2, -50], [-50, 2]]  # what speaks against the class is no energy
    covered = np.tile(np.array([[1, 0.5], [0.5, 0]], dtype=np.float32), (5, 1, 1))
    np.testing.assert_array_equal(focus(maps, covered), np.float32([1, 0, 0.5, 0.5, np.nan]))


def test_the_scale_of_a_map_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    maps, covered = rng.random((4, 7, 7)).astype("f4"), rng.random((4, 7, 7)).astype("f4")
    for scale in (1e-30, 1e30):
        scaled = (maps * scale).astype("f4")
        np.testing.assert_allclose(focus(scaled, covered), focus(maps, covered), rtol=1e-5)


def test_no_maps_have_no_focus() -> None:
    assert focus(np.zeros((0, 7, 7), "f4"), np.zeros((0, 7, 7), "f4")).shape == (0,)


@given(COARSE, SHARES)
def test_pointing_is_the_mean_over_the_highest_cells(maps: np.ndarray, covered: np.ndarray) -> None:
    found = pointing(maps, covered)
    assert found.dtype == np.float32
    for n in range(3):
        peak = maps[n].max()
        cells = [(i, j) for i in range(4) for j in range(5) if maps[n, i, j] == peak]
        if peak > 0:
            expected = sum(float(covered[n, i, j]) for i, j in cells) / len(cells)
            assert found[n] == pytest.approx(expected, abs=1e-6)
        else:
            assert math.isnan(found[n])


def test_pointing_knows_known_answers() -> None:
    covered = np.zeros((4, 3, 3))
    covered[:, 0], covered[:, 1, 1] = 1, 0.25
    maps = np.zeros((4, 3, 3))
    maps[0, 0, 2], maps[0, 2, 2] = 3, 2.9
    maps[1, 2, 2] = 1
    maps[2, 0, 0] = maps[2, 2, 2] = 1  # one of two equal maxima is a hit
    maps[3, 1, 1] = 1
    assert pointing(maps, covered).tolist() == [1, 0, 0.5, 0.25]


@given(COARSE, SHARES, st.sampled_from([0.25, 0.5, 1]))
def test_region_iou_by_hand(maps: np.ndarray, covered: np.ndarray, threshold: float) -> None:
    found = region_iou(maps, covered, threshold)
    assert found.dtype == np.float32
    for n in range(3):
        peak = float(maps[n].max())
        both = either = 0.0
        for value, share in zip(maps[n].flat, covered[n].flat, strict=True):
            bright = float(value >= threshold * peak)
            both += min(bright, float(share))
            either += max(bright, float(share))
        if peak > 0:
            assert found[n] == pytest.approx(both / either, abs=1e-6)
            assert 0 <= found[n] <= 1
        else:
            assert math.isnan(found[n])


def test_region_iou_knows_known_answers() -> None:
    covered = np.zeros((3, 2, 4))
    covered[:, :, :2] = 1
    maps = np.stack([covered[0], 1 - covered[0], np.tile([0, 1, 0.5, 0.4], (2, 1))])
    np.testing.assert_allclose(region_iou(maps, covered), [1, 0, 1 / 3])
    assert region_iou(maps, covered, 0.6)[2] == 0.5
    assert region_iou(maps, covered * 0).tolist() == [0, 0, 0]


@pytest.mark.parametrize("threshold", [0, -1, 1.01, math.nan])
def test_a_threshold_is_a_share(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        region_iou(np.ones((1, 2, 2)), np.ones((1, 2, 2)), threshold)


@given(MAPS, SHARES)
def test_distance_to_region_by_hand(maps: np.ndarray, covered: np.ndarray) -> None:
    found = distance_to_region(maps, covered)
    assert found.dtype == np.float32
    for n in range(3):
        centres = []
        for weights in (maps[n], covered[n]):
            cells = [(i, j, max(float(weights[i, j]), 0.0)) for i in range(4) for j in range(5)]
            total = sum(w for *_, w in cells)
            if total:
                rows = sum(i * w for i, _, w in cells) / total
                centres.append((rows, sum(j * w for _, j, w in cells) / total))
        if len(centres) == 2:
            expected = math.dist(*centres) / math.hypot(4, 5)
            assert found[n] == pytest.approx(expected, rel=1e-4, abs=1e-6)
            assert 0 <= found[n] < 1
        else:
            assert math.isnan(found[n])


def test_distance_is_in_diagonals_at_any_resolution() -> None:
    maps, covered = np.zeros((2, 3, 4)), np.zeros((2, 3, 4))
    maps[0, 0, 0] = covered[0, 2, 3] = 1
    maps[1], covered[1, 1, 1:3] = 2, 0.5
    expected = [math.hypot(2, 3) / 5, 0]
    for finer in (1, 2, 5):
        grids = [np.kron(m, np.ones((1, finer, finer))) for m in (maps, covered)]
        np.testing.assert_allclose(distance_to_region(*grids), expected, atol=1e-7)


@PLACES
def test_places_of_a_map_ignore_its_scale(measure) -> None:
    rng = np.random.default_rng(0)
    maps, covered = rng.random((4, 7, 7)).astype("f4"), rng.random((4, 7, 7)).astype("f4")
    expected = measure(maps, covered)
    for scale in (2.0**-100, 2.0**100):
        np.testing.assert_allclose(measure(maps * np.float32(scale), covered), expected, rtol=1e-5)


@PLACES
@pytest.mark.filterwarnings("error")
def test_what_says_nothing_has_no_place(measure) -> None:
    maps = np.ones((5, 3, 3))
    maps[1], maps[2], maps[3, 0, 0], maps[4, 2, 2] = 0, -1, np.nan, np.inf
    found = measure(maps, np.ones((5, 3, 3)))
    assert np.isnan(found).tolist() == [False, True, True, True, True]
    assert measure(np.zeros((0, 7, 7)), np.zeros((0, 7, 7))).shape == (0,)


@pytest.mark.filterwarnings("error")
def test_nothing_has_a_distance_to_an_empty_region() -> None:
    assert np.isnan(distance_to_region(np.ones((1, 3, 3)), np.zeros((1, 3, 3)))).all()

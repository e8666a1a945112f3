"""The overlap coefficient, of regions whose place and size are known."""

import numpy as np
import pytest

from saliencnn.measures.overlap import region_centres, region_overlaps
from saliencnn.measures.similarity import similarity_matrix

SIDE = 16


def plant(top: int, left: int, side: int) -> np.ndarray:
    """Return a map with a bright square and a weak slope around it."""
    saliency = np.tile(np.linspace(0, 0.1, SIDE), (SIDE, 1))
    saliency[top : top + side, left : left + side] = 1
    return saliency


def test_a_small_region_inside_a_large_one_is_the_same_place() -> None:
    """SSIM and the cells in common fall with the size of the other region, this one does not."""
    small, large, beside, half = plant(6, 6, 3), plant(4, 4, 9), plant(0, 13, 3), plant(6, 3, 6)
    maps = np.stack([small, large, beside, half])
    found = region_overlaps(maps, 0.5)
    assert found[0].tolist() == [1, 1, 0, 1]
    assert found[1, 3] == pytest.approx(30 / 36)
    np.testing.assert_array_equal(found, found.T)
    assert similarity_matrix(maps, "ssim")[0, 1] < 0.5
    assert similarity_matrix(maps, "top")[0, 1] < 0.5


def test_scale_does_not_matter_and_an_empty_map_lies_nowhere() -> None:
    maps = np.stack([plant(2, 2, 4), 7 * plant(2, 4, 4), np.zeros((SIDE, SIDE))])
    found = region_overlaps(maps, 0.5)
    assert found[0, 1] == 0.5
    assert np.isnan(found[2]).all()
    assert region_overlaps(maps[:2], 0.0).tolist() == [[1, 1], [1, 1]], "all of the image"


def test_the_middle_of_a_region() -> None:
    maps = np.stack([plant(0, 8, 4), plant(6, 6, 4), np.zeros((SIDE, SIDE))])
    centres = region_centres(maps, 0.5)
    assert centres[0].tolist() == [2 / SIDE, 10 / SIDE]
    assert centres[1].tolist() == [0.5, 0.5]
    assert np.isnan(centres[2]).all()


def test_by_chance_as_much_lies_inside_as_the_larger_region_takes() -> None:
    rng = np.random.default_rng(0)
    large = plant(4, 4, 8)
    spots = np.zeros((400, SIDE, SIDE))
    spots[np.arange(400), rng.integers(0, SIDE, 400), rng.integers(0, SIDE, 400)] = 1
    found = [region_overlaps(np.stack([large, spot]), 0.5)[0, 1] for spot in spots]
    assert np.mean(found) == pytest.approx(0.25, abs=0.06)

"""Resampled maps against torch and by hand."""

import numpy as np
import torch
from torch.nn.functional import interpolate

from saliencnn.measures.resolution import at_common_size, resample


def test_resample_goes_from_cell_centre_to_cell_centre() -> None:
    found = resample(np.array([[[0, 4]]], dtype=np.float16), 2, 4)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [[[0, 1, 3, 4], [0, 1, 3, 4]]])


def test_maps_of_the_wanted_size_stay_as_they_are() -> None:
    maps = np.random.default_rng(0).random((3, 5, 4)).astype("f4")
    np.testing.assert_array_equal(resample(maps, 5, 4), maps)


def test_the_common_size_has_the_most_rows_and_the_most_columns() -> None:
    rng = np.random.default_rng(1)
    maps = [rng.random(shape) for shape in ((7, 7), (3, 12), (9, 2))]
    found = at_common_size(maps)
    assert found.shape == (3, 9, 12)
    for single, wide in zip(maps, found, strict=True):
        expected = interpolate(torch.from_numpy(single)[None, None], (9, 12), mode="bilinear")
        np.testing.assert_allclose(wide, expected[0, 0], rtol=1e-12)


def test_a_stack_is_a_list_of_maps() -> None:
    maps = np.random.default_rng(2).random((4, 6, 5)).astype("f2")
    np.testing.assert_array_equal(at_common_size(maps), maps)


def test_no_maps_make_an_empty_stack() -> None:
    assert at_common_size([]).shape == (0, 1, 1)

"""The SSIM to the epoch before is the SSIM of matrices, and scikit-image's."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.metrics import structural_similarity

from saliencnn.measures.similarity import similarity_matrix, similarity_to_previous

MAPS = arrays(np.float32, (4, 7, 7), elements=st.floats(-1, 1, width=32))


def neighbours(maps: np.ndarray) -> np.ndarray:
    """SSIMs of maps that follow each other, from the matrix of all."""
    return np.diag(similarity_matrix(maps, "ssim"), 1)


@given(MAPS)
def test_progression_and_compare_have_one_ssim(maps: np.ndarray) -> None:
    found = similarity_to_previous(maps)
    assert found.dtype == np.float32
    assert np.isnan(found[0])
    np.testing.assert_allclose(found[1:], neighbours(maps), atol=1e-6)


@pytest.mark.parametrize("kind", ["positive", "signed", "negative"])
@pytest.mark.parametrize(("side", "window"), [(3, 3), (4, 3), (5, 5), (7, 7), (14, 7), (96, 7)])
def test_it_is_scikit_images_of_maps_scaled_by_their_range(
    kind: str, side: int, window: int
) -> None:
    maps = np.random.default_rng(side).random((3, side, side + 1))
    maps -= {"positive": 0, "signed": 0.5, "negative": 1.5}[kind]
    scaled = [(m - m.min()) / (m.max() - m.min()) for m in maps]
    expected = [
        structural_similarity(first, second, win_size=window, data_range=1)
        for first, second in pairwise(scaled)
    ]
    np.testing.assert_allclose(similarity_to_previous(maps)[1:], expected, atol=1e-6)


def test_evidence_against_a_class_counts() -> None:
    signed = np.random.default_rng(1).normal(size=(7, 7))
    pair = np.stack([signed, np.maximum(signed, 0)])
    assert similarity_to_previous(pair)[1] < 0.95
    assert similarity_to_previous(np.stack([signed, -signed]))[1] < 0


@given(MAPS, st.integers(-8, 8))
def test_the_unit_of_a_map_does_not_matter(maps: np.ndarray, exponent: int) -> None:
    found = similarity_to_previous(np.stack([maps[0], maps[0] * np.float32(2.0**exponent)]))
    assert np.isnan(found[1]) or found[1] == pytest.approx(1, abs=1e-5)


def test_half_precision_is_enough() -> None:
    pair = np.random.default_rng(2).random((2, 7, 7))
    exact = similarity_to_previous(pair)[1]
    assert similarity_to_previous(pair.astype("f2"))[1] == pytest.approx(exact, abs=1e-2)


@pytest.mark.parametrize("shape", [(2, 2), (1, 9), (9, 2)])
def test_maps_too_small_to_compare_are_nan(shape: tuple[int, int]) -> None:
    maps = np.random.default_rng(3).random((2, *shape))
    assert np.isnan(similarity_to_previous(maps)).all()


def test_a_constant_map_breaks_the_row() -> None:
    maps = np.random.default_rng(4).random((5, 7, 7)).astype("f4")
    maps[1] = maps[0]
    maps[3] = 0
    found = similarity_to_previous(maps)
    assert found[1] == 1
    assert np.isnan(found).tolist() == [True, False, False, True, True]


@pytest.mark.parametrize("epochs", [0, 1, 2])
def test_each_epoch_has_a_similarity(epochs: int) -> None:
    found = similarity_to_previous(np.ones((epochs, 7, 7), dtype=np.float32))
    assert len(found) == epochs
    assert np.isnan(found[:1]).all()

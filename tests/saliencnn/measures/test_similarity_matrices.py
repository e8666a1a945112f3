"""Similarity matrices against scikit-image, SciPy, imagehash and loops, pair by pair."""

import math
from collections.abc import Callable

import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from scipy import stats
from skimage.metrics import structural_similarity

from saliencnn.measures import pairs
from saliencnn.measures.energy import is_constant
from saliencnn.measures.pairs import over_pairs
from saliencnn.measures.resolution import at_common_size
from saliencnn.measures.similarity import MEASURES, similarity_matrix
from saliencnn.measures.similarity_matrices import (
    hash_matrix,
    spearman_of_pairs,
    top_overlap_matrix,
)
from saliencnn.measures.ssim import structural_similarity_matrix

pytestmark = pytest.mark.filterwarnings("error")

EACH = pytest.mark.parametrize("measure", MEASURES)
# Eighths have ties and exact sums, and no values so small that a reference loses them.
MAPS = arrays(np.int8, (4, 7, 8), elements=st.integers(-8, 8)).map(lambda m: m / np.float32(8))


def scaled(single: np.ndarray) -> np.ndarray:
    exact = single.astype(float)
    return (exact - exact.min()) / (exact.max() - exact.min())


def ssim(first: np.ndarray, second: np.ndarray) -> float:
    return structural_similarity(scaled(first), scaled(second), data_range=1)


def mse(first: np.ndarray, second: np.ndarray) -> float:
    cells = zip(scaled(first).flat, scaled(second).flat, strict=True)
    return sum((a - b) ** 2 for a, b in cells) / first.size


def l1(first: np.ndarray, second: np.ndarray) -> float:
    cells = zip(scaled(first).flat, scaled(second).flat, strict=True)
    return sum(abs(a - b) for a, b in cells) / first.size


def phash(first: np.ndarray, second: np.ndarray) -> float:
    greys = [Image.fromarray(np.uint8((scaled(m) * 255).round())) for m in (first, second)]
    return 1 - (imagehash.phash(greys[0]) - imagehash.phash(greys[1])) / 64


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    return stats.spearmanr(first.ravel(), second.ravel()).statistic


def pearson(first: np.ndarray, second: np.ndarray) -> float:
    return stats.pearsonr(first.ravel().astype(float), second.ravel().astype(float)).statistic


def top(first: np.ndarray, second: np.ndarray) -> float:
    """Cell by cell, each belonging to the top tenth fully, in part or not at all."""
    count = round(first.size / 10)
    parts = []
    for single in (first.ravel(), second.ravel()):
        last = sorted(single)[-count]
        places = count - sum(v > last for v in single)
        level = sum(v == last for v in single)
        parts.append([1 if v > last else places / level if v == last else 0 for v in single])
    both = sum(min(a, b) for a, b in zip(*parts, strict=True))
    return both / sum(max(a, b) for a, b in zip(*parts, strict=True))


REFERENCE: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "ssim": ssim, "mse": mse, "l1": l1, "phash": phash, "spearman": spearman, "pearson": pearson,
    "top": top,
}  # fmt: skip
RANGE = {"ssim": (-1, 1), "spearman": (-1, 1), "pearson": (-1, 1)}


def test_each_measure_has_a_reference() -> None:
    assert set(REFERENCE) == set(MEASURES)


@EACH
@given(maps=MAPS)
def test_each_pair_is_as_the_reference_says(measure: str, maps: np.ndarray) -> None:
    found = MEASURES[measure].matrix(maps)
    assert found.shape == (4, 4)
    assert found.dtype == np.float64
    constant = is_constant(maps)
    for i in range(4):
        for j in range(4):
            if constant[i] or constant[j]:
                assert math.isnan(found[i, j])
            else:
                expected = REFERENCE[measure](maps[i], maps[j])
                assert found[i, j] == pytest.approx(expected, abs=1e-9)


@EACH
@given(maps=arrays(np.float32, (3, 7, 7), elements=st.floats(-1, 1, width=32)))
def test_matrices_are_symmetric_and_bounded(measure: str, maps: np.ndarray) -> None:
    found = MEASURES[measure].matrix(maps)
    np.testing.assert_array_equal(found, found.T)
    defined = ~is_constant(maps)
    low, high = RANGE.get(measure, (0, 1))
    inside = found[np.ix_(defined, defined)]
    assert ((low - 1e-9 <= inside) & (inside <= high + 1e-9)).all()
    own = np.diag(found)[defined]
    np.testing.assert_allclose(own, 1 if MEASURES[measure].higher_is_alike else 0, atol=1e-12)


@EACH
@given(maps=MAPS, exponents=arrays(np.int8, 4, elements=st.integers(-6, 6)))
def test_the_scale_of_a_map_does_not_matter(
    measure: str, maps: np.ndarray, exponents: np.ndarray
) -> None:
    factors = (np.float32(2) ** exponents)[:, None, None]
    matrix = MEASURES[measure].matrix
    np.testing.assert_allclose(matrix(maps * factors), matrix(maps), atol=1e-9)


@EACH
@given(maps=MAPS, order=st.permutations(range(4)))
def test_the_order_of_maps_does_not_matter(
    measure: str, maps: np.ndarray, order: list[int]
) -> None:
    matrix = MEASURES[measure].matrix
    np.testing.assert_allclose(matrix(maps[order]), matrix(maps)[np.ix_(order, order)], atol=1e-12)


@EACH
def test_a_little_noise_is_more_alike_than_another_map(measure: str) -> None:
    rng = np.random.default_rng(0)
    first, other = rng.random((2, 14, 14))
    found = MEASURES[measure].matrix(np.stack([first, first + 0.01 * other, other]))
    nearer = found[0, 1] > found[0, 2]
    assert nearer == MEASURES[measure].higher_is_alike


@EACH
def test_blocks_of_pairs_do_not_matter(measure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    maps = np.random.default_rng(1).random((6, 9, 7)).astype("f4")
    whole = MEASURES[measure].matrix(maps)
    for cells in (1, 2 * 63):
        monkeypatch.setattr(pairs, "AT_ONCE", cells)
        np.testing.assert_allclose(MEASURES[measure].matrix(maps), whole, rtol=1e-12)


@EACH
def test_constant_maps_have_no_similarity(measure: str) -> None:
    defined = np.random.default_rng(2).random((7, 7))
    broken, endless = defined.copy(), defined.copy()
    broken[3, 3], endless[3, 3] = np.nan, np.inf
    maps = [defined, np.zeros((7, 7)), np.full((7, 7), 0.3), broken, -defined, endless]
    found = similarity_matrix(maps, measure)
    expected = np.ones((6, 6), dtype=bool)
    expected[np.ix_([0, 4], [0, 4])] = False
    np.testing.assert_array_equal(np.isnan(found), expected)


@EACH
def test_maps_of_any_sizes_can_be_compared(measure: str) -> None:
    rng = np.random.default_rng(3)
    maps = [rng.random(shape).astype("f2") for shape in ((7, 7), (14, 14), (8, 20))]
    found = similarity_matrix(maps, measure)
    common = at_common_size(maps)
    expected = [[REFERENCE[measure](a, b) for b in common] for a in common]
    np.testing.assert_allclose(found, expected, atol=1e-9)


@EACH
def test_no_map_and_one_map(measure: str) -> None:
    assert similarity_matrix([], measure).shape == (0, 0)
    assert similarity_matrix(np.zeros((0, 7, 7)), measure).shape == (0, 0)
    alone = similarity_matrix([np.eye(7)], measure)
    assert alone == pytest.approx(1 if MEASURES[measure].higher_is_alike else 0)


@EACH
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (2, 2)])
def test_tiny_maps_are_compared_where_that_means_something(
    measure: str, shape: tuple[int, int]
) -> None:
    maps = np.random.default_rng(4).random((2, *shape))
    undefined = math.prod(shape) == 1 or measure == "ssim"
    np.testing.assert_array_equal(np.isnan(MEASURES[measure].matrix(maps)), undefined)


@pytest.mark.parametrize("side", [3, 4, 5, 6, 7, 8, 224])
def test_ssim_is_scikit_images(side: int) -> None:
    maps = np.random.default_rng(side).normal(size=(3, side, side + 2)).astype("f4")
    window = min(7, side - (side + 1) % 2)
    found = structural_similarity_matrix(maps)
    for i in range(3):
        for j in range(3):
            expected = structural_similarity(
                scaled(maps[i]), scaled(maps[j]), win_size=window, data_range=1
            )
            assert found[i, j] == pytest.approx(expected, abs=1e-10)


def test_known_distances() -> None:
    left, right = np.array([[0, 1.0]] * 7), np.array([[1.0, 0]] * 7)
    half = np.array([[0, 1.0]] * 6 + [[1.0, 0]])
    for measure in ("mse", "l1"):
        found = similarity_matrix([left, right, half], measure)
        np.testing.assert_allclose(found[0], [0, 1, 1 / 7])


def test_a_negative_is_opposite() -> None:
    single = np.random.default_rng(5).random((8, 8))
    for measure in ("pearson", "spearman"):
        assert similarity_matrix([single, -single], measure)[0, 1] == pytest.approx(-1)


def test_ranks_ignore_what_keeps_the_order() -> None:
    single = np.random.default_rng(6).random((8, 8))
    both = [single, np.exp(5 * single)]
    assert similarity_matrix(both, "spearman")[0, 1] == pytest.approx(1)
    assert similarity_matrix(both, "top")[0, 1] == 1
    assert similarity_matrix(both, "pearson")[0, 1] < 0.95


@given(MAPS, MAPS)
def test_ranks_of_pairs_are_those_of_the_matrix(first: np.ndarray, second: np.ndarray) -> None:
    found = spearman_of_pairs(first, second)
    for value, *pair in zip(found, first, second, strict=True):
        expected = similarity_matrix(pair, "spearman")[0, 1]
        np.testing.assert_allclose(value, expected, rtol=0, atol=1e-12)


def test_ranks_of_large_pairs_of_fractions_with_ties() -> None:
    random = np.random.default_rng(0)
    first, second = random.normal(size=(2, 3, 96, 96)).astype(np.float32).round(2)
    second[1] += first[1]
    second[2, :, :] = 7
    found = spearman_of_pairs(first, second)
    expected = [spearman(one, other) for one, other in zip(first[:2], second[:2], strict=True)]
    np.testing.assert_allclose(found[:2], expected, rtol=0, atol=1e-12)
    assert np.isnan(found[2])
    assert spearman_of_pairs(first[:0], second[:0]).shape == (0,)


def test_top_cells_by_sets() -> None:
    rng = np.random.default_rng(7)
    maps = np.stack([rng.permutation(40).reshape(5, 8) for _ in range(3)])
    for fraction, count in ((0.01, 1), (0.1, 4), (0.5, 20), (1, 40)):
        sets = [set(np.argsort(-m.ravel())[:count]) for m in maps]
        expected = [[len(a & b) / len(a | b) for b in sets] for a in sets]
        np.testing.assert_allclose(top_overlap_matrix(maps, fraction), expected)


def test_equal_cells_divide_the_last_places() -> None:
    maps = np.zeros((2, 2, 5))
    maps[:, 0, 0] = 2
    maps[0, 1, :2] = maps[1, 1, 1:3] = 1  # of two equal cells each, one has a place
    assert top_overlap_matrix(maps, 0.2)[0, 1] == pytest.approx(1.5 / 2.5)
    np.testing.assert_allclose(
        top_overlap_matrix(maps, 0.2), top_overlap_matrix(maps[:, ::-1, ::-1], 0.2)
    )


@pytest.mark.parametrize("fraction", [0, -0.1, 1.1, math.nan])
def test_a_fraction_of_cells_is_a_fraction(fraction: float) -> None:
    with pytest.raises(ValueError, match="fraction of cells"):
        top_overlap_matrix(np.eye(3)[None], fraction)


def test_hashes_see_coarse_shapes_alone() -> None:
    rows, columns = np.mgrid[:64, :64] / 64
    shape = np.sin(3 * rows + 1) * np.cos(4 * columns**2)
    noise = np.random.default_rng(8).normal(0, 0.02, (64, 64))
    found = hash_matrix(np.stack([shape, shape + noise, shape.T]))
    assert found[0, 1] > 0.8 > found[0, 2]


def test_one_half_of_the_pairs_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "AT_ONCE", 1)
    seen = []

    def compare(one: int, others: slice) -> np.ndarray:
        seen.append((one, others.start))
        return np.array([10 * one + others.start])

    found = over_pairs(np.zeros((4, 3, 3)), compare)
    assert sorted(seen) == [(i, j) for i in range(4) for j in range(i, 4)]
    np.testing.assert_array_equal(found[1], [1, 11, 12, 13])


def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(KeyError, match="cosine"):
        similarity_matrix([np.eye(7)], "cosine")

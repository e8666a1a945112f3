import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_dilation, gaussian_filter
from scipy.stats import wasserstein_distance
from skimage.feature import graycomatrix, graycoprops, local_binary_pattern

from saliencnn.measures.colour import (
    GREYS,
    SPACES,
    TEXTURES,
    chi_square,
    distances,
    histograms,
    textures,
    to_space,
    wasserstein,
)

EVERYWHERE = np.ones((1, 24, 24), bool)


def plain(*rgb: int) -> np.ndarray:
    return np.full((1, 24, 24, 3), rgb, np.uint8)


def histograms_of(size: int) -> st.SearchStrategy[np.ndarray]:
    counts = st.lists(st.integers(0, 9), min_size=size, max_size=size).filter(any)
    return counts.map(lambda c: np.array(c) / sum(c))


@pytest.mark.parametrize(
    ("space", "rgb", "expected"),
    [
        ("RGB", (255, 0, 51), (1, 0, 0.2)),
        ("HSV", (0, 255, 0), (1 / 3, 1, 1)),
        ("HSV", (128, 128, 128), (0, 0, 128 / 255)),
        ("Lab", (255, 255, 255), (1, 128 / 255, 128 / 255)),
        # sRGB's blue: L 32.30, a 79.19, b -107.86.
        ("Lab", (0, 0, 255), (0.323, (79.19 + 128) / 255, (-107.86 + 128) / 255)),
    ],
)
def test_known_colours(space: str, rgb: tuple[int, ...], expected: tuple[float, ...]) -> None:
    np.testing.assert_allclose(to_space(plain(*rgb), space)[0, 0, 0], expected, atol=1e-3)


def test_all_colours_lie_in_their_ranges() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 40, 40, 3), np.uint8)
    for space in SPACES:
        channels = to_space(images, space)
        assert channels.min() >= 0
        assert channels.max() <= 1


def test_histograms_count_the_region_alone() -> None:
    image = plain(0, 0, 0)
    image[0, :6] = (255, 128, 127)
    inside = np.zeros((1, 24, 24), bool)
    inside[0, :8] = True
    found = histograms(to_space(image, "RGB"), inside, 2)
    np.testing.assert_allclose(found[0], [[0.25, 0.75], [0.25, 0.75], [1, 0]])
    assert np.isnan(histograms(to_space(image, "RGB"), ~EVERYWHERE, 4)).all()


@settings(max_examples=50)
@given(histograms_of(7), histograms_of(7))
def test_wasserstein_is_the_librarys(first: np.ndarray, second: np.ndarray) -> None:
    places = np.arange(7) / 7
    expected = wasserstein_distance(places, places, first, second)
    assert wasserstein(first, second) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=50)
@given(histograms_of(8), histograms_of(8))
def test_on_a_circle_it_is_the_least_over_all_cuts(first: np.ndarray, second: np.ndarray) -> None:
    ahead = np.cumsum(first - second)
    expected = min(np.abs(ahead - cut).sum() / 8 for cut in ahead)
    assert wasserstein(first, second, circular=True) == pytest.approx(expected, abs=1e-12)


def test_two_reds_are_neighbours() -> None:
    """Hues 355 and 5 lie at both ends of the scale, and beside each other."""
    first, second = (
        histograms(to_space(plain(*rgb), "HSV"), EVERYWHERE, 36)
        for rgb in ((255, 0, 21), (255, 21, 0))
    )
    assert distances(first, second, "HSV")["Wasserstein"][0, 0] == pytest.approx(1 / 36)
    assert distances(first, second, "HSV")["chi-square"][0, 0] == 1


@settings(max_examples=50)
@given(histograms_of(5), histograms_of(5))
def test_chi_square_is_a_distance_of_0_to_1(first: np.ndarray, second: np.ndarray) -> None:
    total = np.where(first + second, first + second, 1)
    expected = 0.5 * sum((first - second) ** 2 / total)
    assert chi_square(first, second) == pytest.approx(expected)
    assert -1e-12 <= chi_square(first, second) <= 1 + 1e-12
    assert chi_square(first, first) == 0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("space", SPACES)
def test_an_empty_region_is_unknown_and_leaves_the_others_known(space: str) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 24, 24, 3), np.uint8)
    inside = EVERYWHERE.repeat(3, 0)
    inside[0, :12] = inside[1] = False
    channels = to_space(images, space)
    region, whole = (histograms(channels, some, 8) for some in (inside, EVERYWHERE.repeat(3, 0)))
    for found in distances(region, whole, space).values():
        assert np.isnan(found).all(axis=1).tolist() == [False, True, False]
        assert np.isfinite(found[[0, 2]]).all()
        assert (found[2] == 0).all()
    for values in textures(images, inside).values():
        assert np.isnan(values).tolist() == [False, True, False]


def test_an_empty_region_is_unknown() -> None:
    unknown, known = np.full((1, 3, 4), np.nan), np.full((1, 3, 4), 0.25)
    for found in distances(unknown, known, "RGB").values():
        assert np.isnan(found).all()
    assert all(np.isnan(values[0]) for values in textures(plain(1, 2, 3), ~EVERYWHERE).values())


def test_textures_of_a_whole_image_are_the_librarys() -> None:
    image = np.repeat(np.random.default_rng(0).integers(0, 256, (1, 24, 24, 1), np.uint8), 3, 3)
    greys = (image[0, ..., 0].astype(float) * GREYS / 256).astype(np.uint8)
    angles = [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4]
    matrix = graycomatrix(greys, [1], angles, GREYS, symmetric=True).sum(axis=(2, 3))
    matrix = (matrix / matrix.sum())[:, :, None, None]
    found = textures(image, EVERYWHERE)
    assert found["homogeneity"][0] == pytest.approx(graycoprops(matrix, "homogeneity")[0, 0])
    assert found["contrast"][0] == pytest.approx(graycoprops(matrix, "contrast")[0, 0] / 15**2)


def test_textures_tell_stripes_from_noise_from_nothing() -> None:
    stripes = np.zeros((24, 24, 3), np.uint8)
    stripes[:, (np.arange(24) // 4) % 2 == 0] = 200
    noise = np.random.default_rng(0).integers(0, 256, (24, 24, 1), np.uint8).repeat(3, 2)
    images = np.stack([stripes, noise, plain(90, 90, 90)[0]])
    found = textures(images, EVERYWHERE.repeat(3, 0))
    assert list(found) == list(TEXTURES)
    assert found["one direction"][0] == pytest.approx(1)
    assert found["one direction"][1] < 0.2
    assert found["homogeneity"][2] == 1
    assert found["edge strength"][2] == 0
    assert found["flat patterns"][2] == 1
    assert found["pattern variety"][1] > found["pattern variety"][0] > found["pattern variety"][2]
    assert found["edge patterns"][0] > found["edge patterns"][1]


def test_what_lies_outside_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (1, 24, 24, 3), np.uint8)
    inside = np.zeros((1, 24, 24), bool)
    inside[0, 4:14, 6:16] = True
    other = image.copy()
    other[0, 16:] = 0
    other[0, :, 18:] = 255
    for name, values in textures(image, inside).items():
        np.testing.assert_allclose(textures(other, inside)[name], values, err_msg=name)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 9), st.integers(1, 9))
def test_textures_see_a_region_and_its_neighbours_alone(
    top: int, left: int, height: int, width: int
) -> None:
    rng = np.random.default_rng(0)
    inside = np.zeros((1, 20, 20), bool)
    inside[0, top + 1 : top + 1 + height, left + 1 : left + 1 + width] = True
    first = rng.integers(0, 256, (1, 20, 20, 3), np.uint8)
    second = rng.integers(0, 256, first.shape, np.uint8)
    near = binary_dilation(inside[0], np.ones((3, 3)))
    second[0, near] = first[0, near]
    one, other = (textures(images, inside) for images in (first, second))
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name])


def test_textures_of_a_part_are_those_of_the_whole_image_within_it() -> None:
    """By brute force: the library's patterns and numpy's slopes of the whole image."""
    rng = np.random.default_rng(1)
    image = gaussian_filter(rng.integers(0, 256, (40, 30)).astype(float), 1).round()
    inside = np.zeros((40, 30), bool)
    inside[5:17, 8:21] = rng.random((12, 13)) > 0.3
    slope = np.hypot(*np.gradient(image / 255))[inside].mean()
    padded = np.pad(image.astype(np.uint8), 1, mode="edge")
    codes = local_binary_pattern(padded, 8, 1, "uniform")[1:-1, 1:-1][inside]
    found = textures(image[None, ..., None].repeat(3, 3).astype(np.uint8), inside[None])
    assert found["edge strength"][0] == pytest.approx(slope)
    assert found["flat patterns"][0] == (codes == 8).mean()

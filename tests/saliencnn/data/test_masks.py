from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from saliencnn.data.masks import (
    BadMask,
    Outline,
    decode_runs,
    fill_polygon,
    fill_runs,
    outline_pixels,
    read_mask,
)
from tests.helpers.coco import compress_runs

coordinates = st.one_of(st.integers(-3, 14), st.floats(-4, 15, width=16))
corners = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=7)


def _is_inside(x: float, y: float, ring: list[tuple[float, float]]) -> bool:
    """The even-odd rule, one ray to the left, as text books have it."""
    inside = False
    for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y0 <= y) != (y1 <= y) and x0 + (y - y0) / (y1 - y0) * (x1 - x0) <= x:
            inside = not inside
    return inside


@given(corners, st.integers(1, 12), st.integers(1, 12))
def test_a_polygon_is_the_pixels_whose_centres_lie_in_it(
    ring: list[tuple[float, float]], height: int, width: int
) -> None:
    ring = [(float(x), float(y)) for x, y in ring]
    expected = [[_is_inside(x + 0.5, y + 0.5, ring) for x in range(width)] for y in range(height)]
    np.testing.assert_array_equal(fill_polygon(np.array(ring), height, width), expected)
    outline = Outline(None, None, (tuple(np.array(ring).reshape(-1).tolist()),))
    np.testing.assert_array_equal(outline.draw(height, width), expected)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32))
def test_runs_of_a_mask_are_the_mask(height: int, width: int, seed: int) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < (seed % 5) / 4
    outline = outline_pixels(mask)
    np.testing.assert_array_equal(outline.draw(height, width), mask)
    np.testing.assert_array_equal(
        outline.draw(3 * height, 3 * width), np.kron(mask, np.ones((3, 3)))
    )


def test_a_polygon_of_whole_pixels_is_a_box() -> None:
    mask = fill_polygon(np.array([[2, 1], [6, 1], [6, 4], [2, 4]], float), 5, 8)
    expected = np.zeros((5, 8), bool)
    expected[1:4, 2:6] = True
    np.testing.assert_array_equal(mask, expected)


@given(st.lists(st.integers(0, 10_000_000), max_size=20))
def test_compressed_runs_are_read(runs: list[int]) -> None:
    assert decode_runs(compress_runs(runs)) == tuple(runs)


@given(st.text(max_size=30))
def test_any_text_gives_runs_or_an_error_of_its_own(text: str) -> None:
    try:
        runs = decode_runs(text)
    except ValueError:
        return
    with suppress(BadMask):
        assert fill_runs(runs, 4, 5).shape == (4, 5)


def test_runs_go_down_the_columns() -> None:
    # pycocotools.mask.decode({"size": [3, 2], "counts": [1, 3, 2]}) gives this.
    np.testing.assert_array_equal(fill_runs((1, 3, 2), 3, 2), [[0, 1], [1, 0], [1, 0]])


@pytest.mark.parametrize(
    ("outline", "words"),
    [
        (Outline(3, 3, runs=((1, 2),)), "do not fill"),
        (Outline(3, 3, runs=((-1, 10),)), "do not fill"),
        (Outline(100_000, 100_000, runs=((10**10,),)), "100000 x 100000"),
        (Outline(3, 3, ((0, 0, float("nan"), 1, 2, 2),)), "no number"),
        (Outline(4, 4, ((0, 0, 9, 5) * 3_000_000,)), "too many edges"),
        (Outline(4, 4), "empty"),
        (Outline(4, 4, ((-1, -1, 9, -1, 9, 9, -1, 9),)), "whole image"),
        (Outline(4, 8, ((0, 0, 2, 0, 2, 2),)), "8 x 4"),
    ],
)
def test_a_mask_that_cannot_be_used_says_why(outline: Outline, words: str) -> None:
    with pytest.raises(BadMask, match=words):
        read_mask(outline, "a", 4, 4)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("value", [1, 255])
def test_files_of_any_mode_are_masks(tmp_path: Path, mode: str, value: int) -> None:
    values = np.zeros((8, 6), np.uint8)
    values[2:5, 1:4] = value
    image = Image.fromarray(values)
    if mode == "I;16":
        image = Image.fromarray(values.astype(np.uint16))
    elif mode == "P":
        image.putpalette([0, 0, 0] + [0, 0, 0, 200, 0, 0] * 127)
    elif mode != "L":
        image = Image.fromarray(values.astype(bool)) if mode == "1" else image.convert(mode)
    image.save(tmp_path / "m.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "m.png", "m", 8, 6), values > 0)
    larger = np.repeat(np.repeat(values > 0, 3, 0), 3, 1)
    np.testing.assert_array_equal(read_mask(tmp_path / "m.png", "m", 24, 18), larger)


def test_what_a_jpeg_leaves_around_black_is_no_object(tmp_path: Path) -> None:
    values = np.zeros((64, 64), np.uint8)
    values[16:48, 16:40] = 255
    Image.fromarray(values).save(tmp_path / "m.jpg", quality=60)
    found = read_mask(tmp_path / "m.jpg", "m", 64, 64)
    assert (found != (values > 0)).mean() < 0.01


def test_an_outline_is_drawn_at_the_size_of_its_image() -> None:
    square = (8.0, 8.0, 24.0, 8.0, 24.0, 24.0, 8.0, 24.0)
    small = read_mask(Outline(None, None, (square,)), "a", 32, 40)
    large = read_mask(Outline(32, 40, (square,)), "a", 64, 80)
    assert small.sum() == 16 * 16
    np.testing.assert_array_equal(large, np.repeat(np.repeat(small, 2, 0), 2, 1))

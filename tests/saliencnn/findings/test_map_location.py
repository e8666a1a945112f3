"""Where maps lie, in words, told of maps that were planted there."""

import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from saliencnn.findings.image_parts import MARGIN
from saliencnn.findings.map_location import HALF_MAXIMUM, describe_location
from saliencnn.findings.map_places import locate_maps

SIDE = 24
PARTS = (
    ("in the upper left", "at the top", "in the upper right"),
    ("on the left", "in the middle", "on the right"),
    ("in the lower left", "at the bottom", "in the lower right"),
)
MIRRORED = {"left": "right", "right": "left"}
FLIPPED = {"upper": "lower", "lower": "upper", "top": "bottom", "bottom": "top"}


def plant(*parts: tuple[int, int, int, int]) -> np.ndarray:
    """Return a map with rectangles of (top, left, height, width) on a low ground."""
    planted = np.full((SIDE, SIDE), 0.1)
    for top, left, height, width in parts:
        planted[top : top + height, left : left + width] = 1.0
    return planted


def swap(said: str, words: dict[str, str]) -> str:
    return re.sub(r"\w+", lambda word: words.get(word[0], word[0]), said)


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        (plant((0, 0, 4, 4)), "lies in the upper left, at the border; "),
        (plant((4, 4, 4, 4)), "lies in the upper left; "),
        (plant((8, 8, 8, 8)), "lies in the middle; "),
        (plant((10, 0, 4, 3)), "lies on the left, at the border; "),
        (plant((0, 0, 3, 24)), "lies along the border; "),
        (plant((0, 0, 3, 24), (21, 0, 3, 24), (0, 0, 24, 3), (0, 21, 24, 3)), "along the border; "),
        (plant((4, 0, 7, 24)), "lies in the upper half; "),
        (plant((3, 3, 18, 18)), "lies around the middle; "),
        (plant((2, 2, 13, 20)), "lies between the top and the middle; "),
        (plant((1, 1, 22, 22)), "is spread all over the image; "),
        (plant((0, 0, 6, 6), (18, 18, 6, 6), (10, 10, 4, 4)), "has 3 separate bright spots: "),
        (plant((0, 0, 6, 6), (18, 18, 6, 6), (20, 2, 1, 1)), "has 2 separate bright spots: "),
        (plant((0, 14, 10, 10), (8, 10, 6, 10), (13, 4, 8, 8)), "region centered in the middle; "),
    ],
)
def test_a_planted_map_lies_where_it_was_planted(planted: np.ndarray, said: str) -> None:
    told = describe_location(planted)
    assert said in told
    assert re.search(f"covers? {(planted == 1).mean():.0%} of (the image|it)", told)


@pytest.mark.parametrize("top", [2, 3, 4, 5])
def test_a_wide_region_is_said_to_lie_where_methods_are_said_to_look(top: int) -> None:
    planted = plant((top, 2, 13, 20))
    looks = locate_maps(("CAM",), [planted], HALF_MAXIMUM).name_place(0)
    place = looks.removeprefix("the ").removeprefix("area ")
    assert re.search(rf"{place}; ", describe_location(planted))


def test_noise_is_scattered_and_specks_are_no_spots() -> None:
    noise = np.random.default_rng(0).random((SIDE, SIDE)) ** 3
    assert describe_location(noise).startswith("has bright spots scattered all over the image: ")
    diagonal = np.maximum(np.eye(SIDE), np.eye(SIDE, k=1))
    assert describe_location(diagonal).startswith("is one connected region centered in the middle")
    diagonal[2, 20] = 1
    assert describe_location(diagonal).startswith("is one connected region")


def test_what_shows_no_place_and_what_is_small_says_so() -> None:
    for nothing in (np.zeros((7, 7)), np.ones((7, 7)), np.full((7, 7), np.nan), -np.eye(7)):
        assert "no place" in describe_location(nothing)
    point = np.zeros((224, 224))
    point[10, 10] = 3
    assert "covers less than 1%" in describe_location(point)


@given(some.integers(0, 20), some.integers(0, 20), some.integers(1, 8), some.integers(1, 8))
def test_a_patch_is_named_by_its_middle(top: int, left: int, height: int, width: int) -> None:
    """Also on another scale, with finer cells, and seen in a mirror or upside down."""
    height, width = min(height, SIDE - top), min(width, SIDE - left)
    middle = (2 * top + height, 2 * left + width)
    edges = [edge * 2 * SIDE / 3 for edge in (1, 2)]
    margin = MARGIN * 2 * SIDE  # within which it may lie in either of two thirds
    assume(all(abs(twice - edge) > margin + 1e-6 for twice in middle for edge in edges))
    planted = plant((top, left, height, width))
    told = describe_location(planted)
    row, column = (3 * twice // (2 * SIDE) for twice in middle)
    assert told.startswith(f"lies {PARTS[row][column]}")
    assert describe_location(7 * planted) == told
    assert describe_location(np.kron(planted, np.ones((2, 3)))) == told
    assert describe_location(planted[:, ::-1]) == swap(told, MIRRORED)
    assert describe_location(planted[::-1]) == swap(told, FLIPPED)


@given(some.integers(0, 2**32 - 1))
def test_whatever_a_map_holds_one_sentence_is_said(seed: int) -> None:
    rng = np.random.default_rng(seed)
    single = rng.normal(size=rng.integers(1, 9, 2)) ** int(rng.integers(1, 6))
    single[rng.random(single.shape) < rng.choice([0, 0.05])] = np.nan
    told = describe_location(single)
    assert re.match(
        r"(lies|is spread|is one connected|has (\d separate )?bright spots|shows no place)", told
    )
    assert "nan" not in told

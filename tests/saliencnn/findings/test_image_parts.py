"""Where a place lies in an image, named only as exactly as is sure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.findings.image_parts import MARGIN, find_parts, name_area, say_where

SIDE = st.floats(0, 1)
STEP = st.floats(-MARGIN / 2, MARGIN / 2)


@given(SIDE, SIDE, STEP, STEP)
def test_places_beside_each_other_are_never_said_to_be_apart(
    down: float, across: float, lower: float, further: float
) -> None:
    moved = np.clip([down + lower, across + further], 0, 1)
    assert find_parts(down, across) & find_parts(*moved)


@given(SIDE, SIDE)
def test_every_place_has_words(down: float, across: float) -> None:
    parts = find_parts(down, across)
    assert len(parts) in (1, 2, 4)
    assert say_where(parts)
    assert name_area(parts).startswith("the ")


@pytest.mark.parametrize(
    ("place", "where", "area"),
    [
        ((0.5, 0.5), "in the middle", "the middle"),
        ((0.5, 0.9), "on the right", "the right"),
        ((0.1, 0.5), "at the top", "the top"),
        (
            (0.5, 0.65),
            "between the middle and the right",
            "the area between the middle and the right",
        ),
        (
            (0.34, 0.66),
            "between the upper right and the middle",
            "the area between the upper right and the middle",
        ),
    ],
)
def test_a_place_by_an_edge_is_between_its_parts(
    place: tuple[float, float], where: str, area: str
) -> None:
    parts = find_parts(*place)
    assert (say_where(parts), name_area(parts)) == (where, area)


def test_parts_that_no_words_say_exactly_have_none() -> None:
    assert say_where({"left", "middle", "right"}) == ""
    assert say_where({"left", "right"}) == "between the left and the right"

"""What several rectangles leave free, counted in pixels, and that something must be left."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.rectangles import Rectangle, uncovered

SIDE = 20


@st.composite
def rectangles(draw: st.DrawFn) -> tuple[Rectangle, ...]:
    """Rectangles whose edges lie on a grid of 20 by 20."""
    found = []
    for _ in range(draw(st.integers(0, 6))):
        left, top = draw(st.integers(0, SIDE - 1)), draw(st.integers(0, SIDE - 1))
        width, height = draw(st.integers(1, SIDE - left)), draw(st.integers(1, SIDE - top))
        found.append((left / SIDE, top / SIDE, width / SIDE, height / SIDE))
    return tuple(found)


@given(rectangles())
def test_what_is_left_free_is_what_counting_pixels_finds(marked: tuple[Rectangle, ...]) -> None:
    free = np.ones((SIDE, SIDE), bool)
    for x, y, w, h in marked:
        left, top, width, height = (round(SIDE * value) for value in (x, y, w, h))
        free[top : top + height, left : left + width] = False
    assert uncovered(marked) == pytest.approx(free.mean())


@pytest.mark.parametrize(
    "text",
    [
        "0,0,1,1",
        "0,0,0.5,1; 0.5,0,0.5,1",
        "0,0,1,0.6; 0,0.4,1,0.6",
        "0,0,1,0.995",
        "0,0,.3,1;.2,0,.8,1",
    ],
)
def test_parts_that_leave_nothing_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="nothing is left"):
        Hyperparameters(ignored=text)


def test_a_hundredth_is_enough() -> None:
    assert Hyperparameters(ignored="0,0,1,0.98").ignored == "0,0,1,0.98"

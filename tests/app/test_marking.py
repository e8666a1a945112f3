"""Marking what must not count: what is drawn on the image becomes the form's text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.retrain.marking import TITLE, _read, marking_chart
from saliencnn.common.rectangles import parse_rectangles, write_rectangles

FRACTION = st.floats(-0.5, 1.5, allow_nan=False)


@given(*[FRACTION] * 4)
def test_what_is_drawn_is_read_within_the_image(x: float, x2: float, y: float, y2: float) -> None:
    found = _read({"x": [x, x2], "y": [y, y2]})
    if found is None:
        assert max(x, x2) <= 0 or min(x, x2) >= 1 or max(y, y2) <= 0 or min(y, y2) >= 1 or (
            x == x2 or y == y2
        )  # fmt: skip
        return
    left, top, width, height = found
    assert 0 <= left < left + width <= 1
    assert 0 <= top < top + height <= 1
    assert parse_rectangles(write_rectangles([found]))[0] == pytest.approx(found, abs=2e-3)


@pytest.mark.parametrize("nothing", [{}, {"x": [0.1, 0.2]}, {"x": [0.3, 0.3], "y": [0, 1]}])
def test_without_an_area_nothing_is_read(nothing: dict[str, list[float]]) -> None:
    assert _read(nothing) is None


def test_the_parts_stand_on_the_image() -> None:
    marked = ((0.0, 0.75, 0.25, 0.25),)
    chart = marking_chart("data:image/jpeg;base64,", (192, 320), marked).to_dict()
    _, boxes = chart["layer"]
    (box,) = chart["datasets"][boxes["data"]["name"]]
    assert box == {"x": 0.0, "y": 0.75, "x2": 0.25, "y2": 1.0}
    assert (chart["width"], chart["height"] - TITLE) == (320, 192)

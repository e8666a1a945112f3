"""Words in a drawing: none is lost, and none is wider than its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.common.shown import one_line
from saliencnn.drawing.lettering import measure, wrap

NAMES = [
    "planted-color-jitter-with-a-name-that-somebody-thought-about-for-long",
    "W" * 90,
    "MOBILENET_V2/CUB10/EPOCHS=6,LR=0.01",
    "黒い鳥の長い名前" * 6,
    "the hue of a sticker",
    "",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [60.0, 160.0, 568.0])
def test_lines_fit_and_hold_every_letter(name: str, width: float) -> None:
    lines = wrap(name, width, 12)
    assert all(measure(line, 12) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == one_line(name).replace(" ", "")


@given(st.text(), st.floats(20, 600))
def test_any_text_is_written_whole(text: str, width: float) -> None:
    lines = wrap(text, width, 12)
    assert "".join("".join(lines).split()) == "".join(one_line(text).split())
    assert all(measure(line, 12) <= width for line in lines)
    assert all(lines)


def test_a_line_ends_between_words_or_after_a_dash() -> None:
    assert wrap("one two", measure("one tw", 12), 12) == ["one", "two"]
    assert wrap("color-jitter", measure("color-jitte", 12), 12) == ["color-", "jitter"]


def test_widths_are_those_of_the_font() -> None:
    said = "planted-color-jitter is the one to take: it is right more often without the"
    drawn = 455.4
    """Units as Liberation Sans draws it at 15."""
    assert drawn <= measure(said, 15) <= 1.12 * drawn
    assert measure("鳥", 10) > measure("W", 10) > measure("i", 10) > measure("\u0301", 10) == 0

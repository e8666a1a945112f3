"""Parts that several pages use."""

import pytest
from streamlit.testing.v1 import AppTest

from app.parts.waiting import format_left

WORKING = """
import streamlit as st
from app.parts.waiting import working
with working("starting") as report:
    report(0.5, "![x](http://evil.example/x.png): image 1 of 2")
    st.stop()
"""


def test_progress_of_what_has_a_name_is_text() -> None:
    app = AppTest.from_string(WORKING).run()
    assert not app.exception
    (bar,) = app.get("progress")
    assert bar.proto.value == 50
    assert "![" not in bar.proto.text
    assert "image 1 of 2" in bar.proto.text


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, ""), (0.0, ""), (30.0, " · about 30 s left")]
)
def test_a_bar_says_how_long_the_rest_takes(seconds: float | None, words: str) -> None:
    assert format_left(seconds) == words

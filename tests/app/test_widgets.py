"""Parts that several pages use."""

from streamlit.testing.v1 import AppTest

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

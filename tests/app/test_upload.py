"""An image that a person brings, as the page takes it."""

import io

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.helpers.deep import ramp


def script(window: str) -> None:
    import streamlit as st

    from app.parts.upload import take_upload

    upload = take_upload("look at it.", window)
    if upload:
        st.text(f"{upload.pixels.shape} {upload.pixels.min()} {upload.pixels.max()}")


@pytest.mark.parametrize(
    ("window", "shown"), [("auto", "0 255"), ("0:8160", "0 128"), ("full", "0 16")]
)
@pytest.mark.parametrize("ending", ["png", "tif"])
def test_an_upload_is_seen_through_the_runs_window(window: str, shown: str, ending: str) -> None:
    stream = io.BytesIO()
    Image.fromarray(ramp(0, 4080, "u2")).save(stream, {"png": "PNG", "tif": "TIFF"}[ending])
    page = AppTest.from_function(script, args=(window,)).run()
    page.file_uploader[0].set_value((f"x.{ending}", stream.getvalue(), "image/x")).run()
    assert page.text[0].value == f"(16, 16, 3) {shown}"


def png(value: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.full((9, 8, 3), value, np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def test_a_session_keeps_an_image_until_another_is_wanted() -> None:
    page = AppTest.from_function(script, args=("auto",)).run()
    page.file_uploader[0].set_value(("one.png", png(77), "image/png")).run()
    assert not page.file_uploader
    again = AppTest.from_function(script, args=("full",))
    again.session_state["own-image-kept"] = page.session_state["own-image-kept"]
    assert again.run().text[0].value == "(9, 8, 3) 77 77", "another page, another run"
    again.button(key="own-image-other").click().run()
    assert not again.text
    again.file_uploader[0].set_value(("two.png", png(5), "image/png")).run()
    assert again.text[0].value == "(9, 8, 3) 5 5"


@pytest.mark.parametrize("name", ["notes.txt", "notes.jpg", "no *ending*"])
def test_what_is_no_image_is_refused_in_a_sentence_and_forgotten(name: str) -> None:
    page = AppTest.from_function(script, args=("auto",)).run()
    page.file_uploader[0].set_value((name, b"plain words", "text/plain")).run()
    assert len(page.error) == 1
    assert "cannot be read" in page.error[0].value
    assert "*ending*" not in page.error[0].value.replace("\\*", "")
    assert page.file_uploader[0].value is None
    page.file_uploader[0].set_value(("one.png", png(77), "image/png")).run()
    assert not page.error
    assert page.text


def test_an_upload_of_8_bits_is_as_it_is() -> None:
    stream = io.BytesIO()
    Image.fromarray(np.full((9, 8, 3), 77, np.uint8)).save(stream, "PNG")
    page = AppTest.from_function(script, args=("0:4080",)).run()
    page.file_uploader[0].set_value(("x.png", stream.getvalue(), "image/png")).run()
    assert page.text[0].value == "(9, 8, 3) 77 77"
    assert "does not carry it" in page.caption[0].value

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


def test_an_upload_of_8_bits_is_as_it_is() -> None:
    stream = io.BytesIO()
    Image.fromarray(np.full((9, 8, 3), 77, np.uint8)).save(stream, "PNG")
    page = AppTest.from_function(script, args=("0:4080",)).run()
    page.file_uploader[0].set_value(("x.png", stream.getvalue(), "image/png")).run()
    assert page.text[0].value == "(9, 8, 3) 77 77"
    assert "everything but your own image" in page.caption[0].value

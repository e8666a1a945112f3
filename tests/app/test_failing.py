"""What a page shows where a part of it fails: cause and remedy, and never a traceback."""

import logging

import pytest
from streamlit.testing.v1 import AppTest

from saliencnn.common.sentences import LONGEST
from tests.helpers.logs import Log


def page(kind: str) -> None:
    from pathlib import Path

    import streamlit as st

    from app.parts.widgets import guarded
    from saliencnn.common.errors import UserError

    with guarded():
        if kind == "name":
            Path("a" * 300).read_bytes()
        if kind == "fault":
            raise KeyError("focus")
        if kind == "mistake":
            raise UserError(f"arch is '{'x' * 5000}'; it must be resnet18.")
    st.write("the rest")


@pytest.mark.parametrize(
    ("kind", "said", "logged"),
    [
        ("name", "longer than the file system allows", True),
        ("fault", "This is a fault in saliencnn itself", True),
        ("mistake", "it must be resnet18", False),
    ],
)
def test_a_part_that_fails_says_why_and_the_rest_is_drawn(
    logs: Log, kind: str, said: str, logged: bool
) -> None:
    with logs.at_level(logging.ERROR, "saliencnn"):
        app = AppTest.from_function(page, args=(kind,)).run()
    assert not app.exception
    (shown,) = (error.value.replace("\\", "") for error in app.error)
    assert said in shown
    assert len(shown) <= LONGEST
    assert ("dashboard's log" in shown) == logged
    assert bool(logs.records) == logged
    assert all(record.exc_info for record in logs.records)
    assert [part.value for part in app.markdown] == ["the rest"]

"""Texts from files and people, as Markdown shows them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.parts import widgets
from saliencnn.common.markdown import plain, table

SPECIAL = r"\`*_{}[]()#+-.!|<>~$&:"


@pytest.mark.parametrize("character", SPECIAL)
def test_whatever_markdown_means_something_by_is_escaped(character: str) -> None:
    assert plain(f"a{character}b") == f"a\\{character}b"


@given(st.text(alphabet=string.printable))
def test_a_text_is_one_line_and_nothing_of_it_is_lost(text: str) -> None:
    shown = plain(text)
    assert "\n" not in shown
    unescaped = shown.replace("\\\\", "\0").replace("\\", "").replace("\0", "\\")
    assert unescaped.replace("\u2060", "") == " ".join(text.split())


def test_an_address_is_no_link() -> None:
    assert "x@y" not in plain("x@y.z")


def test_a_cell_does_not_end_its_row() -> None:
    assert table([("a|b", "c\nd")]).splitlines()[-1] == "| a\\|b | c d |"


def test_pages_and_cards_escape_alike() -> None:
    assert widgets.plain is plain

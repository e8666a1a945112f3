"""Texts from files and people, as Markdown shows them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.parts import widgets
from saliencnn.common.markdown import code, plain, table
from saliencnn.common.shown import LONGEST

SPECIAL = r"\`*_{}[]()#+-.!|<>~$&:"


@pytest.mark.parametrize("character", SPECIAL)
def test_whatever_markdown_means_something_by_is_escaped(character: str) -> None:
    assert plain(f"a{character}b").replace("\u2060", "") == f"a\\{character}b"


@given(st.text(alphabet=string.printable))
def test_a_text_is_one_line_and_nothing_of_it_is_lost(text: str) -> None:
    shown = plain(text)
    assert "\n" not in shown
    unescaped = shown.replace("\\\\", "\0").replace("\\", "").replace("\0", "\\")
    assert unescaped.replace("\u2060", "") == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "alive"),
    [
        ("x@y.z", "x@y"),
        ("https://x.y", "://"),
        ("HTTP://x.y", "://"),
        ("www.x.y", "www."),
        ("WWW.x.y", "WWW."),
        (":material/delete:", ":material"),
        (":streamlit:", ":streamlit"),
        (":smile:", ":smile"),
        (":+1:", ":+1"),
        (":red[x]", ":red"),
        *((f"a {arrow} b", arrow) for arrow in ("->", "<-", "<->", "--", ">=", "<=", "~=")),
        ("->", "->"),
    ],
)
def test_what_the_page_makes_of_text_after_escapes_is_broken_up(text: str, alive: str) -> None:
    shown = plain(text).replace("\\", "")
    assert alive not in shown
    assert shown.replace("\u2060", "") == text


def test_a_long_text_loses_its_middle() -> None:
    assert len(plain("x" * 7000)) == LONGEST
    assert plain("x" * 7000, 10) == "xxxxxx…xxx"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("ab", "`ab`"), ("a`b", "`` a`b ``"), ("``", "``` `` ```"), ("a\nb", "`a b`")],
)
def test_code(text: str, shown: str) -> None:
    assert code(text) == shown


def test_a_cell_does_not_end_its_row() -> None:
    assert table([("a|b", "c\nd")]).splitlines()[-1] == "| a\\|b | c d |"


def test_pages_and_cards_escape_alike() -> None:
    assert widgets.plain is plain

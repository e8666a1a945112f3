"""Texts from data, as pages show them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.common.shown import LONGEST_NAME, NAMELESS, html_line, one_line, tell_apart


@given(st.text(st.characters()), st.integers(10, 100))
def test_one_line_of_what_can_be_seen(text: str, longest: int) -> None:
    shown = one_line(text, longest)
    assert len(shown) <= longest
    assert shown == shown.strip()
    shown.encode()
    assert not {"\n", "\r", "\0", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2028"} & {*shown}


def test_scripts_and_emoji_keep_their_joiners() -> None:
    for text in ("नर\u094dक\u200dष", "\U0001f408\u200d\u2b1b", "می\u200cخواهم"):
        assert one_line(text) == text


def test_html() -> None:
    assert html_line("<b>\n&amp;") == "&lt;b&gt; &amp;amp;"


@given(
    st.lists(st.sampled_from(["a", "a\u200b", "", " ", "x" * 99 + "y" * 99, "x" * 150, "b (2)"]))
)
def test_no_two_names_are_the_same(names: list[str]) -> None:
    told = tell_apart(dict(enumerate(names)), taken=("b",))
    assert len({*told.values()}) == len(names)
    assert all(1 <= len(name) <= LONGEST_NAME + 6 for name in told.values())


def test_marks_stand_only_where_names_are_the_same() -> None:
    told = tell_apart({"1a": "x", "2a": "x", "3a": "y", "1b": "x", "4": ""}, mark=lambda k: k[0])
    assert told == {"1a": "x (1)", "2a": "x (2)", "3a": "y", "1b": "x (3)", "4": NAMELESS}
    assert tell_apart({1: "meaning"}, taken=("meaning",)) == {1: "meaning (2)"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sqlite:////home/ann/lab/mlruns/mlflow.db", "sqlite:///…/mlflow.db"),
        ("/home/ann/x.pth", "…/x.pth"),
        ("resnet18@/home/ann/x.pth", "resnet18@…/x.pth"),
        ("folder:/data/birds/", "folder:…/birds"),
        ("[Errno 28] No space: '/my data/a b/c.bin'", "[Errno 28] No space: '…/c.bin'"),
        ("see /tmp/x/worker.log.", "see …/worker.log."),
        ("/data", "/data"),
        ("http://lab:5000/a/b#/c/d", "http://lab:5000/a/b#/c/d"),
        ("models/resnet/x.pth and/or this", "models/resnet/x.pth and/or this"),
        ("~/x/y", "~/x/y"),
    ],
)
def test_folders_of_this_machine_are_not_shown(text: str, shown: str) -> None:
    assert one_line(text) == shown

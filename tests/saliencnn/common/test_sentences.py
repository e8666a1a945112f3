"""Sentences on one line, no longer than allowed, whose long values lose their middle."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.common.sentences import LONGEST, cut_middle, list_some, one_sentence, say_interval


def test_a_short_sentence_stays_as_it_is() -> None:
    said = "epochs is 0; it must be a whole number from 1 to 1000."
    assert one_sentence(said) == said


@pytest.mark.parametrize("quote", ["'", '"', "`", ""])
def test_a_long_value_loses_its_middle_and_the_sentence_keeps_its_meaning(quote: str) -> None:
    value = "begin" + "x" * 5000 + "end"
    said = one_sentence(f"arch is {quote}{value}{quote}; it must be resnet18 or smallgap.")
    assert len(said) == LONGEST
    assert said.startswith(f"arch is {quote}begin")
    assert said.endswith(f"end{quote}; it must be resnet18 or smallgap.")
    assert "…" in said


def test_a_quoted_value_with_spaces_is_one_value() -> None:
    said = one_sentence(f"The reason '{'word ' * 2000}' is too long; at most 500 are kept.")
    assert len(said) <= LONGEST
    assert said.startswith("The reason 'word")
    assert said.endswith("is too long; at most 500 are kept.")


def test_two_long_values_are_both_shortened() -> None:
    said = one_sentence(f"'{'a' * 900}' is not '{'b' * 700}'; name another.")
    assert len(said) <= LONGEST
    assert said.endswith("; name another.")
    assert {"aaaa", "bbbb"} <= {said[1:5], said[-20:-16]}


def test_ten_thousand_short_names_are_cut_in_the_middle() -> None:
    names = ", ".join(f"class {n}" for n in range(10_000))
    started = time.process_time()
    said = one_sentence(f"The classes {names} have one image each; give each two.")
    assert time.process_time() - started < 5  # not quadratic
    assert len(said) <= LONGEST
    assert said.startswith("The classes class 0, class 1")
    assert said.endswith("have one image each; give each two.")


def test_lines_are_joined_and_what_hides_is_taken_out() -> None:
    assert one_sentence("one\ntwo\r\n\tthree\x00four\u202e") == "one two three four."


def test_bytes_of_other_encodings_are_written_as_escapes() -> None:
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert one_sentence(f"{name} is no class.") == r"caf\xe9 is no class."
    assert one_sentence("\ud800 is no class.") == r"\ud800 is no class."


@given(st.text(alphabet=st.characters(), max_size=1500))
def test_whatever_the_text_it_is_one_line_that_can_be_written(text: str) -> None:
    said = one_sentence(text)
    assert len(said) <= LONGEST
    assert len(said.splitlines()) <= 1
    said.encode()


def test_a_text_is_cut_in_its_middle() -> None:
    assert cut_middle("abcdefghij", 10) == "abcdefghij"
    assert cut_middle("abcdefghijk", 10) == "abcdef…ijk"


@pytest.mark.parametrize(
    ("low", "high", "signed"),
    [
        (-0.07, -0.0006, "-0.07 to -0.001"),
        (0.00004, 0.2, "+0.00004 to +0.20"),
        (-0.004, 0.003, "-0.004 to +0.003"),
        (0.0, 0.2, "+0.00 to +0.20"),
        (-0.2, -0.1, "-0.20 to -0.10"),
        (-1e-9, 0.1, "+0.00 to +0.10"),
    ],
)
def test_an_intervals_ends_show_their_side_of_no_difference(
    low: float, high: float, signed: str
) -> None:
    assert say_interval(low, high, 2, sign="+") == signed


def test_an_intervals_ends_show_their_side_of_chance() -> None:
    assert say_interval(0.503, 0.72, 0, "%", 0.5) == "50.3% to 72%"
    assert say_interval(0.31, 0.4998, 0, "%", 0.5) == "31% to 49.98%"
    assert say_interval(0.5, 0.72, 0, "%", 0.5) == "50% to 72%"


def test_some_names_are_listed() -> None:
    assert list_some(["a", "b", "c"], 2) == "a, b and 1 more"
    assert list_some(["a", "b"], 2) == "a, b"

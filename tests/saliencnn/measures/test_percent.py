import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.measures.percent import points_between, round_percent

FRACTIONS = st.floats(0, 1)


@pytest.mark.parametrize(("fraction", "shown"), [(0.8625, 86.2), (0.9725, 97.2), (1.0, 100.0)])
def test_a_percentage_is_rounded_as_sentences_round_it(fraction: float, shown: float) -> None:
    assert round_percent(fraction) == shown


@given(FRACTIONS)
def test_a_table_and_a_sentence_show_the_same(fraction: float) -> None:
    assert f"{round_percent(fraction):.1f}%" == f"{fraction:.1%}"


@given(FRACTIONS, FRACTIONS)
def test_a_difference_is_what_one_reads(value: float, other: float) -> None:
    read = [round(10 * float(f"{one:.1%}".rstrip("%"))) for one in (value, other)]
    assert f"{points_between(value, other):.1f}" == f"{(read[0] - read[1]) / 10:.1f}"

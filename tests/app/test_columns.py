"""Columns of a table."""

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.parts.columns import PERCENT, in_percent


@given(st.floats(0, 1))
@example(0.8625)
@example(0.9725)
def test_a_table_shows_what_a_sentence_says(fraction: float) -> None:
    table = in_percent(pd.DataFrame({"accuracy": [fraction, None]}), "accuracy")
    shown, lacking = table["accuracy"]
    assert PERCENT % shown == f"{fraction:.1%}"
    assert pd.isna(lacking)


@pytest.mark.parametrize(("fraction", "shown"), [(0.8649, 86), (0.865, 86), (0.875, 88)])
def test_whole_percentages_are_rounded_once(fraction: float, shown: float) -> None:
    assert in_percent(pd.DataFrame({"one": [fraction]}), "one", digits=0)["one"].tolist() == [shown]

"""How charts come onto a page."""

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from altair.utils.schemapi import SchemaValidationError

from app.drawing.charts import confusion_chart
from app.parts.chart import MAX_SUBJECT, describe_chart, entitle, specify


def chart_of(frame: pd.DataFrame, mark: str) -> alt.LayerChart | alt.FacetChart:
    """Two layers, one of all rows and one of the first."""
    lines = alt.Chart(frame).mark_line().encode(x="epoch:Q", y="value:Q")
    return alt.layer(lines, alt.Chart(frame[:1]).encode(x="epoch:Q").properties(mark=mark))


def table(value: float) -> pd.DataFrame:
    return pd.DataFrame({"epoch": [1, 2], "value": [value, np.nan], "run": ["a", "b"]})


def test_a_chart_of_equal_tables_is_made_once() -> None:
    first = specify(chart_of, table(0.5), "rule")
    assert specify(chart_of, table(0.5), "rule") is first
    assert specify(chart_of, table(0.6), "rule") is not first
    assert specify(chart_of, table(0.5), "tick")["layer"][1]["mark"] == {"type": "tick"}


def test_a_chart_has_its_tables_beside_it_as_they_are() -> None:
    specification = specify(chart_of, table(0.5), "rule")
    shown = {
        layer["mark"]["type"]: read_table(specification["datasets"][layer["data"]["name"]])
        for layer in specification["layer"]
    }
    pd.testing.assert_frame_equal(shown["line"], table(0.5), check_dtype=False)
    pd.testing.assert_frame_equal(shown["rule"], table(0.5)[:1], check_dtype=False)


def read_table(content: bytes) -> pd.DataFrame:
    return pa.ipc.open_stream(content).read_pandas()


def test_more_rows_than_altair_allows_are_drawn() -> None:
    matrix = np.ones((100, 100), int)
    names = tuple(f"bird {i}" for i in range(100))
    (content,) = specify(confusion_chart, matrix, names, "Confusion", False)["datasets"].values()
    assert len(read_table(content)) == 10_000


def titled_chart(frame: pd.DataFrame) -> alt.Chart:
    return alt.Chart(frame, title="Accuracy").mark_line().encode(x="epoch:Q", y="value:Q")


def test_a_saved_chart_says_what_it_is_of_and_the_kept_one_is_not_changed() -> None:
    kept = specify(titled_chart, table(0.5))
    shown = entitle(kept, "first run: smallgap on birds", dark=False)
    assert (shown["title"]["text"], shown["title"]["subtitle"]) == (
        "Accuracy", ["first run: smallgap on birds"]
    )  # fmt: skip
    assert describe_chart(shown) == "Accuracy: first run: smallgap on birds"
    assert kept["title"] == "Accuracy"
    lines = entitle(kept, "x" * 1000, dark=True)["title"]["subtitle"]
    assert len(lines) > 1
    assert sum(map(len, lines)) <= MAX_SUBJECT


def wrong_chart(frame: pd.DataFrame) -> alt.Chart:
    return alt.Chart(frame).mark_point().encode(x=alt.X("epoch:Q", axis=alt.Axis(orient="aside")))


def test_tests_check_charts_against_the_schema() -> None:
    with pytest.raises(SchemaValidationError):
        specify(wrong_chart, table(0.5))

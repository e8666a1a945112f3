import json
import re

import numpy as np
import pandas as pd
import pytest
from PIL import ImageColor

from app.compare.charts import (
    PICK,
    Layers,
    accuracies_chart,
    complexity_chart,
    ink,
    leads_leftward,
)
from app.compare.class_charts import (
    NAMED,
    ROOT_COLORS,
    bars_of,
    distribution_chart,
    leaves_chart,
    points_of,
)
from app.compare.radar import LEGEND, NAME, around, radar_chart
from saliencnn.data.imagenet import ROOTS

MODELS = [f"model {n}" for n in range(13)]


def test_a_circle_begins_at_the_top_and_runs_clockwise() -> None:
    frame = pd.DataFrame({"root": ["a", "b", "c", "d", "x"], "accuracy": [1, 0.5, 1, 0.25, 1]})
    places = around(frame, ["a", "b", "c", "d"])
    assert places["place"].tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(places["x"], [0, 0.5, 0, -0.25], atol=1e-12)
    np.testing.assert_allclose(places["y"], [1, 0, -1, 0], atol=1e-12)


def test_a_radar_closes_every_line() -> None:
    frame = pd.DataFrame(
        {"model": m, "root": r, "accuracy": 0.5, "strong": m == MODELS[0]}
        for m in MODELS
        for r in ROOTS
    )
    chart = radar_chart(frame, ROOTS, MODELS, dark=False)
    lines = chart.layer[3].data
    assert len(lines) == len(MODELS) * (len(ROOTS) + 1)
    ends = lines[lines["place"].isin([0, len(ROOTS)])]
    assert (ends.groupby("model")[["x", "y"]].nunique() == 1).all(axis=None)
    values = [row["ring"] for row in chart.layer[2].data.to_dict("records")]
    assert values == [0.25, 0.5, 0.75, 1]
    spec = chart.to_dict()
    # What a person selects is found by these names.
    assert {LEGEND, PICK, NAME} == {param["name"] for param in spec["params"]}
    assert spec["layer"][3]["encoding"]["color"]["scale"]["domain"] == MODELS


@pytest.mark.parametrize(("complexities", "kind"), [([1e6, 6e7], "log"), ([1e6, 1e6], None)])
def test_complexities_far_apart_are_drawn_by_magnitude(
    complexities: list[float], kind: str | None
) -> None:
    frame = pd.DataFrame(
        {"run_id": ["1", "2"], "model": ["x", "y"], "complexity": complexities,
         "top1": [0.5, 0.6], "top5": [0.7, 0.8], "pinned": [True, False]}
    )  # fmt: skip
    spec = complexity_chart(frame, "parameters", dark=True).to_dict()
    assert spec["layer"][0]["encoding"]["x"]["scale"].get("type") == kind


def many_classes(count: int, chosen: int = 0) -> pd.DataFrame:
    numbers = np.arange(count)
    return pd.DataFrame(
        {"class": [f"class {n}" for n in numbers], "index": numbers, "root": "animal",
         "accuracy": 1 - numbers / count, "images": 50, "rank": numbers + 1,
         "x": numbers, "y": numbers, "chosen": numbers < chosen}
    )  # fmt: skip


def test_bars_stand_below_one_another() -> None:
    rows = bars_of(many_classes(1000, chosen=3))
    assert (rows["row"].to_numpy()[1:] >= rows["end"].to_numpy()[:-1]).all()
    assert (rows["strength"] > 0.5).sum() == 3
    spec = leaves_chart(1000, ROOTS, dark=False, legend=True).to_dict()
    assert spec["layer"][0]["encoding"]["y"]["scale"]["domain"] == [0, 1000]


@pytest.mark.parametrize(("chosen", "named"), [(NAMED, NAMED), (NAMED + 1, 0)])
def test_points_are_named_while_there_is_room(chosen: int, named: int) -> None:
    points = points_of(many_classes(100, chosen))
    assert points["named"].sum() == named
    assert points["chosen"].tolist() == [False] * (100 - chosen) + [True] * chosen


def test_few_points_are_all_named() -> None:
    assert points_of(many_classes(NAMED, 1))["named"].all()
    assert not points_of(many_classes(NAMED + 1, 0))["named"].any()


def test_without_roots_all_classes_have_one_colour() -> None:
    spec = distribution_chart((), dark=False).to_dict()
    assert "value" in spec["layer"][0]["encoding"]["color"]


@pytest.mark.parametrize(
    "charts", [leaves_chart(9, ROOTS, True, True), distribution_chart(ROOTS, True)]
)
def test_charts_without_data_name_only_columns_that_their_data_have(charts: Layers) -> None:
    columns = {*bars_of(many_classes(3)).columns, *points_of(many_classes(3)).columns}
    assert set(re.findall(r'"field": "(\w+)"', json.dumps(charts.to_dict()))) <= columns


@pytest.mark.parametrize(("classes", "apart"), [(2, True), (40, False)])
def test_points_stand_apart_while_there_is_room(classes: int, apart: bool) -> None:
    frame = pd.DataFrame(
        {"class": f"class {c}", "model": m, "accuracy": 0.5, "images": 5, "strong": True}
        for c in range(classes)
        for m in MODELS
    )
    spec = accuracies_chart(frame, MODELS).to_dict()
    assert ("xOffset" in spec["layer"][1]["encoding"]) == apart


@pytest.mark.parametrize(("dark", "page"), [(False, "#ffffff"), (True, "#121212")])
def test_every_root_stands_out_from_the_page_and_the_others(dark: bool, page: str) -> None:
    assert list(ROOT_COLORS) == list(ROOTS)
    colors = [pair[dark] for pair in ROOT_COLORS.values()]
    assert len(set(colors)) == len(ROOTS)
    for color in (*colors, ink(dark)):
        assert contrast(color, page) >= 3


def test_names_avoid_the_points_at_their_right() -> None:
    # Two in one place, one close at their right, one far away, one high above.
    names = pd.Series(list("abcde"))
    complexity = pd.Series([10.0, 10.0, 12.0, 100.0, 11.0])
    accuracy = pd.Series([0.5, 0.5, 0.5, 0.5, 0.9])
    found = leads_leftward(names, complexity, accuracy, wide=True)
    # The second's name is as crowded at the left, by the first's.
    assert found.tolist() == [True, False, False, False, False]
    pair = leads_leftward(names[:2], complexity[:2], accuracy[:2], wide=True)
    assert pair.tolist() == [True, False]


def test_names_stay_within_the_chart() -> None:
    names = pd.Series(["a name as long as many", "short", "a name as long as many"])
    across = pd.Series([1.0, 50.0, 100.0])
    accuracy = pd.Series([0.5, 0.6, 0.7])
    assert leads_leftward(names, across, accuracy, wide=False).tolist() == [False, False, True]
    # Also where another point lies on that side.
    level = pd.Series([0.5, 0.5, 0.5])
    near = pd.Series([1.0, 20.0, 100.0])
    assert leads_leftward(names, near, level, wide=False).tolist() == [False, False, True]
    crowded = pd.Series([1.0, 90.0, 100.0])
    assert leads_leftward(names, crowded, level, wide=False).tolist() == [False, True, True]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(color: str) -> float:
    shares = np.array(ImageColor.getrgb(color)) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])

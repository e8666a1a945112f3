import itertools
import json
import re

import numpy as np
import pandas as pd
import pytest
from PIL import ImageColor

from app.compare.class_charts import ROOT_COLORS, bars_of, leaves_chart
from app.compare.class_map import NAMED, distribution_chart, points_of
from app.compare.radar import LEGEND, NAME, around, radar_chart
from app.compare.supplement import CLASS, FEWEST_PIXELS, NARROW, NUMBER, TICK
from app.parts.columns import cut_end, header_width, two_line_headers, widths_below
from saliencnn.data.kinds import name_kind
from saliencnn.drawing.labels import LETTER, LINE, label_widths
from saliencnn.drawing.network_charts import PICK, Layers, accuracies_chart, complexity_chart
from saliencnn.drawing.point_names import HEIGHT, MAX_NAME, WIDTH, ink, label_data
from tests.helpers.evaluations import ROOTS as WORDNET_ROOTS

PLANE = [[0, 1], [0, 1]]
MODELS = [f"model {n}" for n in range(13)]
ROOTS = [name_kind(root) for root in WORDNET_ROOTS]


def test_a_circle_begins_at_the_top_and_runs_clockwise() -> None:
    frame = pd.DataFrame({"root": ["a", "b", "c", "d", "x"], "accuracy": [1, 0.5, 1, 0.25, 1]})
    places = around(frame, ["a", "b", "c", "d"])
    assert places["place"].tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(places["x"], [0, 0.5, 0, -0.25], atol=1e-12)
    np.testing.assert_allclose(places["y"], [1, 0, -1, 0], atol=1e-12)


def test_a_radar_is_drawn_from_nothing_but_its_data() -> None:
    frame = pd.DataFrame(
        {"model": m, "root": r, "accuracy": 0.5, "images": 7} for m in MODELS for r in ROOTS
    )
    spec = radar_chart(frame, ROOTS, MODELS, MODELS[:1], dark=False).to_dict()
    # "Show data" shows the first set of data: the networks' numbers and no ring.
    first = next(iter(spec["datasets"]))
    assert spec["data"]["name"] == first
    assert spec["datasets"][first] == frame.to_dict("records")
    lines, points = spec["layer"][3], spec["layer"][4]
    assert "data" not in lines
    assert "data" not in points
    assert lines["mark"]["interpolate"] == "linear-closed"
    assert {"images", "accuracy"} <= {tip["field"] for tip in points["encoding"]["tooltip"]}
    rings = spec["datasets"][spec["layer"][2]["data"]["name"]]
    assert [row["ring"] for row in rings] == [0.25, 0.5, 0.75, 1]
    corners = spec["layer"][5]
    around_it = spec["datasets"][corners["data"]["name"]]
    assert [(row["root"], row["images"]) for row in around_it] == [(root, 7) for root in ROOTS]
    assert "datum.images" in corners["transform"][0]["calculate"]
    # What a person selects is found by these names.
    assert {LEGEND, PICK, NAME} == {param["name"] for param in spec["params"]}
    assert lines["encoding"]["color"]["scale"]["domain"] == MODELS


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
         "x": numbers, "y": numbers, "chosen": numbers < chosen, "part": "all"}
    )  # fmt: skip


def test_bars_stand_below_one_another() -> None:
    rows = bars_of(many_classes(1000, chosen=3))
    assert (rows["row"].to_numpy()[1:] >= rows["end"].to_numpy()[:-1]).all()
    assert (rows["strength"] > 0.5).sum() == 3
    assert rows["label"][0] == "● class 0"
    assert rows["counts"][0] == "50 of 50"
    few = bars_of(many_classes(2, chosen=0).assign(images=2))
    assert few["counts"].tolist() == ["2 of 2 (few)", "1 of 2 (few)"]
    spec = leaves_chart(1000, ROOTS, dark=False, legend=True).to_dict()
    assert spec["layer"][0]["encoding"]["y"]["scale"]["domain"] == [0, 1000]


def test_parts_of_a_list_stand_apart() -> None:
    parts = many_classes(4).assign(part=["best", "best", "worst", "worst"])
    gaps = np.diff(bars_of(parts)["middle"])
    assert gaps[1] > gaps[0] == gaps[2]


@pytest.mark.parametrize(("chosen", "named"), [(NAMED, NAMED), (NAMED + 1, 0)])
def test_points_are_named_while_there_is_room(chosen: int, named: int) -> None:
    points = points_of(many_classes(100, chosen))
    assert points["name"].ne("").sum() == named
    assert points["chosen"].tolist() == [False] * (100 - chosen) + [True] * chosen


def test_few_points_are_all_named() -> None:
    assert points_of(many_classes(NAMED, 1))["name"].all()
    assert not points_of(many_classes(NAMED + 1, 0))["name"].any()


def test_without_roots_all_classes_have_one_colour() -> None:
    spec = distribution_chart(PLANE, (), dark=False).to_dict()
    assert "value" in spec["layer"][0]["encoding"]["color"]


@pytest.mark.parametrize(
    "charts", [leaves_chart(9, ROOTS, True, True), distribution_chart(PLANE, ROOTS, True)]
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
    assert list(ROOT_COLORS) == ROOTS
    colors = [pair[dark] for pair in ROOT_COLORS.values()]
    assert len(set(colors)) == len(ROOTS)
    for color in (*colors, ink(dark)):
        assert contrast(color, page) >= 3


def test_three_networks_within_a_point_keep_their_names_apart() -> None:
    frame = pd.DataFrame(
        {
            "run_id": list("abcdef"),
            "model": ["efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"]
            + ["mobilenet_v2", "squeezenet1_1", "squeezenet1_0"],
            "complexity": [4.65e6, 5.42e6, 6.09e6, 3.5e6, 1.24e6, 1.25e6],
            "top1": [0.834, 0.83, 0.829, 0.771, 0.727, 0.715],
            "top5": 0.9,
            "pinned": False,
        }
    )
    spec = complexity_chart(frame, "parameters", dark=False).to_dict()
    names = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "text")
    rows = spec["datasets"][names["data"]["name"]]
    assert [row["name"] for row in rows] == frame["model"].tolist()
    points = spec["layer"][-1]["encoding"]
    (left, right), (low, high) = (np.array(points[of]["scale"]["domain"]) for of in ("x", "y"))
    across = [np.log(row["x"] / left) / np.log(right / left) * WIDTH + row["dx"] for row in rows]
    down = [(high - row["y"]) / (high - low) * HEIGHT + row["dy"] for row in rows]
    for one, other in itertools.combinations(range(len(rows)), 2):
        wide = label_widths([rows[one]["name"], rows[other]["name"]], MAX_NAME).sum() / 2
        apart = abs(across[one] - across[other]) - wide, abs(down[one] - down[other]) - LINE
        assert max(apart) > -0.01


def test_long_names_keep_both_ends() -> None:
    names = [f"planted-color-jitter epoch {n} of a long study" for n in (7, 8, 9)]
    places = np.array([[50, 50], [50, 150], [50, 250]])
    shown = label_data(names, places, np.zeros(3), np.zeros(3))["name"]
    headers = two_line_headers(dict(enumerate([*names, "resnet18"])))
    for given in (shown.tolist(), [f"{one} {other}".strip() for one, other in headers.values()]):
        assert len({*given}) == len(given)
        assert all(one.startswith("planted-") and "study" in one for one in given[:3])
    assert headers[3] == ("", "resnet18")
    assert max(map(len, shown)) * LETTER <= MAX_NAME + 4 * LETTER


def test_the_name_of_a_single_point_is_whole() -> None:
    name = "planted-color-jitter epoch 8"
    shown = label_data([name], np.array([[200, 160]]), np.zeros(1), np.zeros(1)).iloc[0]
    assert shown["name"] == name
    assert shown["longest"] >= label_widths([name], WIDTH)[0]


def test_six_networks_head_columns_in_two_lines_that_are_whole() -> None:
    names = [f"efficientnet_lite{n}" for n in range(3)]
    names = [*names, "mobilenet_v2", "squeezenet1_1", "resnet18", "shufflenet_v2_x1_0"]
    headers = list(two_line_headers(dict(zip(names, names, strict=True))).values())
    written = ["".join(header).replace("_", "") for header in headers]
    assert written == [name.replace("_", "") for name in names]
    assert headers[0] == ("efficientnet", "lite0")
    assert headers[3:5] == [("mobilenet", "v2"), ("squeezenet", "1_1")]
    assert headers[-2:] == [("", "resnet18"), ("shufflenet", "v2_x1_0")]
    cells = [["50 of 50"]] * len(names)
    widths = widths_below(headers, cells, FEWEST_PIXELS)
    assert sum(widths[:3]) >= header_width("efficientnet"), "which the three share"
    assert widths[0] < header_width("efficientnet")
    assert widths[4] >= header_width("squeezenet")
    six = widths_below(headers[:6], cells[:6], FEWEST_PIXELS)
    assert TICK + CLASS + NUMBER + sum(six) <= NARROW
    whole = two_line_headers({"a": "mobilenet_v2", "b": "resnet18"}, room=200)
    assert [*whole.values()] == [("", "mobilenet_v2"), ("", "resnet18")], "where both have room"
    assert two_line_headers({"a": "class"}, taken=("class",)) != {"a": ("", "class")}


@pytest.mark.parametrize("accuracies", [[0.975, 0.975], [0.9708333333, 0.9833333333]])
def test_axes_are_written_short(accuracies: list[float]) -> None:
    frame = pd.DataFrame(
        {"run_id": ["1", "2"], "model": ["x", "y"], "complexity": [98712.0] * 2,
         "top1": accuracies, "top5": [1.0, 1.0], "pinned": [True, False]}
    )  # fmt: skip
    points = complexity_chart(frame, "parameters", dark=True).to_dict()["layer"][-1]["encoding"]
    assert points["x"]["axis"]["format"] == ".3~s"
    assert points["y"]["axis"]["format"] == ".1~%"
    said = [one["title"] for one in points["tooltip"]]
    assert said == ["network", "top 1", "top 5", "parameters"]
    frame["top5"] = None
    few = complexity_chart(frame, "parameters", dark=True).to_dict()["layer"][-1]["encoding"]
    assert [one["title"] for one in few["tooltip"]] == ["network", "top 1", "parameters"]
    for field, column in (("x", "complexity"), ("y", "top1")):
        low, high = points[field]["scale"]["domain"]
        assert low < frame[column].min() <= frame[column].max() <= high


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(color: str) -> float:
    shares = np.array(ImageColor.getrgb(color)) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_a_cells_words_are_whole_or_end_in_an_ellipsis() -> None:
    name = "amphibious vehicle"
    assert cut_end(name, header_width(name)) == name
    cut = cut_end(name, header_width(name) - 1)
    assert cut.endswith("…")
    assert name.startswith(cut[:-1])
    assert header_width(cut) < header_width(name)
    assert cut_end("ab " * 9, header_width("ab ab…") + 4) == "ab ab…", "no space before it"

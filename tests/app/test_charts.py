"""What charts and grids show of many classes and many epochs."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import app
from app.drawing.charts import FEW_CLASSES, confusion_chart
from app.parts.grids import make_cell, scale_maps
from saliencnn.drawing.run_charts import accuracy_chart, line_chart, part_by_size
from saliencnn.maps.history import EpochPrediction, MapHistory


def random_matrix(classes: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Counts of a network that is mostly right; the last class has no image."""
    rng = np.random.default_rng(0)
    matrix = 5 * np.eye(classes, dtype=int)
    matrix[rng.integers(0, classes, 99), rng.integers(0, classes, 99)] += 1
    matrix[-1] = 0
    return matrix, tuple(f"bird {i}" for i in range(classes))


@pytest.mark.parametrize("classes", [FEW_CLASSES, 200])
def test_a_confusion_matrix_has_a_cell_for_each_pair_that_has_images(classes: int) -> None:
    matrix, names = random_matrix(classes)
    drawn = confusion_chart(matrix, names, "Confusion", dark=False).to_dict()
    (rows,) = drawn["datasets"].values()
    found = {(row["true"], row["predicted"]): (row["images"], row["fraction"]) for row in rows}
    assert len(found) == len(rows)
    assert found == {
        (names[i], names[j]): (matrix[i, j], pytest.approx(matrix[i, j] / matrix[i].sum()))
        for i in range(classes)
        for j in range(classes)
        if matrix[i, j]
    }
    shown = {part["field"] for part in drawn["encoding"]["tooltip"]}
    assert shown == {"true", "predicted", "images", "fraction"}


def test_few_classes_are_named_on_the_axes_and_many_can_be_zoomed_into() -> None:
    few, many = (
        confusion_chart(*random_matrix(n), "Confusion", dark=False).to_dict()
        for n in (FEW_CLASSES, 200)
    )
    names = list(random_matrix(FEW_CLASSES)[1])
    for axis in ("x", "y"):
        assert few["encoding"][axis]["scale"]["domain"] == names, "the empty class too"
        assert many["encoding"][axis]["scale"]["domain"] == [0, 200]
    assert [param.get("bind") for param in few["params"]] == [None], "a click alone"
    assert {param.get("bind") for param in many["params"]} == {None, "scales"}


def test_a_run_has_one_color_in_every_chart_also_where_another_has_nothing_to_draw() -> None:
    rows = [
        ("first", 1, "val_accuracy", 0.9),
        ("second", 1, "val_accuracy", 0.8),
        ("second", 1, "counterfactual_accuracy", 0.7),
        ("second", 1, "focus", 0.5),
    ]
    history = pd.DataFrame(rows, columns=["run", "epoch", "metric", "value"])
    focus = history[history["metric"] == "focus"]
    runs = ["first", "second"]
    bars, diamonds = accuracy_chart(history, runs).to_dict()["layer"]
    lines = line_chart(focus, runs, "Focus", "energy", None).to_dict()
    for drawn in (bars, diamonds, lines):
        assert drawn["encoding"]["color"]["scale"]["domain"] == runs
    assert diamonds["encoding"]["shape"]["legend"]["orient"] == "top", "none lies beside the bars"


def test_a_cell_without_a_map_says_why() -> None:
    maps = {1: np.eye(7, dtype=np.float32), 2: np.zeros((7, 7), np.float32)}
    glances = {epoch: EpochPrediction(1, 0.8, 0.2) for epoch in (1, 2, 3)}
    track = MapHistory({"cam": maps}, {"cam": {1: 0.25, 2: np.nan}}, glances)
    scaled = scale_maps(maps, jointly=False)
    drawn, flat, missing = (
        make_cell(track, "cam", epoch, scaled, ("a", "b"), 0) for epoch in (1, 2, 3)
    )
    assert (drawn.note, drawn.caption) == ("", ("focus 0.25",))
    assert (flat.map01, flat.note) == (None, "constant map")
    assert (missing.map01, missing.note) == (None, "not logged")
    for cell in (drawn, flat, missing):
        assert (cell.predicted, cell.confidence, cell.correct) == ("b", 0.8, False)


def test_no_tooltip_loads_or_heads_what_data_says() -> None:
    """Vega loads what a tooltip calls "image" as one, and makes a heading of "title"."""
    for path in Path(app.__path__[0]).rglob("*.py"):
        for names in re.findall(r"tooltip=\[(.*?)\]", path.read_text(), re.DOTALL):
            bare = re.sub(r"alt.Tooltip\([^)]*title=[^)]*\)", "", names)
            assert not re.search(r"""["'](image|title)\b""", bare), path


def test_focus_of_images_of_other_sizes_is_drawn_apart() -> None:
    rows = [("a", 1, 0.5), ("b", 1, 0.6), ("a", 2, 0.7), ("c", 1, 0.8)]
    focus = pd.DataFrame(rows, columns=["run", "epoch", "value"]).assign(metric="focus")
    parts = part_by_size(focus, {"a": "48", "b": "64", "c": "48"})
    assert {of: part["value"].tolist() for of, part in parts.items()} == {
        ", images of 48 pixels": [0.5, 0.7, 0.8],
        ", images of 64 pixels": [0.6],
    }
    same = part_by_size(focus, dict.fromkeys("abc", "48"))
    assert [*same] == [""]
    assert same[""].equals(focus)

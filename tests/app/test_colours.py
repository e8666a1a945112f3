"""The colours page, by Streamlit's own test runner."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.attention.histogram_html import Line, histogram_image, lines_html, mean_chart
from app.attention.histograms import highlight
from app.colours.separation import separation_table
from saliencnn.data.planted import CLASSES
from saliencnn.measures.colour import SPACES
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_predictions
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import read_by_class
from saliencnn.store.runs import RunInfo
from tests.helpers.explained import planted_evaluations as planted_evaluations
from tests.helpers.stores import new_store

Open = Callable[..., AppTest]


@pytest.fixture
def open_page(open_page: Open) -> Open:
    def open_sound(store: Store, **query: str) -> AppTest:
        app = open_page("colours", store, **query)
        assert not app.exception
        assert not app.error
        return app

    return open_sound


def texts(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.info, app.warning, app.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def test_an_empty_store_says_what_to_run(open_page: Open, tmp_path: Path) -> None:
    said = texts(open_page(new_store(tmp_path)))
    assert "saliencnn evaluate" in said
    assert "make demo" in said


def test_a_training_run(open_page: Open, store: Store, tiny_run: RunInfo) -> None:
    app = open_page(store, run=tiny_run.run_id, **{"class": "masked"})
    predictions = read_predictions(store, tiny_run.run_id, tiny_run.epoch)
    of_class = predictions[predictions["true"] == 2]
    right = int((of_class["predicted"] == 2).sum())
    counted = f"{len(of_class)} images, {right} recognised and {len(of_class) - right} missed"
    assert counted in texts(app)
    assert "Attention strategies" in texts(app)
    assert [tab.label for tab in app.tabs] == [
        f"Correct ({right})", f"Failed ({len(of_class) - right})",
    ]  # fmt: skip


def test_an_evaluated_network(
    open_page: Open, store: Store, planted_evaluations: list[EvaluationInfo]
) -> None:
    info = planted_evaluations[0]
    accuracy = read_by_class(store, info.run_id)["accuracy"]
    mixed = int(np.flatnonzero((accuracy > 0.2) & (accuracy < 0.8))[0])
    app = open_page(store, run=info.run_id, **{"class": CLASSES[mixed]})
    assert "20 images" in texts(app)
    assert "Attention strategies" not in texts(app)
    assert "p = " in texts(app)
    numbers = app.dataframe[0].value["number"]
    assert any(name.startswith("texture") for name in numbers)
    assert any(name.startswith("Wasserstein") for name in numbers)
    app.segmented_control(key="colours-space").set_value("HSV").run(timeout=60)
    assert not app.exception
    assert any("hue" in name for name in app.dataframe[0].value["number"])


def test_what_a_map_highlights() -> None:
    maps = np.zeros((2, 2, 2))
    maps[0, 0, 0] = 4.0
    inside = highlight(maps, 8, 0.5)
    assert inside[0, :4, :4].mean() > 0.5
    assert not inside[0, 4:].any()
    assert not inside[1].any()


def test_the_best_number_comes_first() -> None:
    rng = np.random.default_rng(0)
    correct = np.arange(40) < 20
    numbers = {
        "noise": rng.normal(size=40),
        "telling": rng.normal(size=40) - 3 * ~correct,
        "unknown": np.full(40, np.nan),
    }
    found = separation_table(numbers, correct)
    assert list(found["number"]) == ["telling", "noise"]
    assert list(found["in words"]) == ["lower in failed images", "no better than chance"]
    few = separation_table(numbers, np.arange(40) < 38)
    assert set(few["in words"]) == {"too few images to say"}


def test_texts_cannot_write_html() -> None:
    shares = np.full((3, 4), 0.25)
    line = Line("data:,", "data:,", shares, shares, '<script>"', ("<b>",))
    html = lines_html([line], "RGB")
    assert "<script>" not in html
    assert "<b>&lt;b" not in html.replace("<small>", "")
    assert html.count('class="histogram"') == 3


def test_an_empty_region_draws_no_bars() -> None:
    whole = np.full(4, 0.25)
    bars = histogram_image(np.full(4, np.nan), whole, "#000")
    assert len(histogram_image(whole, whole, "#000")) > len(bars)


@pytest.mark.parametrize("space", SPACES)
def test_charts_are_in_the_channels_own_units(space: str) -> None:
    for place, (low, high) in enumerate(SPACES[space].ranges):
        spec = mean_chart({"all": np.full((3, 8), 0.125)}, space, place).to_dict()
        (rows,) = spec["datasets"].values()
        values = [row["value"] for row in rows]
        assert low < min(values)
        assert max(values) < high

"""Home: what is there at a glance, and where to go."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.home.doors import DOORS
from app.home.tables import evaluations_frame, keep, runs_frame, search
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import Verdict
from tests.helpers.stores import new_store

Open = Callable[..., AppTest]


@pytest.fixture
def runs(tiny_run: RunInfo) -> list[RunInfo]:
    verdict = Verdict("rejected", "sticker", "Ann", 1.0)
    bad = {**tiny_run.metrics, "val_accuracy": 0.97, "counterfactual_accuracy": 0.1}
    return [
        replace(tiny_run, run_id="a", name="first", image_set="birds", verdicts=(verdict,)),
        replace(tiny_run, run_id="b", name="second", arch="resnet18", metrics=bad),
    ]


def test_a_row_a_run(runs: list[RunInfo]) -> None:
    frame = runs_frame(runs, {"a": [0.1, 0.9]})
    assert frame["run_id"].tolist() == ["a", "b"]
    assert frame["curve"].tolist() == [[0.1, 0.9], []]
    assert frame["verdict"].tolist() == ["rejected", "no verdict"]
    assert frame["people"].tolist() == [["Ann"], []]
    assert frame["warning"].tolist()[1] == "relies on a shortcut"
    assert frame["accuracy"].tolist()[1] == 0.97


def test_rows_are_found_by_words_and_filters(runs: list[RunInfo]) -> None:
    frame = runs_frame(runs, {})
    columns = ("name", "images", "network", "warning")

    def found(text: str) -> list[str]:
        return search(frame, text, columns)["run_id"].tolist()

    assert found("") == ["a", "b"]
    assert found("BIRDS first") == ["a"]
    assert found("shortcut") == ["b"]
    assert found("birds second") == []
    assert found("(") == []
    assert keep(frame, "network", [])["run_id"].tolist() == ["a", "b"]
    assert keep(frame, "network", ["resnet18"])["run_id"].tolist() == ["b"]
    assert keep(frame, "people", ["Ann", "Bea"])["run_id"].tolist() == ["a"]
    assert search(runs_frame([], {}), "x", columns).empty


def test_a_row_an_evaluation(planted_evaluations: list[EvaluationInfo]) -> None:
    first = planted_evaluations[0]
    frame = evaluations_frame(planted_evaluations, {first.run_id: "accepted"})
    assert frame["verdict"].tolist() == ["accepted", "no verdict"]
    assert frame["accuracy"].tolist() == [info.metrics["top1"] for info in planted_evaluations]


def test_home_lists_everything_and_leads_on(
    open_page: Open,
    store: Store,
    tiny_run: RunInfo,
    seeded_run: RunInfo,
    planted_evaluations: list[EvaluationInfo],
) -> None:
    app = open_page("home", store)
    assert not app.exception
    assert not app.error
    runs, evaluations = (table.value for table in app.dataframe)
    assert {tiny_run.name, seeded_run.name} <= set(runs["name"])
    row = runs[runs["name"] == tiny_run.name].iloc[0]
    assert row["accuracy"] == tiny_run.metrics["val_accuracy"]
    assert len(row["curve"]) == tiny_run.epoch
    assert {info.model for info in planted_evaluations} <= set(evaluations["name"])
    assert len(app.get("page_link")) >= len(DOORS)


def test_a_search_without_a_hit_says_so(open_page: Open, store: Store, tiny_run: RunInfo) -> None:
    app = open_page("home", store)
    app.text_input(key="home-search").set_value("no such run at all").run()
    assert not app.exception
    assert any("No run is like that" in info.value for info in app.info)


def test_an_empty_store_says_what_to_run(open_page: Open, tmp_path: Path) -> None:
    app = open_page("home", new_store(tmp_path))
    assert "saliencnn train" in app.info[0].value


def test_links_from_when_overview_was_first_lead_there(
    open_page: Open, store: Store, tiny_run: RunInfo
) -> None:
    app = open_page("home", store, run=tiny_run.run_id)
    assert app.title[0].value == "Overview"
    assert app.multiselect(key="runs-choice").value == [tiny_run.run_id]


def test_frames_without_rows_keep_their_columns() -> None:
    assert isinstance(runs_frame([], {}), pd.DataFrame)
    assert "run_id" in evaluations_frame([], {}).columns

"""Links whose run, class or anything else is not there say so, on every page, and what is shown."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from saliencnn.data.planted import CLASSES
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo
from tests.helpers.stores import new_store

Open = Callable[..., AppTest]
GONE = "f" * 32
LONG = "x" * 4000
RUN_PAGES = ("overview", "progression", "trust", "retrain")


def said(app: AppTest) -> str:
    assert not app.exception
    assert not [one.value for one in app.error]
    found = [one.value for one in app.warning if "The link names" in one.value]
    assert len(found) <= 1
    assert all(len(one) <= 400 for one in found)
    return "".join(found).replace("\\", "")


@pytest.fixture(scope="module")
def filled(store: Store, tiny_run: RunInfo, planted_evaluations: list[EvaluationInfo]) -> Store:
    return store


@pytest.mark.parametrize("page", [*RUN_PAGES, "colours"])
@pytest.mark.parametrize("run", [GONE, LONG, "![x](http://evil.example/x.png)", "../..", "0"])
def test_a_run_that_is_not_there(
    open_page: Open, filled: Store, tiny_run: RunInfo, page: str, run: str
) -> None:
    app = open_page(page, filled, run=run)
    found = said(app)
    assert run[:10] in found
    assert "Shown instead" in found
    assert tiny_run.run_id not in found, "people know it by its name"


@pytest.mark.parametrize("page", RUN_PAGES)
def test_a_doubled_run(open_page: Open, filled: Store, tiny_run: RunInfo, page: str) -> None:
    assert not said(open_page(page, filled, run=[tiny_run.run_id, tiny_run.run_id]))


@pytest.mark.parametrize("page", ["overview", "trust", "colours"])
def test_epochs(open_page: Open, filled: Store, tiny_run: RunInfo, page: str) -> None:
    for wrong in ("99", "0", "-1", "two", "1.5", "²"):
        found = said(open_page(page, filled, run=tiny_run.run_id, epoch=wrong))
        assert f"epoch {wrong}" in found
        assert "epoch 3" in found
    app = open_page(page, filled, run=tiny_run.run_id, epoch="2")
    assert not said(app)
    assert [one.value for one in app.select_slider if one.label == "Epoch"] == [2]
    assert "epoch" in app.query_params
    next(one for one in app.select_slider if one.label == "Epoch").set_value(3).run()
    assert "epoch" not in app.query_params, "the newest is what everybody sees first"


def test_how_colours_are_counted(open_page: Open, filled: Store, tiny_run: RunInfo) -> None:
    found = said(open_page("colours", filled, run=tiny_run.run_id, space="XYZ", bins="7"))
    assert "XYZ" in found
    assert "number of bins 7" in found
    assert not said(open_page("colours", filled, run=tiny_run.run_id, space="Lab", bins="8"))


@pytest.mark.parametrize("page", ["progression", "trust"])
def test_classes_and_views_that_are_not_there(
    open_page: Open, filled: Store, tiny_run: RunInfo, page: str
) -> None:
    wrong = {
        "class": "no class", "from": "none", "method": "nothing", "opacity": "7",
        "threshold": "nan", "scale": "huge",
    }  # fmt: skip
    app = open_page(page, filled, run=tiny_run.run_id, **wrong)
    found = said(app)
    assert all(value in found for value in wrong.values())
    opened = next(box.value for box in app.selectbox if box.label == "Class")
    assert opened in CLASSES
    assert f"class {opened}" in found
    assert "opacity 0.6" in found


def test_a_link_keeps_how_maps_are_drawn(open_page: Open, filled: Store, tiny_run: RunInfo) -> None:
    app = open_page("progression", filled, run=tiny_run.run_id)
    assert {*app.query_params} == {"run", "class"}, "what everybody sees first makes no link longer"
    app.slider(key="opacity").set_value(0.35).run()
    app.slider(key="threshold").set_value(0.2).run()
    app.multiselect(key="methods").set_value(["cam", "gradcam"]).run()
    app.radio(key="scale").set_value("all epochs by one maximum").run()
    link = {name: app.query_params[name] for name in app.query_params}
    assert link["opacity"] in ("0.35", ["0.35"])
    assert link["method"] == ["cam", "gradcam"]
    other = open_page("progression", filled, **link)
    assert not said(other)
    assert other.slider(key="opacity").value == 0.35
    assert other.slider(key="threshold").value == 0.2
    assert other.multiselect(key="methods").value == ["cam", "gradcam"]
    assert other.radio(key="scale").value == "all epochs by one maximum"
    other.slider(key="opacity").set_value(0.5).run()
    assert other.slider(key="opacity").value == 0.5


def test_evaluations_and_parts_of_a_task_that_are_not_there(
    open_page: Open, filled: Store, planted_evaluations: list[EvaluationInfo]
) -> None:
    wrong = {
        "model": GONE, "kind": "huge", "class": "no class", "image": "99999", "method": "nothing",
        "rule": "none", "threshold": "-1", "pin": LONG, "root": "no root",
    }  # fmt: skip
    found = said(open_page("compare", filled, **wrong))
    assert all(value[:10] in found for value in wrong.values())
    known = {"model": [info.run_id for info in planted_evaluations], "threshold": "0.50"}
    assert not said(open_page("compare", filled, **known))


def test_a_deleted_run(
    open_page: Open, tiny_run: RunInfo, seeded_run: RunInfo, store: Store
) -> None:
    store.client.delete_run(seeded_run.run_id)
    try:
        both = [seeded_run.run_id, tiny_run.run_id]
        assert seeded_run.run_id in said(open_page("overview", store, run=both))
        assert "Shown instead: run" in said(open_page("trust", store, run=seeded_run.run_id))
    finally:
        store.client.restore_run(seeded_run.run_id)


def test_a_store_without_runs_says_that(open_page: Open, tiny_run: RunInfo, tmp_path: Path) -> None:
    app = open_page("overview", new_store(tmp_path), run=tiny_run.run_id)
    assert "no runs yet" in app.info[0].value

"""The form of a verdict as any page may place it."""

import time

import pytest
import streamlit as st
from mlflow.entities import Metric
from streamlit.testing.v1 import AppTest

from app.parts.verdict_reason import find_reason
from saliencnn.findings.finding import Evidence, Finding, Severity
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, read_run, start_run
from tests.helpers.stores import new_store


def page(run_id: str, epoch: int | None, image: int | None) -> None:
    from pathlib import Path

    import streamlit as st

    linked = Path(__file__).parent / "views" / "retrain.py"  # a page that is there to be linked to
    linked.parent.mkdir(exist_ok=True)
    linked.touch()
    st.navigation([st.Page(lambda: None, title="form", default=True), st.Page(linked)])
    from app.parts.verdicts import draw_verdicts, follow_verdict
    from app.reads import stored_runs

    store = stored_runs.find_store()
    run = next(r for r in stored_runs.all_runs(store) if r.run_id == run_id)
    draw_verdicts(store, run, epoch, image)
    follow_verdict()


def open_form(store: Store, run_id: str, epoch: int | None, image: int | None) -> AppTest:
    st.cache_data.clear()
    st.cache_resource.clear()
    app = AppTest.from_function(page, default_timeout=60, args=(run_id, epoch, image))
    app.session_state[key_of(run_id, image)] = True
    return app.run()


def key_of(run_id: str, image: int | None = None) -> str:
    return f"verdicts-{run_id}-{'run' if image is None else image}"


def decide(app: AppTest, key: str, decision: str) -> None:
    app.text_input(key=f"{key}-reason").set_value("because")
    app.text_input(key=f"{key}-name").set_value("Ann")
    app.session_state[key] = True  # AppTest forgets between runs that the form was opened
    app.button(key=f"{key}-{decision}").click().run()
    assert not app.exception


def links(app: AppTest) -> list[str]:
    return [link.proto.query_string for link in app.get("page_link")]


def finish_epoch(store: Store, run_id: str, epoch: int) -> None:
    now = int(time.time() * 1000)
    store.client.log_batch(run_id, metrics=[Metric("epoch", epoch, now, epoch)])


def test_a_choice_of_epoch_survives_the_next_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    run_id = start_run(store, "growing", {})
    for epoch in (1, 2):
        finish_epoch(store, run_id, epoch)
    key = key_of(run_id)
    app = open_form(store, run_id, None, None)
    app.selectbox(key=f"{key}-scope").set_value((2, None))
    finish_epoch(store, run_id, 3)
    st.cache_data.clear()
    decide(app, key, "rejected")
    (verdict,) = read_run(store, run_id).verdicts
    assert (verdict.epoch, verdict.image, verdict.person) == (2, None, "Ann")
    app = open_form(store, run_id, None, None)
    assert app.selectbox(key=f"{key}-scope").options[1] == "epoch 3"


@pytest.fixture
def judged_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, RunInfo]:
    """A run in a store of its own."""
    from pipelines.training.request import Request
    from pipelines.training.run import train
    from saliencnn.common.hyperparameters import Hyperparameters

    store = new_store(tmp_path_factory.mktemp("form"))
    data = "planted:train=32,validation=16,counterfactual=0,size=48"
    hyperparameters = Hyperparameters(epochs=2, batch_size=16)
    run_id = train(store, Request(data, image_size=48, hyperparameters=hyperparameters))
    return store, read_run(store, run_id)


def test_a_page_that_shows_an_image_offers_it_after_the_run(
    judged_run: tuple[Store, RunInfo], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, run = judged_run
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    key = key_of(run.run_id, 5)
    app = open_form(store, run.run_id, 1, 5)
    offered = app.selectbox(key=f"{key}-scope").options
    assert offered[:2] == ["the run as a whole", "epoch 1"], "who rejects means the network"
    assert offered[2].endswith("at epoch 1")
    app.selectbox(key=f"{key}-scope").set_value((1, 5))
    decide(app, key, "rejected")
    (verdict,) = read_run(store, run.run_id).verdicts
    assert (verdict.epoch, verdict.image) == (1, 5)
    assert not links(app)
    assert read_run(store, run.run_id).standing == "", "one image does not reject a run"
    app = open_form(store, run.run_id, 2, 6)
    said = [one.value for one in app.markdown]
    assert not any("rejected" in one for one in said), "that was said of another image"
    assert "at epoch 1 by Ann" in open_form(store, run.run_id, 2, 5).markdown[0].value
    whole = open_form(store, run.run_id, None, None)
    (told,) = [one.value for one in whole.markdown if "rejected" in one.value]
    assert "image" in told, "in the history alone"


def test_a_rejected_run_leads_to_proposals(
    judged_run: tuple[Store, RunInfo], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, run = judged_run
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    key = key_of(run.run_id)
    app = open_form(store, run.run_id, None, None)
    assert not links(app)
    decide(app, key, "rejected")
    app.session_state[key] = True
    there = [f"run={run.run_id}&section=change"]
    assert links(app.run()) == there
    app.session_state[key] = False
    assert links(app.run()) == there, "once the form is folded too"
    app.session_state[key] = True
    decide(app.run(), key, "accepted")
    assert not links(app)


def test_what_speaks_against_a_run_becomes_the_reason_only_at_a_click(
    judged_run: tuple[Store, RunInfo], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, run = judged_run
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    key = key_of(run.run_id)
    app = open_form(store, run.run_id, 2, None)
    (told,) = (one.value for one in app.markdown if one.value.startswith(":"))
    assert app.text_input(key=f"{key}-reason").value == "", "nothing is written silently"
    app.text_input(key=f"{key}-name").set_value("Bo")
    app.session_state[key] = True
    app.button(key=f"{key}-use-rejected").click().run()
    assert not app.exception
    assert f"**{app.text_input(key=f'{key}-reason').value}**" in told.replace("\\", "")
    assert app.text_input(key=f"{key}-name").value == "Bo", "what was typed stays"
    assert not read_run(store, run.run_id).standing


def test_what_speaks_for_a_verdict_is_the_first_finding_that_does() -> None:
    found = [
        Finding("noted", Severity.NOTE, "It rises.", "", Evidence("overview")),
        Finding("warned", Severity.WARNING, "It memorizes.", "", Evidence("overview")),
        Finding("cleared", Severity.GOOD, "No sign of a shortcut.", "", Evidence("overview")),
    ]
    assert find_reason(found, "rejected") is found[1]
    assert find_reason(found, "accepted") is found[2]
    assert find_reason(found[:2], "accepted") is None

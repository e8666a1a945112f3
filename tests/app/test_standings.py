"""Evaluations of runs on which people decided, on the pages that choose among evaluations."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pipelines.review.decisions import decide
from saliencnn.store.connection import Store
from saliencnn.store.evaluations import read_evaluation
from saliencnn.store.runs import start_run
from tests.helpers.evaluations import synthesise
from tests.helpers.judged_run import Judged
from tests.helpers.judged_run import judged as judged
from tests.helpers.stores import new_store

ALL = ["accepted", "", "rejected"]
Open = Callable[..., AppTest]


@pytest.fixture
def open_page(open_page: Open) -> Open:
    def open_soundly(name: str, store: Store, **query: str | list[str]) -> AppTest:
        return sound(open_page(name, store, **query))

    return open_soundly


def sound(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    return app


def offered(app: AppTest) -> list[str]:
    """Return the options of whichever picker the page has, in order of their names."""
    if any(box.key == "colours-network" for box in app.selectbox):
        options = app.selectbox(key="colours-network").options
        return sorted(option for option in options if option.endswith("evaluated"))
    return sorted(app.multiselect(key="task-models").options)


def hidden(app: AppTest) -> str:
    """Return what the page says of networks that a verdict hides."""
    return " ".join(one.label for one in app.button if one.key == "show-hidden")


def name_of(option: str) -> str:
    """Return the network's name and the verdict in an option."""
    parts = option.removesuffix(" · evaluated").split(" · ")
    return " · ".join(part for part in parts if "%" not in part and "planted" not in part)


def test_compare_offers_rejected_networks_on_request(open_page: Open, judged: Judged) -> None:
    app = open_page("compare", judged.store)
    assert [name_of(option) for option in offered(app)] == ["✔ good epoch 2 · accepted"]
    assert "bad epoch" not in str(app), "also not the one whose run was not noted"
    assert "3 rejected networks are not listed" in hidden(app)
    assert any("3 other networks" in one.value for one in app.markdown), "they were evaluated"
    links = [one.proto for one in app.get("page_link") if one.proto.page == "compare"]
    assert not any(judged.run_rejected in link.query_string for link in links), "one button does"
    app.button(key="show-hidden").click().run()
    assert app.sidebar.pills(key="standings").value == ALL
    sound(app)
    assert not hidden(app)
    assert [name_of(option) for option in offered(app)] == [
        "✔ good epoch 2 · accepted",
        "✖ bad epoch 1 · rejected",
        "✖ bad epoch 2 · rejected",
        "✖ good epoch 1 · rejected",
    ]
    app.multiselect(key="task-models").set_value([judged.run_rejected, judged.older]).run()
    app.sidebar.pills(key="standings").set_value(["accepted"]).run()
    sound(app)
    assert app.multiselect(key="task-models").value == [judged.run_rejected, judged.older]


def test_a_link_to_compare_shows_rejected_networks(open_page: Open, judged: Judged) -> None:
    models = [judged.run_rejected, judged.accepted]
    app = open_page("compare", judged.store, model=models, image="3")
    assert app.multiselect(key="task-models").value == models
    assert not app.toast
    assert "✖ bad epoch 2 · rejected" in [name_of(option) for option in offered(app)]
    assert not [option for option in offered(app) if "good epoch 1" in option]
    assert "2 more rejected networks are not listed" in hidden(app)
    table = next(frame.value for frame in app.dataframe if "predicted" in frame.value)
    assert table["verdict"].tolist() == ["✖ rejected", "✔ accepted"]


def test_the_verdict_on_a_run_that_was_not_noted_is_found_by_its_checkpoint(
    open_page: Open, judged: Judged
) -> None:
    app = open_page("compare", judged.store, model=judged.older, image="3")
    table = next(frame.value for frame in app.dataframe if "predicted" in frame.value)
    assert table["verdict"].tolist() == ["✖ rejected"]


def test_colours_offers_rejected_networks_on_request(open_page: Open, judged: Judged) -> None:
    app = open_page("colours", judged.store)
    assert [name_of(option) for option in offered(app)] == ["good epoch 2 · ✔ accepted"]
    assert "2 rejected networks are not listed" in hidden(app), "not a run and its evaluations each"
    app.sidebar.button(key="show-hidden").click().run()
    sound(app)
    assert not hidden(app)
    assert [name_of(option) for option in offered(app)] == [
        "bad epoch 1 · ✖ rejected",
        "bad epoch 2 · ✖ rejected",
        "good epoch 1 · ✖ rejected",
        "good epoch 2 · ✔ accepted",
    ]


@pytest.mark.parametrize("page", ["overview", "progression", "trust", "walkthrough"])
def test_a_choice_of_runs_says_what_it_hides(open_page: Open, tmp_path: Path, page: str) -> None:
    store = new_store(tmp_path)
    bad, _ = (start_run(store, name, {"epochs": 1}, arch="smallgap") for name in ("bad", "good"))
    assert not hidden(open_page(page, store))
    decide(store, bad, "rejected", "nothing learnt", "Ann")
    app = open_page(page, store)
    picker = next(
        one
        for one in (*app.selectbox, *app.multiselect)
        if one.key in ("run-choice", "runs-choice")
    )
    assert len(picker.options) == 1
    assert "1 rejected run is not listed" in hidden(app)
    app.sidebar.button(key="show-hidden").click().run()
    sound(app)
    assert not hidden(app)
    again = app.selectbox if picker.key == "run-choice" else app.multiselect
    assert len(again(key=picker.key).options) == 2
    worse = start_run(store, "worse", {"epochs": 1}, arch="smallgap")
    decide(store, worse, "rejected", "nothing learnt", "Ann")
    app = open_page(page, store, run=worse)
    assert "1 more rejected run is not listed" in hidden(app)
    assert "What you chose stays listed" in " ".join(one.value for one in app.sidebar.caption)


def test_a_link_to_colours_shows_a_rejected_network(open_page: Open, judged: Judged) -> None:
    app = open_page("colours", judged.store, run=judged.epoch_rejected)
    assert app.selectbox(key="colours-network").value == judged.epoch_rejected
    assert [name_of(option) for option in offered(app)] == [
        "good epoch 1 · ✖ rejected",
        "good epoch 2 · ✔ accepted",
    ]
    assert "1 more rejected network is not listed" in hidden(app)


@pytest.mark.parametrize("page", ["compare", "colours"])
def test_a_store_with_rejected_networks_alone_says_so(
    open_page: Open, tmp_path: Path, page: str
) -> None:
    store = new_store(tmp_path)
    run_id = start_run(store, "early", {}, arch="smallgap")
    synthesise(store, 2, trained_run=run_id)
    decide(store, run_id, "rejected", "nothing learnt", "Ann")
    app = open_page(page, store)
    assert "choose another verdict in the sidebar" in app.info[0].value
    app.sidebar.pills(key="standings").set_value(ALL).run()
    assert not app.exception
    assert "choose another verdict" not in str(app.info)


def test_a_run_that_was_deleted_leaves_its_evaluations(open_page: Open, tmp_path: Path) -> None:
    store = new_store(tmp_path)
    run_id = start_run(store, "gone", {}, arch="smallgap")
    (evaluated,) = synthesise(store, 1, trained_run=run_id)
    store.client.delete_run(run_id)
    assert read_evaluation(store, evaluated).trained_run == run_id
    assert len(offered(open_page("compare", store))) == 1


def test_verdicts_are_asked_for_where_there_are_some(open_page: Open, tmp_path: Path) -> None:
    """Networks that nobody judged are compared without a word of verdicts."""
    store = new_store(tmp_path)
    run_id = start_run(store, "early", {}, arch="smallgap")
    synthesise(store, 2, trained_run=run_id)
    decide(store, run_id, "rejected", "nothing learnt", "Ann")
    others = synthesise(store, 2, name="others")
    app = open_page("compare", store)
    assert len(app.multiselect(key="task-models").options) == len(others)
    assert not app.sidebar.pills
    groups = app.sidebar.selectbox(key="compare-group-choice")
    groups.select(next(o for o in groups.options if "noise" in o)).run()
    assert app.sidebar.pills(key="standings")
    assert "2 rejected networks are not listed" in hidden(app)

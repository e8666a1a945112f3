"""Every page on a run that a loop of its own trained, whose network nobody here can build."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

import saliencnn
from app.parts.verdict_form import OPEN
from pipelines.report.make import make_report
from pipelines.review.decisions import decide
from saliencnn.models.architectures import ARCHITECTURES, Architecture
from saliencnn.store.connection import Store
from saliencnn.store.networks import describe_missing
from saliencnn.store.runs import RunInfo, read_run
from tests.helpers.loops import CLASSES, LoopNet, halves
from tests.helpers.stores import new_store
from tests.helpers.views import plain_texts

Open = Callable[..., AppTest]
PAGES = ("home", "overview", "progression", "trust", "retrain", "colours", "compare")
OFFERS = ("trust-check-", "interventions-")
"""How the keys of buttons begin that begin work with the network."""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, RunInfo, RunInfo]:
    """Two runs on the same images, one channel and not square."""
    store = new_store(tmp_path_factory.mktemp("watched"))
    runs = []
    for name in ("first", "second"):
        data = halves(24, 1, channels=1, shape=(24, 40))
        with saliencnn.watch(
            LoopNet(channels=1), data, classes=CLASSES, store=store, name=name,
            settings={"optimizer": "Lion"},
        ) as run:  # fmt: skip
            run.epoch(train_loss=1.0)
            run.epoch(train_loss=0.5)
        runs.append(read_run(store, run.run_id))
    return store, runs[0], runs[1]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_it(
    page: str, watched: tuple[Store, RunInfo, RunInfo], open_page: Open
) -> None:
    store, run, _ = watched
    app = open_page(page, store, run=run.run_id)
    assert not app.exception
    assert [one.value for one in app.error] == []
    assert [one.value for one in app.warning] == []


def test_what_needs_the_network_says_how_to_give_it(
    watched: tuple[Store, RunInfo, RunInfo], open_page: Open
) -> None:
    store, run, _ = watched
    app = open_page("trust", store, run=run.run_id)
    assert "SALIENCNN_OWN_NETWORKS" in plain_texts(app)
    assert "tests.helpers.loops:LoopNet" in describe_missing(run)
    assert not [one.key for one in app.button if str(one.key).startswith(OFFERS)]


def test_with_the_network_at_hand_maps_can_be_checked(
    watched: tuple[Store, RunInfo, RunInfo], open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, run, _ = watched
    row = Architecture(
        "trunk", "classify", build=lambda num_classes: LoopNet(num_classes, channels=1)
    )
    monkeypatch.setitem(ARCHITECTURES, "loopnet", row)
    app = open_page("trust", store, run=run.run_id)
    assert not app.exception
    assert not app.error
    assert "trust-check-all" in {one.key for one in app.button}


def test_settings_that_nobody_gave_are_shown_nowhere(
    watched: tuple[Store, RunInfo, RunInfo], open_page: Open
) -> None:
    store, run, _ = watched
    overview = open_page("overview", store, run=run.run_id)
    (table,) = [one.value for one in overview.dataframe if "meaning" in one.value.columns]
    shown = table.iloc[:, 0].to_dict()
    assert shown["optimizer"] == "Lion"
    assert shown["initial weights"] == "not known"
    assert shown["image size (px)"] == "24 x 40, 1 channel"
    assert "learning_rate" not in shown
    retrain = open_page("retrain", store, run=run.run_id)
    assert "loop of its own" in plain_texts(retrain)
    assert not retrain.number_input


def test_two_of_them_stand_beside_each_other(
    watched: tuple[Store, RunInfo, RunInfo], open_page: Open
) -> None:
    store, first, second = watched
    app = open_page("progression", store, run=first.run_id, beside=second.run_id)
    assert not app.exception
    assert not app.error
    retrain = open_page("retrain", store, run=first.run_id)
    retrain.session_state["retrain-section"] = "Before and after"
    retrain.run()
    assert not retrain.exception
    assert not retrain.error


def test_a_report_of_it_can_be_made(watched: tuple[Store, RunInfo, RunInfo]) -> None:
    store, first, second = watched
    page = make_report(store, [first.run_id, second.run_id])
    assert "not known" in page
    assert "saliencnn train" not in page


def test_an_accepted_epoch_says_how_its_network_is_given(
    watched: tuple[Store, RunInfo, RunInfo], open_page: Open
) -> None:
    store, _, run = watched
    decide(store, run.run_id, "accepted", "Looks at the bright half", "Ann", 2)
    app = open_page("overview", store, run=run.run_id)
    app.session_state[OPEN] = f"verdicts-{run.run_id}-run"
    app.run()
    assert not app.exception
    shown = [one.value for one in app.code]
    assert "SALIENCNN_OWN_NETWORKS=loopnet=FILE.py:FUNCTION" in shown
    assert any("load_accepted" in one for one in shown)

"""The trust page: what it says beside the results, and how often it reads."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from app.reads import stored_runs
from app.trust.drawings import DRAWINGS
from pipelines.trust.audit import audit
from pipelines.trust.results import find_logit_change
from saliencnn.checks.table import CHECKS
from saliencnn.store import check_results
from saliencnn.store.artifacts import delete_folder, location_of, read_bytes
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from tests.helpers.sheets import sheets_of
from tests.helpers.views import view

QUESTION = "How unique is this mask?"


@pytest.fixture
def app(store: Store, seeded_run: RunInfo, look_at: Callable[[Store], None]) -> AppTest:
    """The page of a run that nobody has asked anything yet."""
    delete_folder(store, location_of(store, seeded_run.run_id), "checks")
    look_at(store)
    app = view("trust", 120)
    app.query_params["run"] = seeded_run.run_id
    return app


def captions(app: AppTest) -> str:
    return "\n".join(str(caption.value) for caption in app.caption)


def test_the_table_tells_how_far_the_signal_moved_a_logit(
    app: AppTest, store: Store, seeded_run: RunInfo
) -> None:
    found = audit(store, seeded_run, seeded_run.epoch, 6, ("gradcam",), checks=("variance",))
    moved = find_logit_change(found["variance"])
    assert moved is not None
    app.run()
    assert not app.exception
    assert f"Input variance: {moved.in_words()}." in captions(app)
    assert f"largest change of any logit {moved.change:.2g}" in moved.in_words()


def test_every_check_has_a_drawing() -> None:
    assert set(DRAWINGS) == set(CHECKS)


def test_an_audit_is_downloaded_once(
    app: AppTest, store: Store, seeded_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the table, its curves and what the sidebar says in short, and however often one looks."""
    audit(store, seeded_run, seeded_run.epoch, 6, ("gradcam",))
    audit(store, seeded_run, seeded_run.epoch, 5, ("gradcam", "cam"), checks=("stability",))
    downloads: list[str] = []

    def count(store: Store, location: str, path: str) -> bytes:
        if path.startswith("checks/trust/"):
            downloads.append(path)
        return read_bytes(store, location, path)

    monkeypatch.setattr(check_results, "read_bytes", count)
    app.session_state["methods"] = ["gradcam"]
    app.session_state["trust-check"] = "faithfulness"
    for _ in range(3):
        stored_runs.forget_audits()  # as after 20 seconds
        app.run()
        assert not app.exception
        assert not app.error
    assert len(downloads) == len(set(downloads)) == 2


def test_a_person_learns_how_unique_bbmps_mask_is(app: AppTest) -> None:
    """The answer stays, for the next person too."""
    app.session_state["methods"] = ["gradcam"]
    app.session_state["trust-check"] = "stability"
    app.run()
    assert QUESTION not in [button.label for button in app.button]
    app.session_state["methods"] = ["bbmp"]
    app.run()
    (button,) = (button for button in app.button if button.label == QUESTION)
    assert not app.metric
    button.click().run()
    assert not app.exception
    assert QUESTION not in [button.label for button in app.button], "it is answered"
    (number,) = (metric.value for metric in app.metric)
    assert -1 <= float(number) <= 1
    assert "The search began from 4 places" in captions(app)
    (sheet,) = (sheet for sheet in sheets_of(app) if "random 2" in sheet["columns"])
    assert "deviation" in sheet["columns"]
    assert str(sheet["rows"]).count("objective") >= 4
    again = view("trust", 120)
    again.query_params["run"] = app.query_params["run"]
    again.session_state["methods"] = ["bbmp"]
    again.session_state["trust-check"] = "stability"
    again.run()
    assert [metric.value for metric in again.metric] == [number]
    assert QUESTION not in [button.label for button in again.button]


def test_a_browser_that_sends_no_check_back_gets_the_first(app: AppTest) -> None:
    app.session_state["methods"] = ["gradcam"]
    app.session_state["trust-check"] = None
    app.run()
    assert not app.exception
    assert not app.error
    assert app.session_state["trust-check"] == "variance"

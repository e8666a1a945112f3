"""The trust page: what it says beside the results, and how often it reads."""

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.parts.map_checks import SHORT
from app.parts.works import check_key
from app.reads import stored_runs
from app.trust.drawings import CAPTIONS, DRAWINGS
from app.trust.run_check import ALL, SHOWN, list_choices
from app.trust.table import COLORS
from pipelines.trust.audit import AUDITED_METHODS, audit
from pipelines.trust.results import find_logit_change
from saliencnn.checks.table import CHECKS
from saliencnn.saliency.methods import FIRST_METHODS
from saliencnn.store import check_results
from saliencnn.store.artifacts import delete_folder, location_of, read_bytes
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo
from tests.app.test_comparecharts import contrast
from tests.helpers.sheets import sheets_of
from tests.helpers.views import view
from tests.helpers.working import press_and_wait

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
    assert f"Here: {moved.in_words()}." in captions(app)
    assert f" {moved.change:.2g} " in moved.in_words()


def test_every_check_has_a_drawing_or_a_caption_of_its_own() -> None:
    assert sorted([*DRAWINGS, *CAPTIONS]) == sorted(CHECKS)


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


def test_what_is_kept_of_an_image_is_read_once(
    app: AppTest, store: Store, seeded_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = view("trust", 120)
    for one in (app, again):
        one.query_params["run"] = seeded_run.run_id
        one.query_params["check"] = "classes"
    app.run()
    assert sheets_of(app)
    downloads: list[str] = []

    def count(store: Store, location: str, path: str) -> bytes:
        if path.startswith("checks/classes/"):
            downloads.append(path)
        return read_bytes(store, location, path)

    monkeypatch.setattr(check_results, "read_bytes", count)
    for _ in range(3):
        again.run()
        assert not again.exception
        assert sheets_of(again) == sheets_of(app)
    assert len(downloads) == len(set(downloads)) == len(FIRST_METHODS)


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
    press_and_wait(app, button.key, button.key)
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
    again.query_params["method"] = "bbmp"
    again.query_params["check"] = "stability"
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


def markdown(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in app.markdown).replace("\\", "")


def test_the_page_alone_checks_the_maps_and_says_which_to_believe(
    app: AppTest, seeded_run: RunInfo
) -> None:
    """And what is known of the network is told apart."""
    app.session_state["methods"] = ["gradcam"]
    app.run()
    assert "Nobody has checked the maps" in markdown(app)
    assert not app.dataframe
    first = markdown(app)
    assert first.index("Nobody has checked the maps") < first.index("Where the network looks.")
    images = app.selectbox(key="trust-images")
    assert images.options == ["all 16"]
    press_and_wait(app, "trust-check-all", check_key(seeded_run, seeded_run.epoch))
    assert not app.exception
    assert not app.error
    assert "Nobody has checked the maps" not in markdown(app)
    said = markdown(app)
    assert said.index("Which maps to believe") < said.index("Where the network looks.")
    assert any(lead in said for lead in ("Believe **", "Read with care **", "Do not rely on **"))
    (table,) = (frame.value for frame in app.dataframe)
    order = "✓~✗–"
    marks = [order.index(str(method)[0]) for method in table.index]
    assert marks == sorted(marks), "what to believe comes first"
    assert [row.short for row in CHECKS.values()] == list(table.columns)


def test_a_link_shows_the_cell_that_its_sender_clicked(
    app: AppTest, store: Store, seeded_run: RunInfo
) -> None:
    table = audit(store, seeded_run, seeded_run.epoch, 6, ("gradcam", "gradient"))
    found = table["stability"]["gradient"]
    best = str(found.images[np.nanargmax(found.numbers)])
    app.query_params["image"] = best
    app.query_params["check"] = "stability"
    app.query_params["cell"] = "gradient"
    app.session_state["methods"] = ["gradcam"]
    app.run()
    assert not app.exception
    assert not app.warning
    assert "Gradient: stability" in [heading.value for heading in app.subheader]
    assert app.session_state["trust-source"] == "Images of the result"
    shown = [app.query_params[name] for name in ("check", "cell", "image")]
    assert shown == ["stability", "gradient", best]
    assert app.selectbox(key=f"trust-result-{seeded_run.run_id}-stability").value == int(best)
    app.query_params["cell"] = "bbmp"  # nobody has checked it
    app.run()
    assert "What the checks do" in [heading.value for heading in app.subheader]
    assert "cell" not in app.query_params


def test_what_label_randomization_needs_is_one_click_away(
    app: AppTest, store: Store, seeded_run: RunInfo
) -> None:
    audit(store, seeded_run, seeded_run.epoch, 6, ("gradcam",), checks=("variance", "labels"))
    app.session_state["methods"] = ["gradcam"]
    app.run()
    label = "Judge label randomization"
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    assert app.session_state["trust-check"] == "labels"
    assert "Queue a control network" in [button.label for button in app.button]
    assert any("trust-evidence" in html.proto.body for html in app.get("html")), "it scrolls there"


@pytest.mark.parametrize(("theme", "page"), [("light", "#ffffff"), ("dark", "#121212")])
def test_outcomes_can_be_read(theme: str, page: str) -> None:
    assert all(contrast(color, page) >= 4.5 for color in COLORS[theme].values())


@pytest.mark.parametrize(
    ("shown", "few"),
    [
        (["bbmp", "gradcam"], ["gradcam"]),  # BBMP takes too long to be checked
        (["bbmp"], list(FIRST_METHODS)),
        (AUDITED_METHODS, None),
    ],
)
def test_few_methods_or_all_can_be_checked(
    seeded_run: RunInfo, shown: list[str], few: list[str] | None
) -> None:
    choices = list_choices(seeded_run, shown)
    assert choices[ALL] == list(AUDITED_METHODS)
    assert choices.get(SHOWN) == few


def test_the_first_check_takes_a_minute_or_two_where_so_few_images_can_do(
    app: AppTest, seeded_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.parts.map_checks.IMAGE_COUNTS", (4, 8))
    for seconds_an_image, images in ((SHORT / 9, 8), (SHORT, 4), (None, 4)):
        again = view("trust", 120)
        again.query_params["run"] = seeded_run.run_id
        monkeypatch.setattr(
            "app.trust.run_check.estimate_check",
            lambda _store, _run, _methods, one=seconds_an_image: one,
        )
        again.run()
        assert not again.exception
        assert again.selectbox(key="trust-images").value == images

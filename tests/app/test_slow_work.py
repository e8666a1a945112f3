"""Work of minutes that a page begins goes on whoever looks, and all see how it stands."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest, local_script_runner
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from app.parts.checking import CHECKING, note_checking
from app.parts.findings import UNCHECKED
from app.parts.login import read_access
from app.parts.missing_maps import COMPUTE
from app.parts.works import check_key
from pipelines.computing import asking
from pipelines.computing.background import State, the_background
from pipelines.computing.computer import Computer
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.sentences import count
from saliencnn.findings.finding import Evidence, Finding, Severity
from saliencnn.maps.kept import KeptMaps
from saliencnn.maps.requests import MapRequest
from saliencnn.plugins import VARIABLE
from saliencnn.saliency import METHODS
from saliencnn.saliency.methods import FIRST_METHODS
from saliencnn.store.artifacts import delete_folder, location_of
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo
from saliencnn.trust.audit_record import list_audits, read_audits
from tests.app.test_writing import VISITOR, let_write
from tests.helpers import held, held_check
from tests.helpers.plugins import plugins_for_a_while
from tests.helpers.sheets import sheets_of
from tests.helpers.stores import copy_store
from tests.helpers.views import plain_texts, view
from tests.helpers.waiting import wait_for
from tests.helpers.working import SECONDS, await_end, begun, press_and_wait

Open = Callable[[], AppTest]
CHECK = "trust-check-shown"
NAME = "Ann [x](http://evil.example)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def computer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Computer]:
    """What takes minutes: it knows a check and a method that go on until a test lets them go."""
    monkeypatch.setenv("HELD", str(folder))
    monkeypatch.setenv(VARIABLE, f"{held.__file__},{held_check.__file__}")
    computer = Computer()
    monkeypatch.setattr(asking, "the_slow_computer", lambda: computer)
    with plugins_for_a_while("held", "held_check"):
        yield computer
        (folder / "go").touch()
        wait_for(lambda: computer.close() or computer.pid is None, SECONDS)


@pytest.fixture
def key(seeded_run: RunInfo) -> str:
    return check_key(seeded_run, seeded_run.epoch)


@pytest.fixture
def open_trust(
    computer: Computer, store: Store, seeded_run: RunInfo, look_at: Callable[[Store], None]
) -> Open:
    """Open the page of a run that nobody has checked, each time in another session."""
    delete_folder(store, location_of(store, seeded_run.run_id), "checks")
    look_at(store)

    def open_trust() -> AppTest:
        app = view("trust", 120)
        app.query_params["run"] = seeded_run.run_id
        return app.run()

    return open_trust


@pytest.fixture(autouse=True)
def _fresh_access() -> Iterator[None]:
    read_access.cache_clear()
    yield
    read_access.cache_clear()


def keys(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


def said(app: AppTest) -> str:
    """Return what a page says; what would become a link is broken up."""
    return plain_texts(app).replace("\u2060", "")


def bars(app: AppTest) -> list[str]:
    return [bar.proto.text for bar in app.get("progress")]


def test_a_check_goes_on_whoever_looks_and_all_see_one(
    open_trust: Open, folder: Path, key: str, store: Store, seeded_run: RunInfo
) -> None:
    first = open_trust()
    first.session_state["person"] = NAME
    first.button(key=CHECK).click().run()
    assert not first.exception
    assert bars(first)
    assert f"stop-{key}" in keys(first)
    assert CHECK not in keys(first), "it is under way"
    wait_for(lambda: begun(folder), SECONDS)
    first.switch_page("views/overview.py").run()
    assert not first.exception
    assert "Checking the maps of" in said(first)
    (link,) = [one.proto for one in first.get("page_link") if one.proto.label == "See it"]
    assert link.page == "trust"
    assert seeded_run.run_id in link.query_string
    colleague = open_trust()
    assert "See it" not in {one.proto.label for one in colleague.get("page_link")}, "it is seen"
    assert f"stop-{key}" in keys(colleague)
    assert NAME in said(colleague)
    assert "[x](" not in "".join(caption.value for caption in colleague.caption)
    wait_for(lambda: (standing := the_background().find(key)) and standing.fraction, SECONDS)
    assert "%" in bars(colleague.run())[0]
    (folder / "go").touch()
    assert await_end(key).state == State.DONE
    for _ in range(2):
        assert said(first.run()).count("methods: done") == 1
    for app in (colleague.run(), first.switch_page("views/trust.py").run(), open_trust()):
        assert not app.exception
        assert not app.error
        assert not bars(app)
        assert CHECK in keys(app)
        assert len(app.dataframe[0].value) == len(FIRST_METHODS)
    assert len(list_audits(store, seeded_run.run_id)) == 1
    for app in (colleague, first):
        app.switch_page("views/overview.py").run()
        assert "Checking the maps of" not in said(app), "it was seen, or is another's"


def test_what_was_found_of_other_methods_stays(
    open_trust: Open, folder: Path, key: str, store: Store, seeded_run: RunInfo
) -> None:
    (folder / "go").touch()
    app = open_trust()
    for methods in (["cam"], ["gradient"]):
        app.session_state["methods"] = methods
        app.run().button(key=CHECK).click().run()
        await_end(key)
        app.run()
    assert len(app.dataframe[0].value) == 2
    found = read_audits(store, seeded_run.run_id)
    assert [[*audit.results["variance"]] for audit in found] in (
        [["cam"], ["gradient"]],
        [["gradient"], ["cam"]],
    )


def test_any_of_them_stops_it(
    open_trust: Open, folder: Path, key: str, store: Store, seeded_run: RunInfo
) -> None:
    first, second = open_trust(), open_trust()
    first.button(key=CHECK).click().run()
    wait_for(lambda: begun(folder), SECONDS)
    second.run().session_state["person"] = NAME
    second.button(key=f"stop-{key}").click().run()
    assert await_end(key).state == State.STOPPED
    for app in (first.run(), second):
        assert not app.exception
        assert not bars(app)
        assert CHECK in keys(app)
        assert NAME in said(app)
    # The process is free, although nobody has let the check go.
    assert asking.compute_slowly(count, 1, "map", "maps") == "1 map"
    assert not list_audits(store, seeded_run.run_id)


def test_a_failure_is_said_in_a_sentence_and_can_be_tried_again(
    open_trust: Open, folder: Path, key: str, computer: Computer
) -> None:
    app = open_trust()
    app.button(key=CHECK).click().run()
    wait_for(lambda: begun(folder), SECONDS)
    assert computer.pid
    os.kill(computer.pid, signal.SIGKILL)
    assert await_end(key).state == State.FAILED
    for one in (app.run(), open_trust()):
        (said,) = (error.value for error in one.error)
        assert "was killed" in said
        assert CHECK in keys(one)
    (folder / "go").touch()
    app.button(key=CHECK).click().run()
    assert not app.error
    assert await_end(key).state == State.DONE
    assert app.run().dataframe


def test_who_may_not_write_sees_it_and_neither_begins_nor_stops_it(
    open_trust: Open, folder: Path, key: str
) -> None:
    app = open_trust()
    app.user = {"is_logged_in": True, "email": VISITOR, "email_verified": True}
    let_write(app, "ann@lab.org")
    app.run()
    assert not [one for one in keys(app) if one.startswith(("trust-check-", "interventions-"))]
    let_write(app, VISITOR)
    app.run().button(key=CHECK).click().run()
    wait_for(lambda: begun(folder), SECONDS)
    assert VISITOR in said(app)
    let_write(app, "ann@lab.org")
    app.button(key=f"stop-{key}").click().run()  # drawn while the person could write
    assert not app.exception
    assert the_background().find(key).state == State.UNDER_WAY  # type: ignore[union-attr]
    assert bars(app)
    assert "may look but not write" in "".join(error.value for error in app.error)
    assert f"stop-{key}" not in keys(app)


@pytest.fixture
def open_progression(
    computer: Computer,
    store: Store,
    seeded_run: RunInfo,
    look_at: Callable[[Store], None],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Open:
    """Open an image's maps of a method that training did not log, each time in another session."""
    monkeypatch.setitem(METHODS, "held", held.METHODS["held"])
    look_at(copy_store(store, folder / "store"))

    def open_progression() -> AppTest:
        app = view("progression", 120)
        app.query_params["run"] = seeded_run.run_id
        app.query_params["method"] = "held"
        return app.run()

    return open_progression


def missing_button(app: AppTest) -> str:
    (button,) = (one for one in app.button if one.label == COMPUTE)
    return str(button.key)


def has_maps(app: AppTest) -> list[bool]:
    (shown,) = sheets_of(app)
    (row,) = shown["rows"]
    return ["values" in cell for cell in row["cells"]]


def test_missing_maps_are_computed_whoever_looks(open_progression: Open, folder: Path) -> None:
    first = open_progression()
    key = missing_button(first)
    assert not any(has_maps(first))
    first.session_state["person"] = NAME
    first.button(key=key).click().run()
    assert not first.exception
    wait_for(lambda: begun(folder), SECONDS)
    first.switch_page("views/overview.py").run()
    colleague = open_progression()
    assert bars(colleague)
    assert NAME in said(colleague)
    assert {key, f"stop-{key}"} & keys(colleague) == {f"stop-{key}"}
    colleague.button(key=f"stop-{key}").click().run()
    assert await_end(key).state == State.STOPPED
    assert key in keys(colleague.run())
    (folder / "go").touch()
    app = press_and_wait(colleague, key, key)
    for one in (app, open_progression()):
        assert not one.exception
        assert not bars(one)
        assert key not in keys(one)
        assert all(has_maps(one))


def test_who_may_not_write_waits_for_missing_maps_on_the_page(
    open_progression: Open, folder: Path
) -> None:
    (folder / "go").touch()
    app = open_progression()
    app.user = {"is_logged_in": True, "email": VISITOR, "email_verified": True}
    let_write(app, "ann@lab.org")
    key = missing_button(app.run())
    app.button(key=key).click().run()
    assert not app.exception
    assert not app.error
    assert the_background().find(key) is None
    assert all(has_maps(app))


def test_before_and_after_computes_its_missing_maps_beside_the_page(
    computer: Computer,
    folder: Path,
    store: Store,
    seeded_run: RunInfo,
    look_at: Callable[[Store], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(METHODS, "held", held.METHODS["held"])
    copy = copy_store(store, folder / "store")
    values = Hyperparameters.from_mapping({**seeded_run.hyperparameters, "epochs": 1})
    after = train(copy, Request(seeded_run.data, image_size=48, hyperparameters=values))
    look_at(copy)

    def open_both() -> AppTest:
        app = view("overview", 120).run().switch_page("views/retrain.py")
        query = {"run": seeded_run.run_id, "section": "before-after", "method": "held"}
        for name, value in {**query, "beside": after}.items():
            app.query_params[name] = value
        return app.run()

    first = open_both()
    assert not first.exception
    stops = {one.removeprefix("stop-") for one in keys(first) if one.startswith("stop-maps-")}
    assert {one.split("-")[1] for one in stops} == {seeded_run.run_id, after}
    assert len(bars(first)) == len(stops), "the page is there, and says how far they are"
    state, awaited = first.session_state, "slow-work-awaited"
    unasked = awaited not in state or not stops & {*state[awaited]}
    assert unasked, "nobody asked for these, so no other page tells of their end"
    (folder / "go").touch()
    for key in stops:
        assert await_end(key).state == State.DONE
    second = open_both()
    assert not bars(second)
    cells = [cell for sheet in sheets_of(second) for row in sheet["rows"] for cell in row["cells"]]
    assert cells
    assert all("values" in cell for cell in cells)


def obtain_maps_of_many(store: object, requests: object) -> None:
    import streamlit

    from app.parts.obtaining import obtain_maps

    streamlit.caption(f"{len(obtain_maps(store, requests, ['held']))} maps")  # type: ignore[arg-type]


@pytest.mark.parametrize("writes", [True, False])
def test_many_maps_are_computed_also_when_who_may_write_has_left(
    computer: Computer,
    folder: Path,
    store: Store,
    planted_evaluations: list[EvaluationInfo],
    monkeypatch: pytest.MonkeyPatch,
    writes: bool,
) -> None:
    def leave(runner: LocalScriptRunner, _timeout: float) -> None:
        wait_for(lambda: begun(folder), SECONDS)
        runner.request_stop()
        assert runner._script_thread
        runner._script_thread.join()

    monkeypatch.setitem(METHODS, "held", held.METHODS["held"])
    monkeypatch.setattr("app.parts.obtaining.AT_ONCE", 0)
    monkeypatch.setattr("app.parts.obtaining.may_write", lambda: writes)
    st.cache_resource.clear()
    image = 20 + writes
    requests = [MapRequest(info, image, 1) for info in planted_evaluations]
    app = AppTest.from_function(obtain_maps_of_many, args=(store, requests))
    with monkeypatch.context() as patch:
        patch.setattr(local_script_runner, "require_widgets_deltas", leave)
        app.run()
    assert not app.caption
    if not writes:
        asking.compute_slowly(count, 1, "map", "maps")  # the process is free: nobody wants them
        assert not KeptMaps(store).find(requests, ["held"])
    (folder / "go").touch()
    if writes:
        wait_for(lambda: len(KeptMaps(store).find(requests, ["held"])) == len(requests), SECONDS)
    before = begun(folder)
    assert [one.value for one in app.run(timeout=60).caption] == [f"{len(requests)} maps"]
    assert writes == (begun(folder) == before), "what is kept is not computed again"


def test_nobody_is_asked_to_check_what_is_being_checked(
    open_trust: Open, folder: Path, key: str, seeded_run: RunInfo
) -> None:
    asks = Finding(UNCHECKED, Severity.NOTE, "By its maps.", "Check them.", Evidence("trust"))
    other = replace(asks, rule="memorized")
    epoch = seeded_run.epoch
    assert note_checking(seeded_run, epoch, [asks, other]) == [asks, other]
    open_trust().button(key=CHECK).click().run()
    wait_for(lambda: begun(folder), SECONDS)
    told = note_checking(seeded_run, epoch, [asks, other])
    assert told == [replace(asks, advice=CHECKING), other]
    (folder / "go").touch()
    await_end(key)
    assert note_checking(seeded_run, epoch, [asks]) == [asks]

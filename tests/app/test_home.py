"""Home: what is there at a glance, and where to go."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from streamlit.testing.v1 import AppTest

from app.colours.state import STATE as COLOURS
from app.compare.state import STATE as COMPARE
from app.home.doors import DOORS
from app.home.runs import AGE_WIDTH, FILTERS, NAME_WIDTH, PARAMETERS, TABLE_WIDTH, TICK_WIDTH
from app.home.tables import evaluations_frame, keep, runs_frame, search
from app.parts.columns import header_width
from app.parts.first_run import SOUND, First, find_newest, find_to_retrain, find_usable
from app.parts.runs import STATE as RUNS
from app.parts.widgets import plain
from app.reads import stored_evaluations, stored_runs
from saliencnn.findings.glance import warn
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.runs import RunInfo, finish_run, list_runs, start_run
from saliencnn.store.studies import study_run
from saliencnn.store.verdicts import Verdict, add_verdict, make_verdict
from tests.benchmarks.synthesise import many_runs
from tests.helpers.stores import new_store

Open = Callable[..., AppTest]
LONG_AGO = "2020-01-01T00:00:00.000000+00:00"


@pytest.fixture
def runs(tiny_run: RunInfo) -> list[RunInfo]:
    verdict = Verdict("rejected", "sticker", "Ann", LONG_AGO)
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
    runs = app.dataframe[0].value
    assert {tiny_run.name, seeded_run.name} <= set(runs["name"])
    row = runs[runs["name"] == tiny_run.name].iloc[0]
    assert row["accuracy"] == 100 * tiny_run.metrics["val_accuracy"]
    assert row["without_shortcut"] == 100 * tiny_run.metrics["counterfactual_accuracy"]
    assert "curve" in runs
    links = [one.proto for one in app.get("page_link")]
    assert len(links) >= len(DOORS)
    (which,) = (link for link in links if "Which network" in link.label)
    best = stored_evaluations.largest_group(store)[0]
    shown = f"&pin={best.run_id}"
    assert which.query_string == f"tab=networks{shown}", "the question, not what was chosen before"
    assert any(f"{best.image_set}." in one.value for one in app.caption), "which images it opens"
    further = {link.label: (link.page, link.query_string) for link in links}
    usable = find_usable(list_runs(store))
    assert usable is not None
    page, query = further["Explain an image of your own"]
    assert any(one.value.startswith(f"With {plain(usable.run.name)}") for one in app.caption)
    assert (page, query) == ("progression", f"run={usable.run.run_id}&images=own")
    assert further["Where they look when wrong"] == (
        "compare",
        f"tab=maps&level=true{shown}",
    )
    app = open_page("home", store, table="Evaluations")
    names = list(app.dataframe[0].value["name"])  # others of the same model make them longer
    for info in planted_evaluations:
        assert any(name.startswith(info.model) for name in names), (info.model, names)


def test_no_filter_has_the_name_of_what_a_link_to_another_page_says() -> None:
    """Else it goes from the address as Home is left, and the page shows something else."""
    filters = {PARAMETERS.get(column, column) for column in FILTERS} | {"search", "find", "table"}
    for state in (RUNS, COMPARE, COLOURS):
        assert not filters & {*state.parameters, *state.bound}, state.page


def test_accuracy_without_the_shortcut_is_listed_only_where_a_run_listed_has_it(
    open_page: Open, tmp_path: Path
) -> None:
    store = new_store(tmp_path)
    for images, metrics in (
        ("birds", {"val_accuracy": 0.5}),
        ("planted", {"val_accuracy": 0.5, "counterfactual_accuracy": 0.1}),
    ):
        tags = {"data": "x", "image_set": images, "images_id": images, "arch": "resnet18"}
        run_id = start_run(store, f"of {images}", {"epochs": 1}, None, **tags)
        for metric, value in {"epoch": 1, **metrics}.items():
            store.client.log_metric(run_id, metric, value, step=1)
    both, birds = (
        open_page("home", store, **query).dataframe[0].value for query in ({}, {"set": "birds"})
    )
    assert dict(zip(both["name"], both["without_shortcut"].fillna(-1), strict=True)) == {
        "of planted": 10,
        "of birds": -1,
    }
    assert birds["name"].tolist() == ["of birds"]
    assert "without_shortcut" not in birds
    assert "curve" in birds


def test_a_warning_stays_whole_beside_verdicts(open_page: Open, tmp_path: Path) -> None:
    store = new_store(tmp_path)
    tags = {"data": "x", "image_set": "birds", "images_id": "birds", "arch": "resnet18"}
    for name in ("first", "first · guidance both"):
        run_id = _finish_beside(store, name, tags)
    add_verdict(store, run_id, make_verdict("rejected", "looks beside", "Ann"))
    (table,) = open_page("home", store).dataframe
    assert {"verdict", "warning", "curve"} <= {*table.value}
    assert not {"images", "network"} & {*table.value}, "they say the same of every run"
    width = json.loads(table.proto.columns)["warning"]["width"]
    assert width >= header_width("⚠ looks beside the object")


def _finish_beside(store: Store, name: str, tags: Mapping[str, str]) -> str:
    """Store a finished run that is right and looks beside the object, and return its id."""
    run_id = start_run(store, name, {"epochs": 1}, None, **tags)
    metrics = {"epoch": 1, "val_accuracy": 0.9, "focus": 0.1, "counterfactual_accuracy": 0.9}
    for metric, value in metrics.items():
        store.client.log_metric(run_id, metric, value, step=1)
    finish_run(store, run_id, "FINISHED")
    return run_id


def test_no_column_is_cut_where_networks_images_and_verdicts_differ(
    open_page: Open, tmp_path: Path
) -> None:
    store = new_store(tmp_path)
    for name, network in (("first", "resnet18"), ("second", "mobilenet_v3_large")):
        tags = {"data": "x", "image_set": f"birds of {name}", "images_id": name, "arch": network}
        run_id = _finish_beside(store, name, tags)
    add_verdict(store, run_id, make_verdict("rejected", "looks beside", "Ann"))
    (table,) = open_page("home", store).dataframe
    assert {"verdict", "warning", "started"} <= {*table.value}
    assert not {"images", "network", "curve"} <= {*table.value}
    texts = table.value.drop(columns=["name", "started", "curve"], errors="ignore").astype(str)
    widths = [max(map(header_width, (title, *texts[title]))) for title in texts]
    assert TICK_WIDTH + NAME_WIDTH + AGE_WIDTH + sum(widths) <= TABLE_WIDTH


def test_retraining_begins_with_the_newest_run_that_needs_it(
    open_page: Open, tmp_path: Path
) -> None:
    store = new_store(tmp_path)
    tags = {"data": "x", "image_set": "birds", "arch": "resnet18"}

    def add(name: str, images: str = "birds", **metrics: float) -> str:
        run_id = start_run(store, name, {"epochs": 1}, None, **tags, images_id=images)
        for metric, value in {"epoch": 1, **metrics}.items():
            store.client.log_metric(run_id, metric, value, step=1)
        return run_id

    def leads_to() -> str:
        app = open_page("home", store)
        assert not app.exception
        door = next(one for one in app.get("page_link") if "Retrain it" in one.proto.label)
        return door.proto.query_string

    add("healthy", val_accuracy=0.97)
    assert leads_to() == ""
    warned = add("warned", val_accuracy=0.97, counterfactual_accuracy=0.1)
    rejected = add("rejected", val_accuracy=0.97)
    assert leads_to() == f"run={warned}"
    assert any("Begins with warned" in one.value for one in open_page("home", store).caption)
    add_verdict(store, rejected, make_verdict("rejected", "looks beside", "Ann"))
    add_verdict(store, warned, make_verdict("accepted", "good enough", "Ann"))
    add("healthy again", val_accuracy=0.99)
    assert leads_to() == f"run={warned}", "where nobody can go on from a rejected run"
    add_verdict(store, rejected, make_verdict("accepted", "after all", "Ann"))
    assert leads_to() == "", "what was accepted needs nothing"
    alone = add("of other images", "fish", val_accuracy=0.5)
    add_verdict(store, alone, make_verdict("rejected", "looks beside", "Ann"))
    assert leads_to() == f"run={alone}", "nothing better is on its images"
    worse = add("worse", "fish", val_accuracy=0.6)
    add("without it", "fish", val_accuracy=0.5, counterfactual_accuracy=0.5)
    assert leads_to() == f"run={worse}", "by accuracy: the other has no number without the shortcut"


def add_run(store: Store, name: str, **metrics: float) -> str:
    """Store a finished run of one epoch on birds."""
    tags = {"data": "x", "image_set": "birds", "arch": "resnet18", "images_id": "birds"}
    run_id = start_run(store, name, {"epochs": 1}, None, **tags)
    for metric, value in {"epoch": 1, **metrics}.items():
        store.client.log_metric(run_id, metric, value, step=1)
    finish_run(store, run_id, "FINISHED")
    return run_id


def test_an_image_of_ones_own_is_explained_by_an_accepted_network_or_the_best(
    open_page: Open, tmp_path: Path
) -> None:
    store = new_store(tmp_path)
    add = partial(add_run, store)

    def leads_to() -> tuple[str, str]:
        page = open_page("home", store)
        links = [one.proto for one in page.get("page_link")]
        (own,) = [one for one in links if "image of your own" in one.label]
        (told,) = [one.value for one in page.caption if one.value.startswith("With ")]
        return told.removeprefix("With ").rstrip(".").partition(",")[0], own.query_string.partition(
            "&"
        )[0]

    assert find_usable([]) is None
    old = add("old", val_accuracy=0.9)
    assert leads_to() == ("old", f"run={old}")
    good = add("good", val_accuracy=0.97, counterfactual_accuracy=0.98)
    add("retry", val_accuracy=0.6, counterfactual_accuracy=0.6)
    assert leads_to() == ("good", f"run={good}"), "the newest is a short retry"
    add_verdict(store, old, make_verdict("accepted", "looks at the head", "Ann"))
    assert leads_to() == ("old", f"run={old}")


def test_each_door_says_why_it_begins_with_its_run(open_page: Open, tmp_path: Path) -> None:
    """Three doors may name three runs, and the sentence below them a fourth."""
    store = new_store(tmp_path)
    add = partial(add_run, store)

    def is_said(*told: str) -> bool:
        captions = [one.value.replace("\\", "") for one in open_page("home", store).caption]
        return all(any(one in caption for caption in captions) for one in told)

    best = add("best", val_accuracy=0.97, counterfactual_accuracy=0.97)
    assert is_said("against best, the newest run", "With best.")
    add("warned", val_accuracy=0.9, counterfactual_accuracy=0.1)
    add("short", val_accuracy=0.3, counterfactual_accuracy=0.3)
    highest = "With best, which has the highest accuracy without the shortcut"
    begins = "Begins with warned, the newest with a warning: ⚠ relies on a shortcut."
    assert is_said("against short, the newest run", f"{highest} on birds.", begins)
    short = list_runs(store)[0].run_id
    add_verdict(store, short, make_verdict("rejected", "too short", "Ann"))
    just_rejected = "Begins with short, rejected, and not retrained since."
    assert is_said("against warned, the newest run that nobody rejected", just_rejected)
    assert is_said(f"{highest} of the sound runs on birds.")
    add_verdict(store, best, make_verdict("accepted", "looks at the head", "Ann"))
    assert is_said("With best, accepted.")


def take(runs: list[RunInfo]) -> RunInfo:
    """Return the run to explain with, which must be there."""
    found = find_usable(runs)
    assert found is not None
    return found.run


def test_networks_are_ranked_without_the_shortcut_only_where_all_sound_ones_have_it(
    tiny_run: RunInfo,
) -> None:
    def make(name: str, **metrics: float) -> RunInfo:
        return replace(tiny_run, run_id=name, images_id="birds", verdicts=(), metrics=metrics)

    known = make("known", val_accuracy=0.9, counterfactual_accuracy=0.4)
    unknown = make("unknown", val_accuracy=0.98)
    other = make("other", val_accuracy=0.8, counterfactual_accuracy=0.7)
    assert take([known, unknown]) == unknown
    assert take([known, other]) == other
    convicted = replace(unknown, conviction="reads the background")
    assert take([convicted, known, other]) == other, "it needs no number"


def test_a_sound_network_on_other_images_goes_before_a_convicted_one(tiny_run: RunInfo) -> None:
    def make(name: str, images: str, **changes: Any) -> RunInfo:
        metrics = {"val_accuracy": 0.9}
        kept = {"images_id": images, "verdicts": (), "metrics": metrics, **changes}
        return replace(tiny_run, run_id=name, **kept)

    convicted = make("convicted", "new", conviction="reads the background")
    random, sound = (
        make("random", "new", hyperparameters={"shuffle_labels": "True"}),
        make("sound", "old"),
    )
    assert take([convicted, random, sound]) == sound
    running = replace(sound, status="running")
    assert take([convicted, random, running]) == running
    assert take([convicted]) == convicted, "where there is no other"


@pytest.fixture
def make(tiny_run: RunInfo) -> Callable[..., RunInfo]:
    """Make a finished run by its name, accuracy, decision and what else differs."""

    def make_run(name: str, accuracy: float, decision: str = "", **changes: Any) -> RunInfo:
        decided = Verdict(
            "rejected" if decision == "rejected" else "accepted", "why", "Ann", LONG_AGO
        )
        usual = {
            "verdicts": (decided,) if decision else (),
            "metrics": {"val_accuracy": accuracy},
            "image_set": "birds",
            "images_id": "birds",
            "status": "finished",
        }
        return replace(tiny_run, run_id=name, name=name, **{**usual, **changes})

    return make_run


WARNED = {"val_accuracy": 0.9, "counterfactual_accuracy": 0.1}


def test_the_newest_run_is_called_so_only_where_it_is(make: Callable[..., RunInfo]) -> None:
    old, rejected = make("old", 0.9), make("rejected", 0.9, "rejected")
    fresh = make("fresh", 0.0, epoch=0)
    control = make("control", 0.1, hyperparameters={"shuffle_labels": "True"})

    def why(*runs: RunInfo) -> str:
        found = find_newest(runs)
        assert found is not None
        assert found.run == old
        return found.why

    assert find_newest([]) is None
    assert why(old, rejected, control) == "the newest run"
    assert why(rejected, old) == "the newest run that nobody rejected"
    assert why(fresh, old) == "the newest run with an epoch"
    assert why(control, old) == "the newest run that is no control network"
    assert why(rejected, fresh, old) == "the newest run that nobody rejected and with an epoch"
    assert find_newest([rejected]) == First(rejected, "the newest run"), "there is no other"
    assert find_newest([fresh]) == First(fresh, "the newest run")


def test_the_run_to_explain_with_is_said_to_have_the_highest_accuracy_only_where_it_has(
    make: Callable[..., RunInfo],
) -> None:
    finished, stopped = make("finished", 0.8), make("stopped", 0.95, status="stopped")
    lower, convicted = make("lower", 0.7), make("convicted", 0.99, conviction="reads colours")
    own = make("own", 0.97, watched=True)

    def told(*runs: RunInfo) -> tuple[str, str]:
        found = find_usable(runs)
        assert found is not None
        assert found.run == finished
        return found.why, found.help

    highest = "which has the highest accuracy"
    assert told(finished) == ("", "")
    assert told(finished, lower) == (f"{highest} on birds", "")
    assert told(stopped, finished) == (f"{highest} of the finished runs on birds", "")
    assert told(convicted, finished) == (f"{highest} of the sound runs on birds", SOUND)
    assert told(convicted, stopped, finished)[0] == f"{highest} of the sound finished runs on birds"
    assert told(own, finished)[0] == f"{highest} of the runs on birds that saliencnn trained"


def test_the_run_to_retrain_is_the_newest_with_a_warning_that_nobody_rejected(
    make: Callable[..., RunInfo],
) -> None:
    older, newer = (make(name, 0.9, metrics=WARNED) for name in ("older", "newer"))
    fine, rejected = make("fine", 0.9), make("rejected", 0.9, "rejected", metrics=WARNED)
    assert find_to_retrain([rejected, newer, older]) == First(
        newer, "the newest with a warning that nobody rejected: ⚠ relies on a shortcut"
    )
    assert find_to_retrain([fine, newer, rejected, older]) == First(
        newer, "the newest with a warning: ⚠ relies on a shortcut"
    )
    convicted = make("convicted", 0.9, conviction="reads colours")
    found = find_to_retrain([newer, convicted, older])
    assert found is not None
    assert found.run == convicted
    assert found.why.startswith("the newest that relies on a shortcut, as tests show: ⚠")
    accepted = make("accepted", 0.9, "accepted", metrics=WARNED)
    found = find_to_retrain([accepted, newer])
    assert found is not None
    assert found.why.startswith("the newest with a warning that nobody accepted")
    assert find_to_retrain([fine, accepted]) is None
    instead = find_to_retrain([rejected, fine, make("worse", 0.8)])
    assert instead is not None
    assert instead.run == fine
    assert "highest accuracy of the sound runs on birds: rejected," in instead.why
    assert find_to_retrain([rejected]) == First(rejected, "which was rejected")


def test_what_was_just_rejected_is_retrained_first(make: Callable[..., RunInfo]) -> None:
    rejected, decided = make("rejected", 0.9), make_verdict("rejected", "why", "Ann")
    rejected = replace(rejected, verdicts=(decided,), started=1.0)
    warned = make("warned", 0.9, metrics=WARNED, started=2.0)

    def first(*runs: RunInfo) -> str:
        found = find_to_retrain(runs)
        assert found is not None
        return found.run.name

    assert first(warned, rejected) == "rejected"
    assert first(replace(warned, images_id="others", started=inf), rejected) == "rejected"
    assert first(replace(warned, started=inf), rejected) == "warned", "it may be its retry"
    accepted = make("accepted", 0.95, "accepted", started=1.0)
    assert first(warned, accepted, rejected) == "warned", "there is one to take"
    short = replace(warned, epoch=2 * rejected.epoch)
    assert first(short, rejected) == "warned", "a run of half the epochs was no more than a try"
    older = replace(rejected, name="older", verdicts=(replace(decided, time=LONG_AGO),))
    assert first(older, rejected) == "rejected"


def test_the_first_door_opens_the_run_that_it_names(
    open_page: Open, store: Store, tiny_run: RunInfo, seeded_run: RunInfo
) -> None:
    app = open_page("overview", store, run=[tiny_run.run_id, seeded_run.run_id])
    assert len(app.multiselect(key="runs-choice").value) == 2
    app.query_params.clear()
    app.switch_page("views/home.py").run()
    (door,) = (one.proto for one in app.get("page_link") if "right thing" in one.proto.label)
    assert door.query_string == f"run={tiny_run.run_id}"
    named = [one.value for one in app.caption if "that you chose last" in one.value]
    assert [plain(tiny_run.name) in one for one in named] == [True]


def test_what_speaks_against_the_network_of_an_own_image_is_said(
    open_page: Open, tmp_path: Path
) -> None:
    store = new_store(tmp_path)
    tags = {"data": "x", "image_set": "birds", "arch": "resnet18", "images_id": "birds"}
    run_id = start_run(store, "beside", {"epochs": 1}, None, **tags)
    for metric, value in {"epoch": 1, "val_accuracy": 0.9, "focus": 0.1}.items():
        store.client.log_metric(run_id, metric, value, step=1)
    finish_run(store, run_id, "FINISHED")

    (run,) = list_runs(store)
    assert warn(run.metrics)

    def is_said() -> bool:
        page = open_page("home", store)
        return any(one.value == f"With beside: ⚠ {warn(run.metrics)}." for one in page.caption)

    assert is_said()
    add_verdict(store, run_id, make_verdict("accepted", "good enough", "Ann"))
    assert not is_said()


def test_retrain_begins_in_the_menu_with_the_run_of_its_door(
    open_page: Open, tmp_path: Path
) -> None:
    store = new_store(tmp_path)
    tags = {"data": "x", "image_set": "birds", "arch": "resnet18", "images_id": "birds"}
    names = {"weak": 0.1, "healthy": 0.96}
    for name, without in names.items():
        run_id = start_run(store, name, {"epochs": 1}, None, **tags)
        metrics = {"epoch": 1, "val_accuracy": 0.97, "counterfactual_accuracy": without}
        for metric, value in metrics.items():
            store.client.log_metric(run_id, metric, value, step=1)
    faulty = find_to_retrain(list_runs(store))
    assert faulty is not None
    assert faulty.run.name == "weak"
    assert open_page("retrain", store).selectbox(key="run-choice").value == faulty.run.run_id
    assert open_page("trust", store).selectbox(key="run-choice").value != faulty.run.run_id


def test_a_search_without_a_hit_says_so(open_page: Open, store: Store, tiny_run: RunInfo) -> None:
    app = open_page("home", store)
    app.text_input(key="search").set_value("no such run at all").run()
    assert not app.exception
    assert any("No run is like that" in info.value for info in app.info)


@contextmanager
def counting() -> Iterator[list[str]]:
    """Collect what is asked of databases."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_the_store_is_not_asked_more_often_for_more_runs(
    look_at: Callable[[Store], None], tmp_path: Path
) -> None:
    store = new_store(tmp_path)
    look_at(store)
    asked_for = []
    for count in (2, 40):
        many_runs(store, count, epochs=2)
        stored_runs.all_runs.clear()
        with counting() as asked:
            listed = stored_runs.all_runs(store)
        asked_for.append(len(asked))
    assert len(listed) == 42
    assert asked_for[0] == asked_for[1] > 0
    with counting() as asked:
        assert stored_runs.all_runs(store) == listed
    assert not asked
    curves = stored_runs.accuracy_curves(store, listed)
    assert {len(curve) for curve in curves.values()} == {2}
    (new,) = many_runs(store, 1, epochs=2)
    stored_runs.all_runs.clear()
    listed = stored_runs.all_runs(store)
    with counting() as asked:
        curves = stored_runs.accuracy_curves(store, listed)
    assert new in curves
    with counting() as all_new:
        stored_runs.read_history(store, [new], ["val_accuracy"])
    assert len(asked) == len(all_new), "only the new run's curve is read"


def test_a_column_that_every_name_says_leaves_its_room_to_the_names(
    open_page: Open, tmp_path: Path
) -> None:
    store = new_store(tmp_path)

    def columns() -> set[str]:
        stored_runs.all_runs.clear()
        return set(open_page("home", store).dataframe[0].value.columns)

    tags = {"data": "x", "image_set": "birds", "images_id": "", "arch": "resnet18"}
    start_run(store, "resnet18 · birds", {"epochs": 1}, None, **tags)
    assert not {"images", "network"} & columns()
    start_run(store, "birds again", {"epochs": 1}, None, **tags)
    assert {"images", "network"} & columns() == {"network"}


def test_ticks_stay_with_their_runs(open_page: Open, store: Store, tiny_run: RunInfo) -> None:
    app = open_page("home", store)
    app.session_state["home-runs-ticked"] = {tiny_run.run_id}
    app.text_input(key="search").set_value(tiny_run.name).run()
    (opened,) = (link for link in app.get("page_link") if "Open this run" in link.proto.label)
    assert opened.proto.query_string == f"run={tiny_run.run_id}"


def test_runs_are_filtered_by_the_study_that_they_were_queued_in(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    study = study_run(store, "birds · resnet18")
    tags = {"data": "x", "image_set": "birds", "images_id": "", "arch": "resnet18"}
    parameters = {"learning_rate": 0.01, "epochs": 1}
    queued = start_run(store, "queued", parameters, study, **tags)
    alone = start_run(store, None, parameters, None, **tags)
    store.client.delete_tag(alone, "mlflow.runName")
    runs = list_runs(store)
    frame = runs_frame(runs, {})
    assert dict(zip(frame["run_id"], frame["study"], strict=True)) == {
        queued: "birds · resnet18", alone: "",
    }  # fmt: skip
    assert keep(frame, "study", ["birds · resnet18"])["run_id"].tolist() == [queued]


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

"""The retrain page as Streamlit runs it, over a real store and a real queue."""

import math
import re
import subprocess
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest
from streamlit.proto.Metric_pb2 import Metric as MetricProto
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest

from app.parts.widgets import plain
from app.reads import caching, stored_queue, stored_runs
from app.retrain.charts import front_chart
from app.retrain.fields import GROUPS
from app.retrain.longer import say_short
from app.retrain.sections import ADDRESSES
from pipelines.retry.claims import claim, fail
from pipelines.retry.queue import cancel, enqueue, list_requests
from pipelines.retry.request_state import request_retry
from pipelines.retry.studies import open_queue
from pipelines.retry.worker import Worker
from pipelines.retry.workers import WorkerInfo, announce
from pipelines.review.decisions import decide
from pipelines.training.request import IMAGE_SIZE, Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.metrics import METRICS
from saliencnn.common.process import name_process
from saliencnn.findings.of_interventions import CONVICTING
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, list_runs, read_run
from tests.helpers.images import save_folder_set
from tests.helpers.views import texts, view

DATA = "planted:train=64,validation=16,counterfactual=8,size=48"
Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def start(own_store: Store) -> RunInfo:
    """A run that a person rejects."""
    request = Request(DATA, image_size=48, hyperparameters=Hyperparameters(epochs=2), name="first")
    run_id = train(own_store, request)
    decide(own_store, run_id, "rejected", "looks at the sticker", "Ann")
    return read_run(own_store, run_id)


def open_view(name: str, run_id: str | None = None) -> AppTest:
    """Go to a page through the dashboard's entry, since it links to others; it has not run yet."""
    app = view("overview")
    if run_id is not None:
        app.query_params["run"] = run_id
    return app.run().switch_page(f"views/{name}.py")


@pytest.fixture
def open_page(
    own_store: Store, look_at: Callable[[Store], None], monkeypatch: pytest.MonkeyPatch
) -> Open:
    def open_page(
        run_id: str, section: str = "Change and queue", **query: str | list[str]
    ) -> AppTest:
        monkeypatch.delenv("SALIENCNN_STUDY_URL", raising=False)
        look_at(own_store)
        app = open_view("retrain", run_id)
        written = {name: address for address, name in ADDRESSES.items()}
        for name, value in {"section": written[section], **query}.items():
            app.query_params[name] = value
        return app.run()

    return open_page


def assert_sound(app: AppTest) -> None:
    assert not app.exception
    assert not app.error


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def proposals_in(app: AppTest) -> list[str]:
    """Return each proposal's title and what to expect of it."""
    return [m.value for m in app.markdown if re.match(r"\*\*.*: .* → ", m.value)]


def set_value(app: AppTest, start: RunInfo, name: str, value: float) -> AppTest:
    """Open the group of a hyperparameter, and change it there."""
    group = next(group for group, names in GROUPS.items() if name in names)
    app.session_state[f"retry-{start.run_id}-group"] = group
    app.run()
    return app.number_input(key=f"retry-{start.run_id}-{name}").set_value(value).run()


def test_the_form_holds_the_runs_values_with_bounds_and_help(
    open_page: Open, start: RunInfo
) -> None:
    app = open_page(start.run_id)
    assert_sound(app)
    rate = app.number_input(key=f"retry-{start.run_id}-learning_rate")
    assert rate.value == float(start.hyperparameters["learning_rate"])
    assert (rate.min, rate.max) == (1e-6, 10.0)
    assert "Step size at the start" in rate.help
    for name in Hyperparameters().as_dict():
        assert f"retry-{start.run_id}-{name}" in app.session_state
    assert "nothing yet" in texts(app)


def test_every_hyperparameter_is_drawn_once() -> None:
    drawn = [name for names in GROUPS.values() for name in names]
    assert sorted(drawn) == sorted([IMAGE_SIZE, *(spec.name for spec in fields(Hyperparameters))])


def test_a_proposal_fills_the_form_and_is_queued_trained_and_compared(
    open_page: Open, start: RunInfo, own_store: Store
) -> None:
    app = open_page(start.run_id)
    assert_sound(app)
    proposals = proposals_in(app)
    assert len(proposals) == 3
    assert "guidance none → both" in proposals[0]
    assert "Expect" in proposals[0]
    assert "the training images change first" in texts(app)
    app = press(app, "More proposals")
    assert proposals_in(app)[:3] == proposals, "more stand below those that were there"
    assert len({*proposals_in(app)}) == 6
    app = press(app, "Edit first")
    changed = next(m.value for m in app.markdown if "**Changed:**" in m.value)
    assert "→" in changed

    assert [b.label for b in app.button if b.disabled and "-use-" in b.key] == ["In the form ✓"]
    form = f"retry-{start.run_id}-queue-form"
    primary = [one.key for one in app.button if one.proto.type == "primary"]
    assert primary == [form], "what is changed leads, not the proposal that it came from"
    app = set_value(app, start, "epochs", 4)
    card = [m.value for m in app.markdown if "form below holds" in m.value]
    assert len(card) == 1
    assert "epochs 2 → 4" in card[0]
    proposed = app.number_input(key=f"retry-{start.run_id}-proposed-epochs")
    assert proposed.value == 4, "one number, wherever it is changed"
    assert sum("4 epochs" in one.value for one in app.caption) == 6
    app = set_value(app, start, "crop", 0.5)
    queues = [one.key for one in app.button if one.label == "Train it"]
    assert f"retry-{start.run_id}-queue-0" not in queues, "which values would it queue?"
    app = app.number_input(key=f"retry-{start.run_id}-proposed-epochs").set_value(3).run()
    assert app.session_state[f"retry-{start.run_id}-epochs"] == 3
    app = press(app, "Edit first")
    app = app.button(key=form).click().run()
    assert "A request needs the name" in app.error[0].value
    queue = open_queue(own_store)
    assert list_requests(queue) == []

    app.text_input(key=f"retry-{start.run_id}-person-proposals").set_value("Ann").run()
    app = app.button(key=f"retry-{start.run_id}-queue-0").click().run()
    assert_sound(app)
    (said,) = [one for one in app.info if "Queued: " in one.value]
    assert "guidance none → both" in said.value
    starts = [one.key for one in app.button if one.label == "Start a worker here"]
    assert starts == ["board-Start a worker here-queued"], "one, where it was queued"
    again = open_page(start.run_id)
    starts = [one.key for one in again.button if one.label == "Start a worker here"]
    assert starts == ["board-Start a worker here-local"], "in the queue, for whoever comes later"
    assert app.button(key=f"retry-{start.run_id}-queue-0").disabled
    assert app.button(key=form).disabled
    assert not app.button(key=f"retry-{start.run_id}-queue-1").disabled
    (info,) = list_requests(queue)
    assert (info.state, info.asked_by, info.from_run) == ("queued", "Ann", start.run_id)
    assert "guidance none → both" in info.why
    assert info.request.hyperparameters.guidance == "both"
    assert info.request.hyperparameters.epochs == 3, "as stands beside its button"
    assert ":material/hourglass_empty: queued" in texts(app)
    assert "No worker is running yet." in texts(app)
    assert "Before and after" not in [button.label for button in app.button]

    seen: list[list[RunInfo]] = []
    Worker(queue, on_epoch=lambda *_: seen.append(list_runs(own_store))).run(once=True)
    (info,) = list_requests(queue)
    assert info.state == "completed"
    assert info.run_id is not None
    retried = read_run(own_store, info.run_id)
    assert retried.name.startswith("first · ")

    open_page(start.run_id)
    # In a large store the list of runs is read seldom, so it may be of before the last epoch.
    caching._lists()["all_runs", own_store.uri] = seen[-1], math.inf
    stored_queue.forget_queue()
    app = app.run()
    known = {run.run_id: run for run in stored_runs.all_runs(own_store)}[retried.run_id]
    assert (known.status, known.epoch) == ("finished", 3), "the card says completed"
    app = open_page(start.run_id)
    assert f"What to change in {start.name}" in texts(app)
    assert f"not about its retry {plain(retried.name)}" in texts(app)
    primary = [one.key for one in app.button if one.proto.type == "primary"]
    assert primary == [f"board-compare-{info.id}", form], "what came of it leads"
    assert f"What to change in {plain(retried.name)}" in texts(open_page(retried.run_id))

    app = open_page(retried.run_id)
    assert_sound(app)
    before, after = (run.metrics["best_val_accuracy"] for run in (start, retried))
    assert f"best accuracy {before:.1%} → {after:.1%}, " in texts(app).replace("\\", "")
    app = press(app, "Before and after")
    assert_sound(app)
    assert app.selectbox(key="run-choice").value == start.run_id
    partner = app.selectbox(key=f"partner-{start.run_id}-choice")
    assert partner.value == retried.run_id
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Best accuracy"] == f"{retried.metrics['best_val_accuracy']:.1%}"
    assert [*shown][:3] == ["Best accuracy", "Accuracy without the shortcut", "Focus"]
    colours = {one.label: one.proto.color for one in app.metric}
    assert colours["Total variation"] == MetricProto.GRAY, "neither way is better"
    (folded,) = [one for one in app.expander if one.label == "More numbers of the maps"]
    assert "Total variation" in [one.label for one in folded.metric]
    (case, *_) = [one.value for one in app.markdown if "** · Before, the network" in one.value]
    assert re.search(r"Before, the network predicts .+ After, the network predicts .+", case)
    (table,) = [f.value for f in app.dataframe if "what changed" in f.value.columns]
    assert len(table) >= 1
    assert "The same images, before and after" in [s.value for s in app.subheader]
    told = [one.value for one in app.markdown if "right more often" in one.value]
    assert len(told) == 1, "the answer, with its images"
    assert f"{start.name}" in told[0].replace("\\", "")

    app = open_page(start.run_id, "History")
    assert_sound(app)
    assert "Best runs" in [s.value for s in app.subheader]
    assert "All hyperparameters" in [s.value for s in app.subheader]


def test_a_choice_that_a_browser_sends_late_takes_back_no_click(
    open_page: Open, own_store: Store, start: RunInfo
) -> None:
    app = open_page(start.run_id)
    app.text_input(key=f"retry-{start.run_id}-person-form").set_value("Ann").run()
    app = set_value(app, start, "erasing", 0.3)
    app.button(key=f"retry-{start.run_id}-queue-form").click().run()
    Worker(open_queue(own_store)).run(once=True)
    app = open_page(start.run_id)
    # What a part that redraws by itself sends while its browser still shows the other section.
    late, address = WidgetStates(), dict(app.query_params)
    held = app._tree.get_widget_states().widgets
    late.widgets.extend(one for one in held if one.WhichOneof("value") != "trigger_value")
    app = press(app, "Before and after")
    assert "The same images, before and after" in [s.value for s in app.subheader]
    app.query_params.clear()
    app.query_params.update(address)
    app = app._run(late)
    assert "The same images, before and after" in [s.value for s in app.subheader]
    assert app.query_params["section"] == "before-after"


def test_a_retry_that_finished_stays_in_sight_whichever_run_is_chosen_until_it_was_seen(
    open_page: Open, own_store: Store, start: RunInfo
) -> None:
    other = train(
        own_store, Request(DATA, image_size=32, hyperparameters=Hyperparameters(epochs=1))
    )
    app = open_page(start.run_id)
    app.text_input(key=f"retry-{start.run_id}-person-form").set_value("Ann").run()
    app = set_value(app, start, "erasing", 0.2)
    app.button(key=f"retry-{start.run_id}-queue-form").click().run()
    queue = open_queue(own_store)
    info = list_requests(queue)[-1]
    Worker(queue).run(once=True)
    info = list_requests(queue)[-1]
    stored_queue.forget_queue()
    stored_runs.all_runs.clear()

    def shows(app: AppTest) -> bool:
        card = f"board-compare-{info.id}"
        folded = {one.key for fold in app.expander for one in fold.button}
        return card in {one.key for one in app.button} - folded

    app.query_params["run"] = other
    app = app.run()
    assert app.selectbox(key="run-choice").value == other
    assert shows(app), "of another run, but this person waits for it"
    assert not shows(open_page(other)), "nobody waits for it here"
    app = app.button(key=f"board-compare-{info.id}").click().run()
    assert app.selectbox(key="run-choice").value == start.run_id
    app.query_params.update(run=other, section="change")
    assert not shows(app.run())

    alone = open_page(other, "Before and after")
    own_store.client.delete_run(other)
    assert "has a complete epoch yet" in alone.info[0].value
    links = [one.proto for one in alone.get("page_link") if "before and after" in one.proto.label]
    assert f"beside={info.run_id}" in links[0].query_string


def fail_next(store: Store) -> None:
    """Let the request that is next fail, as a worker does."""
    queue = open_queue(store)
    trial = claim(queue, "here:1")
    assert trial is not None
    fail(queue, trial, "The loss became nan.")
    stored_queue.forget_queue()


def find_in_sight(app: AppTest) -> set[str]:
    """Return the requests that have ended and stay in sight, by what hides them."""
    keys = (one.key or "" for one in app.button)
    return {key.removeprefix("board-hide-") for key in keys if key.startswith("board-hide-")}


def ask_for(store: Store, run: RunInfo, **changes: float) -> str:
    """Queue a retry as somebody else does."""
    wanted = request_retry(run, changes, "somebody's")
    queued = enqueue(open_queue(store), run, wanted, "Bo")
    stored_queue.forget_queue()
    return queued


def test_what_failed_is_hidden_on_demand_also_where_it_came_last(
    open_page: Open, own_store: Store, start: RunInfo
) -> None:
    asked = ask_for(own_store, start, erasing=0.31)
    app = open_page(start.run_id)
    fail_next(own_store)
    app = app.run()
    assert find_in_sight(app) == {asked}
    app = app.button(key=f"board-hide-{asked}").click().run()
    assert_sound(app)
    assert not find_in_sight(app)
    assert "The loss became nan" in texts(app), "among the earlier ones"
    assert not find_in_sight(app.run())


def test_a_retry_of_another_run_that_nobody_here_queued_is_not_followed(
    open_page: Open, own_store: Store, start: RunInfo
) -> None:
    request = Request(DATA, image_size=32, hyperparameters=Hyperparameters(epochs=1))
    other = train(own_store, request)
    asked = ask_for(own_store, start, erasing=0.32)
    watched, elsewhere = open_page(start.run_id), open_page(other)
    fail_next(own_store)
    assert not find_in_sight(elsewhere.run())
    watched.query_params["run"] = other
    assert find_in_sight(watched.run()) == {asked}
    own_store.client.delete_run(other)


def test_a_retry_whose_run_was_deleted_is_followed_no_longer(
    open_page: Open, own_store: Store, start: RunInfo
) -> None:
    request = Request(DATA, image_size=32, hyperparameters=Hyperparameters(epochs=1))
    other = train(own_store, request)
    asked = ask_for(own_store, start, erasing=0.33, epochs=1)
    app = open_page(start.run_id)
    Worker(open_queue(own_store)).run(once=True)
    stored_queue.forget_queue()
    stored_runs.all_runs.clear()
    app.query_params["run"] = other
    assert find_in_sight(app.run()) == {asked}
    info = list_requests(open_queue(own_store))[-1]
    assert info.run_id
    own_store.client.delete_run(info.run_id)
    stored_runs.all_runs.clear()
    assert not find_in_sight(app.run())
    own_store.client.delete_run(other)


def test_a_worker_that_was_stopped_is_not_said_to_start(
    open_page: Open, own_store: Store, start: RunInfo
) -> None:
    queue = open_queue(own_store)
    app = open_page(start.run_id)
    app.text_input(key=f"retry-{start.run_id}-person-form").set_value("Ann").run()
    app = app.button(key=f"retry-{start.run_id}-queue-form").click().run()
    noted = queue.folder / "worker.process"
    process = subprocess.Popen(["sleep", "600"])
    noted.write_text(f"{name_process(process.pid)}\n0")
    try:
        assert [b.label for b in app.run().button].count("Starting…") == 1
        announce(queue, WorkerInfo(name_process(process.pid), "ended", queue.now()))
        stored_queue.forget_queue()
        app.run()
        assert "Starting…" not in [b.label for b in app.button]
        assert "Start a worker here" not in [b.label for b in app.button], "it has its place yet"
        assert "The last worker is ending" in texts(app)
    finally:
        process.kill()
        process.wait()
        noted.unlink()
        (info,) = [one for one in list_requests(queue) if one.state == "queued"]
        cancel(queue, info.id, "Ann")


def test_a_queued_retry_starts_from_a_checkpoint_and_can_be_put_first_and_cancelled(
    open_page: Open, start: RunInfo, own_store: Store
) -> None:
    app = open_page(start.run_id)
    app.text_input(key=f"retry-{start.run_id}-person-form").set_value("Bo").run()
    form = f"retry-{start.run_id}-queue-form"
    app.button(key=form).click().run()
    app.selectbox(key=f"retry-{start.run_id}-weights").set_value(2).run()
    app = app.button(key=form).click().run()
    queue = open_queue(own_store)
    first, second = (info for info in list_requests(queue) if info.state == "queued")
    assert first.request.weights == "none"
    assert second.request.weights == f"run:{start.run_id}:2"
    meanwhile = texts(open_page(start.run_id, "Before and after"))
    assert "A retry of this run waits for a worker" in meanwhile, "before others are taken for it"

    app.button(key=f"board-Put first-{second.id}").click().run()
    waiting = sorted((i for i in list_requests(queue) if i.state == "queued"), key=lambda i: i.turn)
    assert [info.id for info in waiting] == [second.id, first.id]
    for info in (first, second):
        app.button(key=f"board-Cancel-{info.id}").click().run()
    assert_sound(app)
    assert {i.id: i.state for i in list_requests(queue)}[first.id] == "cancelled"
    assert not [info for info in list_requests(queue) if info.state == "queued"]
    # What a person cancelled is said to be so, not failed.
    assert "Cancelled by Bo" in texts(app)


def test_rejected_runs_are_on_no_front(open_page: Open, start: RunInfo, own_store: Store) -> None:
    from app.reads.stored_queue import history_of
    from pipelines.retry.explain_proposals import pareto_front
    from pipelines.retry.history import comparable

    history = history_of(own_store, start)
    assert set(history) == {run.run_id for run in list_runs(own_store)}
    front = dict(zip(history, pareto_front(comparable(list(history.values()))), strict=True))
    assert not front[start.run_id]


def test_without_known_places_a_person_chooses_the_ranking_criterion(
    open_page: Open, own_store: Store, tmp_path: Path
) -> None:
    folder = save_folder_set(tmp_path / "images", ["dark", "light"], each=6, side=48)
    runs = [
        train(
            own_store,
            Request(
                f"folder:{folder}", image_size=48, hyperparameters=values, name=f"plain {rate}"
            ),
        )
        for rate in (1e-3, 2e-3)
        for values in [Hyperparameters(epochs=1, batch_size=4, learning_rate=rate)]
    ]
    first = read_run(own_store, runs[0])
    app = open_page(first.run_id)
    assert_sound(app)
    criterion = app.selectbox(key=f"ranking-criterion-{first.images_id}")
    assert criterion.value == ""
    assert criterion.options == [
        "none: accuracy alone",
        "total variation (lower is better)",
        "entropy (lower is better)",
        "area above half (higher is better)",
    ]
    assert "From 2 runs" in texts(app)
    assert ", total variation " not in texts(app)

    app = criterion.set_value("entropy").run()
    assert_sound(app)
    assert app.query_params["criterion"] == "entropy", "a colleague's link shows the same"
    linked = open_page(first.run_id, criterion="entropy")
    assert linked.selectbox(key=criterion.key).value == "entropy"
    assert "towards higher accuracy and lower entropy" in texts(app)
    assert ", entropy " in texts(app), "of the nearest good run"

    app.session_state["retrain-section"] = "History"
    app = app.run()
    assert_sound(app)
    assert app.selectbox(key=f"ranking-criterion-{first.images_id}").value == "entropy"
    front = app.get("vega_lite_chart")[0]
    assert "entropy (lower is better)" in front.proto.spec
    assert '"reverse": true' in front.proto.spec
    assert "2 runs on" in front.proto.spec, "it is of all, not of the chosen one"


def test_where_a_run_was_guided_the_axis_says_what_focus_is_worth() -> None:
    row = {"run_id": "a", "run": "a", "accuracy": 0.9, "measure": 0.5, "standing": "accepted"}
    frame = pd.DataFrame([row, {**row, "run_id": "b"}]).assign(front=True)

    def axis(name: str, guided: list[bool]) -> str:
        chart = front_chart(frame.assign(guided=guided), METRICS[name], "a").to_dict()
        return chart["layer"][0]["encoding"]["y"]["title"]

    plain_axis = axis("focus", [False, False])
    assert axis("focus", [False, True]) != plain_axis
    assert axis("focus", [False, True]).startswith(plain_axis)
    assert axis("entropy", [False, False]) == axis("entropy", [False, True])


def test_with_known_places_focus_ranks(open_page: Open, start: RunInfo) -> None:
    app = open_page(start.run_id)
    assert_sound(app)
    assert f"ranking-criterion-{start.images_id}" not in app.session_state
    assert "towards higher accuracy and higher focus" in texts(app)


def test_a_lab_without_studies_is_one_sentence(
    server_store: Store, look_at: Callable[[Store], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SALIENCNN_STUDY_URL", raising=False)
    request = Request(DATA, image_size=48, hyperparameters=Hyperparameters(epochs=1))
    run_id = train(server_store, request)
    look_at(server_store)
    app = open_view("retrain", run_id).run()
    assert not app.exception
    assert len(app.error) == 1
    assert "SALIENCNN" in app.error[0].value


def test_what_was_trained_too_short_to_judge_says_so() -> None:
    guided = {"guidance": ("none", "both")}
    assert say_short(guided) == ""
    assert say_short({"epochs": ("8", "2")}) == ""
    told = say_short({**guided, "epochs": ("8", "2")})
    assert "2 epochs instead of 8: too short to judge guidance" in told
    assert "the other 2 changes" in say_short(
        {**guided, "epochs": ("8", "2"), "crop": ("0", "0.3")}
    )
    for epochs in ("7", "20"):
        assert say_short({**guided, "epochs": ("8", epochs)}) == ""


def test_a_retry_that_was_too_short_is_offered_again_with_the_first_runs_epochs(
    open_page: Open, start: RunInfo, own_store: Store
) -> None:
    changes = {"mixup": 0.3, "epochs": 1}
    short = train(own_store, request_retry(start, changes, "first · mixup 0.3, epochs 1"))
    queue, key = open_queue(own_store), f"longer-{short}"
    app = open_page(start.run_id, "Before and after", beside=short)
    assert_sound(app)
    longer = app.button(key=f"{key}-queue")
    assert longer.label == "The same, with 2 epochs"
    assert longer.proto.type == "primary"
    assert "too short to judge mixup" in app.main.markdown[1].value
    asked = [one for one in app.main.button if str(one.key).endswith("-open")]
    assert asked
    assert all(one.label.startswith("Verdict on ") for one in asked), "nothing is proposed"
    verdict = f"verdicts-{short}-run"
    app.button(key=f"{verdict}-open").click().run()
    app.button(key=f"{verdict}-use-said").click().run()
    assert "too short to judge mixup" in app.text_input(key=f"{verdict}-reason").value
    app = open_page(start.run_id, "Before and after", beside=short)
    app.text_input(key=f"{key}-person").set_value("Ann").run()
    app = app.button(key=f"{key}-queue").click().run()
    assert_sound(app)
    assert f"{key}-queue" not in [one.key for one in app.button], "it is queued"
    info = list_requests(queue)[-1]
    try:
        assert (info.state, info.from_run) == ("queued", start.run_id)
        assert info.request.hyperparameters == Hyperparameters(epochs=2, mixup=0.3)
        long_enough = open_page(start.run_id, "Before and after")
        assert not [one.key for one in long_enough.button if (one.key or "").startswith("longer-")]
        Worker(queue).run(once=True)
        info = list_requests(queue)[-1]
        stored_queue.forget_queue()
        stored_runs.all_runs.clear()
        asking = f"{key}-queue"
        done = open_page(start.run_id, "Before and after", beside=short)
        assert asking not in [one.key for one in done.button], "its before and after is there"
        assert info.run_id
        own_store.client.delete_run(info.run_id)
        stored_runs.all_runs.clear()
        gone = open_page(start.run_id, "Before and after", beside=short)
        assert asking in [one.key for one in gone.button], "nothing is left of it"
    finally:
        if info.state == "queued":
            cancel(queue, info.id, "Ann")
        own_store.client.delete_run(short)


def test_the_address_names_no_change_that_the_form_no_longer_holds(
    open_page: Open, start: RunInfo
) -> None:
    app = open_page(start.run_id, change="color_jitter:1.0")
    assert app.number_input(key=f"retry-{start.run_id}-color_jitter").value == 1.0
    assert "color_jitter:1.0" in app.query_params["change"]
    app = press(app, "Edit first")
    assert_sound(app)
    assert "change" not in app.query_params
    assert not [one for one in app.warning if "link" in one.value]


def test_a_link_changes_all_that_it_asks_for_or_nothing(
    open_page: Open, start: RunInfo, own_store: Store
) -> None:
    values = Hyperparameters(epochs=1, mixup=0.4, cutmix=0.2)
    mixed = train(own_store, Request(DATA, image_size=48, hyperparameters=values, name="mixed"))
    names = ("guidance", "new_background", "mixup", "cutmix")

    def read_form(run_id: str, *change: str) -> tuple[list[object], AppTest]:
        app = open_page(run_id, change=[*change])
        assert_sound(app)
        return [app.session_state[f"retry-{run_id}-{name}"] for name in names], app

    (asked,) = (row[3].change for row in CONVICTING if row[0] == "reads the background")
    for run_id in (mixed, start.run_id):
        form, app = read_form(run_id, *asked)
        assert form == ["both", 1.0, 0.0, 0.0]
        assert app.query_params["change"] == [*asked]
        app = press(app, "Reset to the run's values")
        assert "change" not in app.query_params
    form, app = read_form(mixed, "guidance:both", "new_background:1.0")
    assert form == ["none", 0.0, 0.4, 0.2], "half of it would be another change"
    assert "change" not in app.query_params
    form, app = read_form(mixed, "nonsense:1", "new_background:1.0")
    assert form == ["none", 1.0, 0.4, 0.2]
    assert app.query_params["change"] == "new_background:1.0"


def test_what_a_closed_group_holds_is_kept_and_queued(
    open_page: Open, own_store: Store, start: RunInfo
) -> None:
    app = open_page(start.run_id)
    key = f"retry-{start.run_id}"
    assert f"{key}-erasing" not in {one.key for one in app.number_input}
    app = set_value(app, start, "erasing", 0.4)
    app = set_value(app, start, "label_smoothing", 0.1)
    app = set_value(app, start, "seed", 7)
    assert f"{key}-erasing" not in {one.key for one in app.number_input}
    changed = next(m.value for m in app.markdown if "**Changed:**" in m.value)
    for name in ("erasing 0 → 0\\.4", "label smoothing 0 → 0\\.1", "seed 0 → 7"):
        assert name in changed
    app.text_input(key=f"{key}-person-form").set_value("Ann").run()
    app.button(key=f"{key}-queue-form").click().run()
    queue = open_queue(own_store)
    info = list_requests(queue)[-1]
    cancel(queue, info.id, "Ann")
    wanted = info.wanted["hyperparameters"]
    assert [float(wanted[n]) for n in ("erasing", "label_smoothing", "seed")] == [0.4, 0.1, 7.0]

"""What a worker does with a request, whatever becomes of it."""

import json
import logging
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from pipelines.cli.main import main
from pipelines.retry.claims import claim, record_run
from pipelines.retry.local_worker import (
    explain_failed_start,
    is_starting,
    read_start,
    start_local_worker,
)
from pipelines.retry.queue import cancel, enqueue, list_requests
from pipelines.retry.request_state import RequestInfo
from pipelines.retry.studies import Queue, open_queue
from pipelines.retry.worker import Worker
from pipelines.retry.workers import (
    WORKERS,
    WorkerInfo,
    announce,
    end_worker,
    list_workers,
    pause_worker,
    resume_worker,
)
from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.process import this_process
from saliencnn.store import heartbeat
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, ask_to_stop, list_runs, read_run, start_run
from tests.helpers.commands import Forker
from tests.helpers.epochs import epoch_and_phase
from tests.helpers.images import save_folder_set
from tests.helpers.lab import wait_for, worker_process
from tests.helpers.logs import Log
from tests.helpers.queues import age_heartbeats, place_studies

SIDE = 32
DATA = f"planted:train=32,validation=16,counter=0,size={SIDE},seed=0"


@pytest.fixture
def queue(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Queue:
    monkeypatch.setenv("SALIENCNN_STUDY_URL", place_studies(tmp_path / "studies.db"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    return open_queue(store, heartbeat=1, grace=2)


def ask(queue: Queue, run: RunInfo, epochs: int = 2, **changed: object) -> str:
    hyperparameters = Hyperparameters(epochs=epochs, batch_size=16)
    request = Request(DATA, hyperparameters=hyperparameters, image_size=SIDE)
    return enqueue(queue, run, replace(request, **changed), "Ann")  # type: ignore[arg-type]


def find(queue: Queue, request_id: str) -> RequestInfo:
    return next(info for info in list_requests(queue) if info.id == request_id)


def epochs_of(store: Store, run_id: str) -> list[int]:
    history = store.client.get_metric_history(run_id, "epoch")
    return [int(metric.value) for metric in history]


def test_requests_are_trained_in_turn_and_told(queue: Queue, tiny_run: RunInfo) -> None:
    ids = [ask(queue, tiny_run), ask(queue, tiny_run, epochs=1, name="short")]
    said: list[str] = []
    before = {run.run_id for run in list_runs(queue.store)}
    Worker(queue, say=said.append).run(once=True)
    for request_id, epochs in zip(ids, (2, 1), strict=True):
        info = find(queue, request_id)
        assert info.state == "completed"
        assert info.run_id is not None
        run = read_run(queue.store, info.run_id)
        assert (run.status, run.epoch) == ("finished", epochs)
        tags = queue.store.client.get_run(run.run_id).data.tags
        parent = queue.store.client.get_run(tags["mlflow.parentRunId"])
        assert parent.data.tags["saliencnn.study"] == info.study
        assert any(request_id in line and run.run_id in line for line in said)
    assert len({run.run_id for run in list_runs(queue.store)} - before) == 2
    (worker,) = list_workers(queue)
    assert (worker.state, worker.alive) == ("ended", False)


FAILING: dict[str, dict[str, object]] = {
    "/nope does not exist": {"data": "folder:/nope"},
    "lower the learning": {
        "arch": "squeezenet1_1",
        "image_size": 64,
        "hyperparameters": Hyperparameters(learning_rate=10.0, optimizer="sgd", batch_size=4),
    },
    "resnet19": {"arch": "resnet19"},
}
"""A part of the reason -> what fails for it."""


def test_requests_that_fail_have_a_reason_and_the_next_is_trained(
    queue: Queue, tiny_run: RunInfo
) -> None:
    bad = {reason: ask(queue, tiny_run, **changed) for reason, changed in FAILING.items()}
    good = ask(queue, tiny_run, epochs=1)
    Worker(queue, say=lambda _: None).run(once=True)
    for reason, request_id in bad.items():
        info = find(queue, request_id)
        assert (info.state, info.attempts) == ("failed", 1)
        assert reason in info.reason
    assert find(queue, good).state == "completed"


def test_an_error_of_no_persons_making_is_a_reason_as_well(queue: Queue, tiny_run: RunInfo) -> None:
    def report(_fraction: float, _words: str) -> None:
        raise MemoryError("14 GiB are not to be had")

    request_id = ask(queue, tiny_run)
    Worker(queue, say=lambda _: None, report=report).run(once=True)
    info = find(queue, request_id)
    assert info.state == "failed"
    assert "memory does not suffice" in info.reason


def test_a_running_request_is_cancelled_at_its_next_batch(queue: Queue, tiny_run: RunInfo) -> None:
    request_id = ask(queue, tiny_run, epochs=500)

    def on_epoch(finished: FinishedEpoch) -> None:
        if finished.epoch == 2:
            cancel(queue, request_id, "Bo")

    Worker(queue, say=lambda _: None, on_epoch=on_epoch).run(once=True)
    info = find(queue, request_id)
    assert info.state == "cancelled"
    assert "Bo" in info.reason
    assert info.run_id is not None
    run = read_run(queue.store, info.run_id)
    assert run.status == "stopped"
    assert 2 <= run.epoch < 500
    assert epochs_of(queue.store, info.run_id) == list(run.epochs)


def test_a_run_that_a_person_stops_counts_as_cancelled(
    queue: Queue, tiny_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "LOOK", 0.05)
    request_id = ask(queue, tiny_run, epochs=500)

    def on_epoch(finished: FinishedEpoch) -> None:
        if finished.epoch == 1:
            ask_to_stop(queue.store, finished.run_id, "Bo")

    Worker(queue, say=lambda _: None, on_epoch=on_epoch).run(once=True)
    info = find(queue, request_id)
    assert info.state == "cancelled"
    assert "Bo" in info.reason


def test_a_worker_that_is_ended_gives_its_request_back_and_the_next_goes_on(
    queue: Queue, tiny_run: RunInfo
) -> None:
    request_id = ask(queue, tiny_run, epochs=4)
    worker = Worker(
        queue,
        say=lambda _: None,
        on_epoch=lambda finished: worker.end(),
    )
    worker.run()
    info = find(queue, request_id)
    assert (info.state, info.attempts) == ("queued", 1)
    assert info.run_id is not None
    assert read_run(queue.store, info.run_id).epoch in (1, 2)
    Worker(queue, say=lambda _: None).run(once=True)
    after = find(queue, request_id)
    assert (after.state, after.attempts, after.run_id) == ("completed", 2, info.run_id)
    assert epochs_of(queue.store, info.run_id) == [1, 2, 3, 4]


def test_a_dead_workers_run_is_gone_on_with(queue: Queue, tiny_run: RunInfo) -> None:
    """The dead worker's sign of life in MLflow is still fresh; Optuna's decides."""
    request_id = ask(queue, tiny_run, epochs=3)
    dead = claim(queue, "gone:1")
    assert dead is not None

    class Killed(BaseException):
        pass

    def report(_fraction: float, words: str) -> None:
        if epoch_and_phase(words)[0] == 2:
            raise Killed

    with pytest.raises(Killed):
        train(queue.store, dead.info.request, report, partial(record_run, queue, dead))
    run_id = find(queue, request_id).run_id
    assert run_id is not None
    assert read_run(queue.store, run_id).status == "running"
    let_another_take_over(queue, request_id)
    info = find(queue, request_id)
    assert (info.state, info.run_id, info.attempts) == ("completed", run_id, 2)
    assert epochs_of(queue.store, run_id) == [1, 2, 3]


def test_a_run_that_finished_without_focus_completes_its_request(
    queue: Queue, tiny_run: RunInfo, tmp_path: Path
) -> None:
    """The run that it retries has focus; the retry's images do not say where objects are."""
    assert "focus" in tiny_run.metrics
    folder = save_folder_set(tmp_path / "images", ["dark", "light"], each=6, side=48)
    request_id = ask(queue, tiny_run, epochs=1, data=f"folder:{folder}")
    Worker(queue, say=lambda _: None).run(once=True)
    info = find(queue, request_id)
    assert info.run_id is not None
    run = read_run(queue.store, info.run_id)
    assert run.status == "finished"
    assert "focus" not in run.metrics
    assert (info.state, info.reason) == ("completed", "")


def let_another_take_over(queue: Queue, request_id: str) -> None:
    age_heartbeats(queue)
    Worker(queue, say=lambda _: None).run(once=True)
    assert find(queue, request_id).attempts > 1


def test_a_run_that_its_dead_worker_finished_is_told_only(queue: Queue, tiny_run: RunInfo) -> None:
    request_id = ask(queue, tiny_run)
    dead = claim(queue, "gone:1")
    assert dead is not None
    record_run(queue, dead, tiny_run.run_id)
    before = len(list_runs(queue.store))
    let_another_take_over(queue, request_id)
    info = find(queue, request_id)
    assert (info.state, info.run_id) == ("completed", tiny_run.run_id)
    assert len(list_runs(queue.store)) == before


def test_a_run_that_its_dead_worker_had_not_noted_is_found(queue: Queue, tiny_run: RunInfo) -> None:
    request_id = ask(queue, tiny_run, epochs=1)
    dead = claim(queue, "gone:7")
    assert dead is not None
    twin = train(queue.store, dead.info.request)
    facts = json.loads(queue.store.client.get_run(twin).data.tags["saliencnn.facts"])
    hyperparameters = dead.info.request.hyperparameters.as_dict()
    facts["process"] = "gone:7"
    stray = start_run(queue.store, "stray", hyperparameters, dead.parent, **facts)
    before = len(list_runs(queue.store))
    let_another_take_over(queue, request_id)
    info = find(queue, request_id)
    assert (info.state, info.run_id) == ("completed", stray)
    assert len(list_runs(queue.store)) == before


def stop_between_writes(pid: int, queue: Queue) -> bool:
    """Stop a process; let it go on and return False if it holds the lock of SQLite's studies."""
    os.kill(pid, signal.SIGSTOP)
    studies = sqlite3.connect(str(queue.url.database), timeout=0.5)
    try:
        studies.execute("BEGIN IMMEDIATE")
        studies.rollback()
    except sqlite3.OperationalError:
        os.kill(pid, signal.SIGCONT)
        return False
    finally:
        studies.close()
    return True


def test_a_worker_that_wakes_up_after_its_request_was_taken_over_ends_quietly(
    queue: Queue, tiny_run: RunInfo, program: Forker, tmp_path: Path
) -> None:
    request_id = ask(queue, tiny_run, epochs=500)
    log = tmp_path / "sleeper.log"
    with worker_process(program, queue.store, log, heartbeat=1, grace=2) as sleeper:
        wait_for(lambda: find(queue, request_id).run_id, 60)
        wait_for(lambda: stop_between_writes(sleeper.pid, queue), 60)
        heir = wait_for(lambda: claim(queue, "here:2"), 60)
        assert heir.info.run_id == find(queue, request_id).run_id
        os.kill(sleeper.pid, signal.SIGCONT)
        assert program.wait(sleeper) == 0
    assert f"{request_id}: taken over by another worker." in log.read_text()
    info = find(queue, request_id)
    assert (info.state, info.worker, info.attempts) == ("running", "here:2", 2)


def test_a_paused_worker_takes_nothing_until_it_is_resumed(queue: Queue, tiny_run: RunInfo) -> None:
    me = this_process()
    with pytest.raises(UserError, match="There is no worker"):
        pause_worker(queue, me)
    announce(queue, WorkerInfo(me, "idle", time.time()))
    pause_worker(queue, me)
    request_id = ask(queue, tiny_run, epochs=1)
    worker = Worker(queue, poll=0.1, say=lambda _: None)
    thread = threading.Thread(target=worker.run, kwargs={"once": True})
    thread.start()
    wait_for(lambda: list_workers(queue)[0].state == "paused", 30)
    assert find(queue, request_id).state == "queued"
    assert list_workers(queue)[0].wanted == "paused"
    resume_worker(queue, me)
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert find(queue, request_id).state == "completed"


def test_workers_show_where_they_are_and_on_what(queue: Queue, tiny_run: RunInfo) -> None:
    request_id = ask(queue, tiny_run, epochs=1)
    seen: list[WorkerInfo] = []

    def report(_fraction: float, _words: str) -> None:
        seen.extend(list_workers(queue))

    Worker(queue, say=lambda _: None, report=report).run(once=True)
    assert {(worker.id, worker.state, worker.request) for worker in seen} == {
        (this_process(), "training", request_id)
    }
    assert all(worker.alive for worker in seen)
    assert seen[-1].run_id == find(queue, request_id).run_id
    announce(queue, WorkerInfo("far:1", "training", time.time() - 31))
    assert not next(worker for worker in list_workers(queue) if worker.id == "far:1").alive
    announce(queue, WorkerInfo("old:1", "ended", time.time() - 90_000))
    assert "old:1" not in [worker.id for worker in list_workers(queue)]


def test_an_embedded_store_takes_one_worker(
    queue: Queue, tiny_run: RunInfo, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(queue, tiny_run, epochs=1)
    refused: list[str] = []

    def report(_fraction: float, _words: str) -> None:
        if not refused:
            assert main(["worker", "--once"]) == 2
            refused.append(capsys.readouterr().err)
            with pytest.raises(UserError, match="Another worker"):
                start_local_worker(queue)

    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    Worker(queue, say=lambda _: None, report=report).run(once=True)
    for number, handler in zip((signal.SIGINT, signal.SIGTERM), handlers, strict=True):
        signal.signal(number, handler)
    assert refused[0].startswith("saliencnn: Another worker has this embedded store already")
    assert refused[0].count("\n") == 1


@pytest.fixture
def started() -> Iterator[list[int]]:
    """Process numbers of workers, which are killed at the end of the test."""
    pids: list[int] = []
    yield pids
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def test_the_dashboards_worker_is_a_process_of_its_own_and_ends_when_told(
    queue: Queue, tiny_run: RunInfo, started: list[int]
) -> None:
    first = ask(queue, tiny_run, epochs=1)
    started.append(start_local_worker(queue))
    assert os.getsid(started[0]) == started[0], "it outlives the dashboard"
    log = queue.folder / "worker.log"
    wait_for(lambda: find(queue, first).state == "completed", 120, log.read_text)
    loaded = Path(f"/proc/{started[0]}/maps")
    # What waits gives back all that training took.
    wait_for(lambda: "libtorch" not in loaded.read_text(), 60, log.read_text)
    wait_for(lambda: list_workers(queue)[0].state == "idle", 60, log.read_text)
    second = ask(queue, tiny_run, epochs=500)
    wait_for(lambda: find(queue, second).run_id, 60, log.read_text)
    assert "libtorch" in loaded.read_text()
    (worker,) = [worker for worker in list_workers(queue) if worker.alive]
    assert (worker.id.rpartition(":")[2], worker.request) == (str(started[0]), second)
    end_worker(queue, worker.id)
    assert list_workers(queue)[0].wanted == "ended"
    wait_for(lambda: not Path(f"/proc/{started[0]}").exists(), 60, log.read_text)
    assert find(queue, second).state == "queued"
    assert explain_failed_start(queue) == ""
    assert list_workers(queue)[0].state == "ended"
    assert "put back into the queue" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_a_worker_that_dies_while_it_starts_is_told_with_its_reason(
    queue: Queue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = 'import os; os.write(2, b"saliencnn: The disk is full.\\n"); os._exit(1)'
    (tmp_path / "sitecustomize.py").write_text(broken)
    (queue.folder / "worker.log").write_text("saliencnn: An older sentence.\n")
    assert explain_failed_start(queue) == ""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    start_local_worker(queue)
    wait_for(lambda: not is_starting(queue), 30)
    assert explain_failed_start(queue) == "The disk is full."


def test_of_people_who_start_a_worker_at_once_one_starts_it(
    queue: Queue, started: list[int]
) -> None:
    said: list[str] = []
    together = threading.Barrier(3)

    def work() -> None:
        together.wait()
        try:
            started.append(start_local_worker(queue))
        except UserError as error:
            said.append(str(error))

    people = [threading.Thread(target=work) for _ in range(3)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(started) == 1
    assert len(said) == 2
    assert all(sentence.startswith("Another worker is being started") for sentence in said)
    assert is_starting(queue)
    os.kill(started[0], signal.SIGKILL)
    wait_for(lambda: not is_starting(queue), 30)
    started.append(start_local_worker(queue))
    assert started[0] != started[1]


def test_a_worker_is_starting_to_whoever_read_the_list_before_it_was_ready(
    queue: Queue, started: list[int]
) -> None:
    started.append(start_local_worker(queue))
    wait_for(lambda: not is_starting(queue), 60)
    start = read_start(queue)
    assert start is not None
    assert is_starting(queue, []), "the list is some seconds old"
    assert not is_starting(queue, [start.process])
    os.kill(started[0], signal.SIGKILL)
    wait_for(lambda: not is_starting(queue, []), 30)


def test_what_is_no_worker_does_not_hide_the_others(queue: Queue) -> None:
    announce(queue, WorkerInfo("good:1", "idle", time.time()))
    study = queue.storage.get_study_id_from_name(WORKERS)
    for number, said in enumerate(("text", None, [], {"id": "x"}, {"id": "x", "seen_at": "now"})):
        queue.storage.set_study_user_attr(study, f"worker:bad{number}", said)
    assert [worker.id for worker in list_workers(queue)] == ["good:1"]


def test_ctrl_c_is_told_apart(queue: Queue, program: Forker) -> None:
    worker = program.start("worker", "--poll", "0.2")
    wait_for(lambda: [info for info in list_workers(queue) if info.state == "idle"], 60)
    worker.send(signal.SIGINT)
    assert program.wait(worker) == 130


def test_retries_are_queued_by_command(
    queue: Queue, tiny_run: RunInfo, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["queue", tiny_run.run_id, "--name", "Ann", "--why", "colour", "--color-jitter", "1"]
    assert main(given) == 0
    (info,) = list_requests(queue)
    assert info.id in capsys.readouterr().out
    own = Hyperparameters.from_mapping(tiny_run.hyperparameters)
    changed = replace(own, color_jitter=1.0)
    assert info.request == Request(
        tiny_run.data, "smallgap", "none", changed, 48, "all", "tiny-retry", map_images=0
    )
    assert (info.asked_by, info.why, info.from_run) == ("Ann", "colour", tiny_run.run_id)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["queue", "nope", "--name", "Ann"], "'nope' is not in the store"),
        (["queue", "{run}", "--name", " "], "needs the name of who asks"),
        (["queue", "{run}", "--name", "Ann", "--crop", "2"], "crop is 2.0"),
        (["worker", "--poll", "0"], "--poll is '0'; it must be a number from 0.1 to 3600"),
    ],
)
def test_a_mistake_is_a_sentence(
    queue: Queue,
    tiny_run: RunInfo,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    assert main([argument.format(run=tiny_run.run_id) for argument in arguments]) == 2
    assert said in capsys.readouterr().err
    assert list_requests(queue) == []


def test_a_heartbeat_outlives_what_fails_for_a_moment(
    queue: Queue,
    tiny_run: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
    logs: Log,
) -> None:
    """Whatever the database raises; else another worker would take over what this one trains."""
    request_id = ask(queue, tiny_run, epochs=500)
    failures = [RuntimeError("odd"), OSError("socket"), KeyError("trial")]
    record = queue.storage.record_heartbeat
    beaten = threading.Event()

    def record_heartbeat(trial_id: int) -> None:
        if threading.current_thread() is not threading.main_thread():
            if failures:
                raise failures.pop()
            beaten.set()
        record(trial_id)

    monkeypatch.setattr(queue.storage, "record_heartbeat", record_heartbeat)

    def end_once_beaten(_fraction: float, _words: str) -> None:
        assert beaten.wait(120)
        worker.end()

    worker = Worker(queue, say=lambda _: None, report=end_once_beaten)
    with logs.at_level(logging.WARNING):
        worker.run(once=True)
    assert beaten.is_set()
    assert find(queue, request_id).state == "queued", "it was given back, not lost"
    warned = [record for record in logs.records if "heartbeat" in record.getMessage()]
    assert len(warned) == 1


def test_a_worker_whose_clock_is_wrong_is_seen_to_live(queue: Queue) -> None:
    for hours in (-3, 3):
        name = f"wrong:{abs(hours)}{hours > 0}"

        def is_alive(name: str = name) -> bool:
            return next(worker for worker in list_workers(queue) if worker.id == name).alive

        announce(queue, WorkerInfo(name, "idle", time.time() + hours * 3600))
        is_alive()
        announce(queue, WorkerInfo(name, "idle", time.time() + hours * 3600 + 10))
        assert is_alive()
        announce(queue, WorkerInfo(name, "ended", time.time() + hours * 3600 + 20))
        assert not is_alive()

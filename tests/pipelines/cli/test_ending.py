"""Commands that a signal ends: to the process alone, to its whole group, once and again."""

import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.cli.ending import Ended, EndSignals, end_at_once, end_signals
from pipelines.retry.queue import enqueue, list_requests
from pipelines.retry.request_state import RequestInfo
from pipelines.retry.studies import Queue, open_queue
from pipelines.retry.worker import Worker
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.process import this_process
from saliencnn.recording import delivery
from saliencnn.recording.delivery import Delivery, Undelivered
from saliencnn.recording.ending import Stopped
from saliencnn.recording.epoch_record import RunEnd
from saliencnn.recording.spool import read_end, spool_folder
from saliencnn.store.connection import Store
from saliencnn.store.evaluations import list_evaluations
from saliencnn.store.runs import RunInfo, list_runs, read_run, start_run
from tests.helpers.commands import Command, Forker
from tests.helpers.lab import wait_for
from tests.helpers.queues import place_studies
from tests.helpers.stores import new_store

DATA = "planted:train=64,validation=16,counterfactual=0,size=32,seed=0"
TRAIN = ("train", "--data", DATA, "--image-size", "32", "--epochs", "500", "--batch-size", "4")
SIGNALS = {signal.SIGTERM: "SIGTERM", signal.SIGHUP: "SIGHUP", signal.SIGINT: "hand"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store that commands train in."""
    return new_store(tmp_path_factory.mktemp("place"))


def epochs_in(command: Command) -> int:
    return command.log.read_text().count(" epoch ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_training_that_a_signal_ends_is_stopped_and_keeps_its_epochs(
    place: Store, program: Forker, number: signal.Signals
) -> None:
    named = (*TRAIN, "--name", f"by {number}")
    command = program.start(*named, log=f"train-{number}", MLFLOW_TRACKING_URI=place.uri)
    wait_for(lambda: epochs_in(command) >= 2, 60, command.log.read_text)
    command.send(number)
    assert program.wait(command) == 128 + number
    run = next(run for run in list_runs(place) if run.name == f"by {number}")
    assert place.client.get_run(run.run_id).info.status == "KILLED"
    assert (run.status, run.reason) == ("stopped", f"Stopped by {SIGNALS[number]}.")
    assert run.epoch >= 2
    said = command.log.read_text()
    assert said.splitlines()[-1] == f"saliencnn: {run.reason}"
    assert "Traceback" not in said


def test_what_an_evaluation_has_finished_is_kept(
    place: Store, program: Forker, tmp_path: Path
) -> None:
    """The first network's part lies there once the second network's work begins."""
    request = Request(DATA, image_size=32, hyperparameters=Hyperparameters(epochs=2))
    run_id = train(place, request)
    models = ",".join(f"run:{run_id}:{epoch}" for epoch in (1, 2))
    images = "planted:train=1,validation=600,counterfactual=0,size=32"
    work = ("evaluate", "--models", models, "--images", images, "--work", str(tmp_path))
    command = program.start(*work, log="evaluate", MLFLOW_TRACKING_URI=place.uri)
    wait_for(lambda: [*tmp_path.rglob("*.npz")], 60, command.log.read_text)
    command.send(signal.SIGTERM)
    assert program.wait(command) == 128 + signal.SIGTERM
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
    assert kept
    assert list_evaluations(place) == []


@pytest.fixture
def queue(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Queue:
    monkeypatch.setenv("SALIENCNN_STUDY_URL", place_studies(tmp_path / "studies.db"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    return open_queue(store)


def ask(queue: Queue, run: RunInfo, epochs: int = 500) -> str:
    hp = Hyperparameters(epochs=epochs, batch_size=4)
    return enqueue(queue, run, Request(DATA, hyperparameters=hp, image_size=32), "Ann")


def find(queue: Queue, request_id: str) -> RequestInfo:
    return next(info for info in list_requests(queue) if info.id == request_id)


@pytest.mark.parametrize(
    ("moment", "number"),
    [("taken, asked by", signal.SIGTERM), (" epoch ", signal.SIGTERM), (" epoch ", signal.SIGINT)],
)
def test_a_worker_whose_group_is_ended_puts_its_request_back(
    queue: Queue, tiny_run: RunInfo, program: Forker, moment: str, number: signal.Signals
) -> None:
    """While it prepares a request, and while processes load images for it."""
    request_id = ask(queue, tiny_run)
    places = {"SALIENCNN_STUDY_URL": str(queue.url), "MLFLOW_TRACKING_URI": queue.store.uri}
    command = program.start("worker", log=f"{moment.strip()}-{number}", **places)
    wait_for(lambda: moment in command.log.read_text(), 60, command.log.read_text)
    command.send(number)
    command.send(number)  # as `timeout` does
    assert program.wait(command) == (130 if number == signal.SIGINT else 0)
    info = find(queue, request_id)
    assert (info.state, info.reason) == ("queued", "")
    assert "put back into the queue" in command.log.read_text()
    assert "Traceback" not in command.log.read_text()
    if moment == " epoch ":
        assert info.run_id is not None
        assert read_run(queue.store, info.run_id).status == "stopped"


FAILURES = [
    RuntimeError("DataLoader worker (pid(s) 24119) exited unexpectedly"),
    UserError("The process that loads images has died."),
    OSError(9, "Bad file descriptor"),
    ConnectionResetError(104, "Connection reset by peer"),
    EOFError(),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
@pytest.mark.parametrize("delay", [0, 0.1])
def test_whatever_fails_while_a_worker_is_ended_puts_the_request_back(
    queue: Queue, tiny_run: RunInfo, failure: Exception, delay: float
) -> None:
    """Also where the processes that load images hear of it before the worker does."""
    request_id = ask(queue, tiny_run)

    def report(_fraction: float, _words: str) -> None:
        threading.Timer(delay, worker.end).start() if delay else worker.end()
        raise failure

    worker = Worker(queue, say=lambda _: None, report=report)
    worker.run()
    assert find(queue, request_id).state == "queued"
    run = read_run(queue.store, str(find(queue, request_id).run_id))
    assert (run.status, run.reason) == ("stopped", "Its worker was ended; another goes on.")


def test_what_fails_before_its_run_exists_is_put_back_too(
    queue: Queue, tiny_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = ask(queue, tiny_run)

    def fail(*_: object) -> None:
        worker.end()
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("pipelines.training.preparation.read_image_set", fail)
    worker = Worker(queue, say=lambda _: None)
    worker.run()
    assert (find(queue, request_id).state, find(queue, request_id).run_id) == ("queued", None)


def test_training_that_fails_because_it_is_ended_is_stopped(store: Store) -> None:
    def report(_fraction: float, _words: str) -> None:
        threading.Timer(0.1, lambda: asked.append("Stopped by SIGTERM.")).start()
        raise FAILURES[0]

    asked: list[str] = []
    request = Request(DATA, image_size=32, hyperparameters=Hyperparameters(batch_size=16))
    with pytest.raises(Stopped):
        train(store, request, report, interrupted=lambda: "".join(asked))
    assert list_runs(store)[0].reason == "Stopped by SIGTERM."


@pytest.mark.parametrize("error", [Ended(signal.SIGTERM), KeyboardInterrupt(), OSError("disk")])
def test_a_run_that_ends_before_its_first_batch_has_an_end(
    store: Store, error: BaseException
) -> None:
    def started(_run_id: str) -> None:
        raise error

    request = Request(DATA, image_size=32, hyperparameters=Hyperparameters(batch_size=16))
    with pytest.raises(type(error)):
        train(store, request, started=started)
    run = list_runs(store)[0]
    assert run.ended
    assert run.status == ("failed" if isinstance(error, OSError) else "stopped")


@pytest.fixture
def silent_store(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A server that takes connections and never answers."""
    monkeypatch.setenv("SALIENCNN_SPOOL", str(tmp_path / "spool"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        yield Store(address, store.client, store.runs, store.image_sets, store.evaluations)


def test_an_end_waits_in_the_spool_before_the_store_is_asked(
    silent_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten seconds after SIGTERM, `docker stop` kills."""
    run_id = "0123456789abcdef" * 2
    end = RunEnd(run_id, this_process(), 0, "KILLED", "Stopped by SIGTERM.")
    asked: list[float | None] = []

    def answers(_store: Store, within: float | None) -> bool:
        assert read_end(spool_folder(silent_store), run_id) == end
        asked.append(within)
        return real(silent_store, 0.1)

    real = delivery.answers
    monkeypatch.setattr(delivery, "answers", answers)
    with pytest.raises(Undelivered, match="saliencnn sync"):
        Delivery(silent_store, run_id).close(end, patience=0, hurry=True)
    assert asked == [delivery.HURRIED_PROBE]
    assert 2 * delivery.HURRIED_PROBE + 2 < 10


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that the test turns."""
    turned = [1000.0]
    monkeypatch.setattr("pipelines.cli.ending.time.monotonic", lambda: turned[0])
    return turned


def test_a_signal_that_comes_twice_at_once_is_one_wish(now: list[float]) -> None:
    cut: list[int] = []
    signals = EndSignals(cut.append)
    signals.take(signal.SIGTERM)
    now[0] += 0.9
    signals.take(signal.SIGHUP)
    assert (cut, signals.number) == ([signal.SIGTERM], signal.SIGTERM)
    now[0] += 0.2
    with pytest.raises(Ended, match="Stopped by hand"):
        signals.take(signal.SIGINT)
    assert signals.listen() == "Stopped by SIGTERM."


def test_whoever_asks_at_every_batch_is_not_cut_off(now: list[float]) -> None:
    cut: list[int] = []
    with end_signals(cut.append) as signals:
        assert signals.listen() == ""
        now[0] += 0.5
        signals.take(signal.SIGTERM)
        assert cut == []
        assert signals.listen() == "Stopped by SIGTERM."


def test_whoever_asks_no_more_is_cut_off_a_moment_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that takes minutes, or a store that does not answer."""
    monkeypatch.setattr("pipelines.cli.ending.REPEAT", 0.2)
    with end_signals(end_at_once) as signals:
        signals.listen()
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Ended, match="SIGTERM"):
            threading.Event().wait(60)


def test_an_ignored_signal_stays_ignored_and_handlers_come_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    old = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as below `nohup`
    try:
        with end_signals(end_at_once):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            with pytest.raises(Ended, match="SIGTERM"):
                signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGHUP, old)
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_run_whose_hyperparameters_are_cut_off_has_an_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def log_batch(*_: object, **named: object) -> None:
        if "params" in named:
            raise Ended(signal.SIGTERM)

    monkeypatch.setattr(store.client, "log_batch", log_batch)
    with pytest.raises(Ended):
        start_run(store, "cut off", {"epochs": 1})
    run = next(
        run for run in store.client.search_runs([store.runs]) if run.info.run_name == "cut off"
    )
    assert run.info.status == "KILLED"

"""A server that comes back with an empty database while a training runs, and with its own later."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.cli.main import main
from pipelines.retry.queue import enqueue, list_requests
from pipelines.retry.studies import open_queue
from pipelines.retry.worker import Worker
from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.recording import ending
from saliencnn.recording.delivery import Undelivered
from saliencnn.recording.epoch_record import RunEnd
from saliencnn.recording.spool import put_end, spool_folder, spooled_epochs, spooled_runs
from saliencnn.recording.sync import OtherDatabase, own_database
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, list_runs, read_run, start_run
from tests.helpers.comparison import check_same
from tests.helpers.epochs import epoch_and_phase
from tests.helpers.logs import Log
from tests.helpers.stores import new_store

EPOCHS = 5
REQUEST = Request(
    "planted:train=64,validation=16,counterfactual=0,size=48",
    image_size=48,
    hyperparameters=Hyperparameters(epochs=EPOCHS, batch_size=32),
)
RUN = "0123456789abcdef" * 2


class Switch:
    """A store whose client can be turned to another database, as a server's can."""

    def __init__(self, folder: Path) -> None:
        self.own, self.empty = new_store(folder / "own"), new_store(folder / "empty")
        # An address is a server's alone if it begins with http; nothing else tells them apart.
        self.store = replace(self.own)

    def turn(self, to: Store) -> None:
        object.__setattr__(self.store, "client", to.client)


@pytest.fixture
def switch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Switch:
    monkeypatch.setenv("SALIENCNN_SPOOL", str(tmp_path / "spool"))
    monkeypatch.setattr(ending, "STORE_TIMEOUT", 0)
    return Switch(tmp_path)


@pytest.fixture(scope="module")
def whole(store: Store) -> RunInfo:
    return read_run(store, train(store, REQUEST))


def test_training_goes_on_and_delivers_when_its_database_is_back(
    switch: Switch, store: Store, whole: RunInfo, logs: Log
) -> None:
    folder = spool_folder(switch.store)

    def report(_fraction: float, words: str) -> None:
        if epoch_and_phase(words) == (2, "validating"):
            switch.turn(switch.empty)

    def on_epoch(finished: FinishedEpoch) -> None:
        if finished.epoch == 4:
            assert spooled_epochs(folder, finished.run_id) == [2, 3, 4]
            switch.turn(switch.own)

    run_id = train(switch.store, REQUEST, report, on_epoch=on_epoch)
    check_same(switch.own, read_run(switch.own, run_id), store, whole)
    assert list_runs(switch.empty) == []
    assert spooled_runs(folder) == []
    said = [r.getMessage() for r in logs.records if r.name == "saliencnn.recording.delivery"]
    assert len(said) == 2
    assert f"does not have run {run_id}" in said[0]
    assert "Training goes on" in said[0]


def test_training_that_ends_meanwhile_says_so_and_sync_keeps_all_until_it_fits(
    switch: Switch,
    store: Store,
    whole: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def report(_fraction: float, words: str) -> None:
        if epoch_and_phase(words) == (4, "validating"):
            switch.turn(switch.empty)

    run_ids: list[str] = []
    with pytest.raises(Undelivered, match=r"does not have run .*saliencnn sync") as raised:
        train(switch.store, REQUEST, report, run_ids.append)
    assert run_ids[0] in str(raised.value)
    folder = spool_folder(switch.store)
    # Another machine's run waits as well, and is not kept from its store by this one.
    other = start_run(switch.empty, "other", {"epochs": 1}, process="here:1")
    put_end(folder, RunEnd(other, "here:1", 0, "KILLED", "By hand."))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", switch.empty.uri)
    assert main(["sync"]) == 2
    said = capsys.readouterr().out
    assert run_ids[0] in said
    assert "epoch 4, epoch 5, its end" in said
    assert f"Run {other}: delivered its end." in said
    assert spooled_epochs(folder, run_ids[0]) == [4, 5]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", switch.own.uri)
    assert main(["sync"]) == 0
    check_same(switch.own, read_run(switch.own, run_ids[0]), store, whole)


@pytest.mark.parametrize("method", ["create_logged_model", "log_batch", "finalize_logged_model"])
def test_a_database_that_changes_in_the_middle_of_a_delivery_loses_nothing(
    switch: Switch, store: Store, whole: RunInfo, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    turned: list[str] = []
    real = getattr(switch.own.client, method)

    def act(*given: object, **named: object) -> object:
        if len(turned) == 1:
            turned.append("away")
            switch.turn(switch.empty)
            return getattr(switch.empty.client, method)(*given, **named)
        return real(*given, **named)

    def report(_fraction: float, words: str) -> None:
        if epoch_and_phase(words) == (2, "validating") and not turned:
            turned.append("soon")

    def on_epoch(finished: FinishedEpoch) -> None:
        if finished.epoch == 3:
            switch.turn(switch.own)

    monkeypatch.setattr(switch.own.client, method, act)
    run_id = train(switch.store, REQUEST, report, on_epoch=on_epoch)
    assert len(turned) == 2
    check_same(switch.own, read_run(switch.own, run_id), store, whole)


def test_a_worker_waits_for_its_own_database(
    switch: Switch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SALIENCNN_STUDY_URL", f"sqlite:///{tmp_path}/studies.db")
    start = read_run(switch.own, train(switch.own, REQUEST))
    queue = open_queue(switch.store)
    request_id = enqueue(queue, start, replace(REQUEST, name="again"), "Ann")
    switch.turn(switch.empty)
    said: list[str] = []

    def say(sentence: str) -> None:
        said.append(sentence)
        if "does not have run" in sentence:
            switch.turn(switch.own)

    def report(_fraction: float, words: str) -> None:
        if epoch_and_phase(words) == (2, "validating") and len(said) == 2:
            switch.turn(switch.empty)

    worker = Worker(replace(queue, heartbeat=0), poll=0.1, say=say, report=report)
    worker.run(once=True)
    (info,) = list_requests(queue)
    assert (info.id, info.state) == (request_id, "completed")
    assert len([sentence for sentence in said if "does not have run" in sentence]) == 2
    assert list_runs(switch.empty) == []
    assert read_run(switch.own, str(info.run_id)).epoch == EPOCHS


def test_what_fails_for_another_reason_is_not_the_database(store: Store) -> None:
    run_id = start_run(store, None, {})
    with pytest.raises(ZeroDivisionError), own_database(store, run_id):
        raise ZeroDivisionError
    with pytest.raises(OtherDatabase, match=RUN), own_database(store, RUN):
        raise ZeroDivisionError
    with pytest.raises(KeyboardInterrupt), own_database(store, RUN):
        raise KeyboardInterrupt

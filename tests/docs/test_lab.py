"""A lab: real Postgres, a real MLflow server, three workers, and one of them killed."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from pipelines.retry.queue import enqueue, list_requests
from pipelines.retry.request_state import first_number
from pipelines.retry.studies import Queue, open_queue
from pipelines.retry.worker import Worker
from pipelines.retry.workers import list_workers
from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store, open_store
from saliencnn.store.epochs import read_manifest
from saliencnn.store.runs import RunInfo, list_runs, read_run
from tests.helpers.commands import Forker
from tests.helpers.lab import postgres, wait_for, worker_process
from tests.helpers.server import mlflow_server

REQUESTS, WORKERS, EPOCHS = 3, 3, 4
HEARTBEAT, GRACE = 1, 8
REQUEST = Request(
    "planted:train=32,validation=16,counterfactual=0,size=32,seed=0",
    hyperparameters=Hyperparameters(epochs=EPOCHS, batch_size=8),
    image_size=32,
)


@pytest.fixture
def queue(tmp_path: Path, program: Forker, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    monkeypatch.setenv("SALIENCNN_SPOOL", str(tmp_path / "spool"))
    with (
        postgres("runs", "studies") as cluster,
        mlflow_server(tmp_path, database=cluster.address("runs"), program=program) as address,
    ):
        monkeypatch.setenv("SALIENCNN_STUDY_URL", cluster.address("studies"))
        yield open_queue(open_store(address), HEARTBEAT, GRACE)


def kill_one_in_mid_training(queue: Queue) -> tuple[str, str, str]:
    """Kill a worker after an epoch; return its name, its request's and its run's id."""

    def in_mid_training() -> tuple[str, str, str] | None:
        for info in list_requests(queue):
            if info.state == "running" and info.run_id:
                run = read_run(queue.store, info.run_id)
                if 1 <= run.epoch < EPOCHS - 1:
                    return info.worker, info.id, info.run_id
        return None

    worker, request, run_id = wait_for(in_mid_training, 120)
    os.kill(int(worker.rpartition(":")[2]), signal.SIGKILL)
    return worker, request, run_id


def test_every_request_completes_exactly_once_though_a_worker_is_killed(
    queue: Queue, tmp_path: Path, program: Forker
) -> None:
    start = read_run(queue.store, train(queue.store, REQUEST))
    wanted, logged = {}, {}
    with ExitStack() as workers:
        for number in range(WORKERS):
            log = tmp_path / f"worker-{number}.log"
            process = workers.enter_context(
                worker_process(program, queue.store, log, HEARTBEAT, GRACE, once=False)
            )
            logged[process.pid] = log
        wait_for(lambda: len(list_workers(queue)) == WORKERS, 120)
        for seed in range(REQUESTS):
            changed = replace(REQUEST.hyperparameters, seed=seed, dropout=seed / 20)
            request = replace(REQUEST, hyperparameters=changed, name=f"retry {seed}")
            wanted[enqueue(queue, start, request, "Ann")] = request
        victim, orphan, half_done = kill_one_in_mid_training(queue)

        def logs() -> str:
            return "".join(log.read_text() for log in logged.values())

        wait_for(lambda: {i.state for i in list_requests(queue)} == {"completed"}, 300, logs)
    # The victim's own loader processes may have been about to hand it a batch, and say so.
    del logged[int(victim.rpartition(":")[2])]
    assert "Traceback" not in logs()

    found = {info.id: info for info in list_requests(queue)}
    assert {name: info.request for name, info in found.items()} == wanted
    (study,) = {info.study for info in found.values()}
    trials = optuna.load_study(study_name=study, storage=queue.storage).trials
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    assert sorted(first_number(trial) for trial in complete) == list(range(REQUESTS))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE, TrialState.FAIL}
    assert found[orphan].attempts >= 2
    assert found[orphan].run_id == half_done, "gone on with, not begun again"
    assert found[orphan].worker != victim
    assert len({info.worker for info in found.values()} - {victim}) == WORKERS - 1

    runs = {run.run_id: run for run in list_runs(queue.store)}
    assert set(runs) == {start.run_id, *(info.run_id for info in found.values())}
    assert len(runs) == REQUESTS + 1
    for info in found.values():
        run = runs[str(info.run_id)]
        assert run.status == "finished"
        assert Hyperparameters.from_mapping(run.hyperparameters) == info.request.hyperparameters
        for metric in ("epoch", "val_accuracy"):
            history = queue.store.client.get_metric_history(run.run_id, metric)
            assert [point.step for point in history] == list(range(1, EPOCHS + 1))
        for epoch in run.epochs:
            assert read_manifest(queue.store, run.run_id, epoch).methods
        tags = queue.store.client.get_run(run.run_id).data.tags
        parent = queue.store.client.get_run(tags["mlflow.parentRunId"])
        assert parent.data.tags["saliencnn.study"] == study


def test_a_worker_goes_on_when_postgres_comes_back(
    store: Store, tiny_run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is away while a request is trained and told, and while the queue is looked at."""
    said: list[str] = []
    with postgres("studies") as cluster:
        monkeypatch.setenv("SALIENCNN_STUDY_URL", cluster.address("studies"))
        queue = open_queue(store, HEARTBEAT, GRACE)
        request_id = enqueue(queue, tiny_run, REQUEST, "Ann")

        def on_epoch(finished: FinishedEpoch) -> None:
            if finished.epoch == EPOCHS:
                cluster.stop()

        def say(sentence: str) -> None:
            said.append(sentence)
            if "cannot be reached" in sentence:
                cluster.start()

        Worker(queue, 0.5, say, on_epoch=on_epoch).run(once=True)
        (info,) = list_requests(queue)
        assert (info.id, info.state) == (request_id, "completed")
        assert len(said) == 3, said
        cluster.stop()
        for ask in (list_requests, lambda queue: enqueue(queue, tiny_run, REQUEST, "Ann")):
            with pytest.raises(UserError, match="studies cannot be reached") as raised:
                ask(queue)
            assert cluster.password not in str(raised.value)
        Worker(queue, 0.5, say, on_epoch=on_epoch).run(once=True)
        assert len(said) == 4

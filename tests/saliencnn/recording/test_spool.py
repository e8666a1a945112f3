"""Runs whose MLflow server goes away in mid-training."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pipelines.cli.main import main
from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.resume import resume
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.recording import ending
from saliencnn.recording.delivery import Undelivered
from saliencnn.recording.ending import Stopped
from saliencnn.recording.epoch_record import EpochRecord, RunEnd, Superseded, deliver_epoch
from saliencnn.recording.record_files import decode_record, encode_record
from saliencnn.recording.spool import (
    SpoolBusy,
    claiming,
    has_spooled,
    put_end,
    put_epoch,
    read_end,
    read_epoch,
    spool_folder,
    spooled_epochs,
    spooled_runs,
)
from saliencnn.recording.sync import deliver_spooled, sync
from saliencnn.store import heartbeat, outage
from saliencnn.store.checkpoints import Training, kept_epochs, write_checkpoint
from saliencnn.store.connection import Store, open_store
from saliencnn.store.epochs import PREDICTION
from saliencnn.store.maptable import MapTable, row_type
from saliencnn.store.outage import StoreAway, answers
from saliencnn.store.runs import RunInfo, read_run, resume_run, start_run
from tests.helpers.commands import Forker
from tests.helpers.comparison import check_same
from tests.helpers.epochs import epoch_and_phase
from tests.helpers.logs import Log
from tests.helpers.proxy import cutting_proxy
from tests.helpers.records import SMALLGAP, make_record
from tests.helpers.server import mlflow_server
from tests.helpers.waiting import wait_for

EPOCHS = 5
SIDE = 32
REQUEST = Request(
    f"planted:train=16,validation=16,counterfactual=0,size={SIDE}",
    image_size=SIDE,
    hyperparameters=Hyperparameters(epochs=EPOCHS, batch_size=8, momentum=0.8),
)
BEST = replace(REQUEST, keep="best")
RUN = "0123456789abcdef" * 2


class Server:
    """An MLflow server that can be killed and started again at the same address."""

    def __init__(self, folder: Path, program: Forker) -> None:
        self._folder, self._program, self._running = folder, program, ExitStack()
        self.address = self._running.enter_context(mlflow_server(folder, program=program))

    def kill(self) -> None:
        self._running.close()

    def start(self) -> None:
        port = int(self.address.rpartition(":")[2])
        again = mlflow_server(self._folder, port, program=self._program)
        self._running.enter_context(again)


@pytest.fixture(scope="module")
def server(program: Forker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("away"), program)
    yield server
    server.kill()


@pytest.fixture
def served(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """The server's store; nobody waits for it.

    A request that fails is tried once more, at once: the server closes connections that were
    idle for five seconds, sometimes just as a request goes out.
    """
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.address)
    monkeypatch.setenv("SALIENCNN_SPOOL", str(tmp_path / "spool"))
    monkeypatch.setattr(ending, "STORE_TIMEOUT", 0)
    monkeypatch.setattr(outage, "PROBE", 60)  # a busy machine's server is slow, not away
    return open_store(server.address)


@pytest.fixture(scope="module")
def whole(store: Store) -> RunInfo:
    """The run as it is with a store that stays."""
    return read_run(store, train(store, REQUEST))


@pytest.fixture(scope="module")
def whole_best(store: Store) -> RunInfo:
    """The run that keeps its best checkpoint, with a store that stays."""
    return read_run(store, train(store, BEST))


def spool_from(store: Store, server: Server, request: Request, epoch: int) -> str:
    """Train with a server that goes away in an epoch for good; bring it back afterwards."""
    seen: list[tuple[int, str]] = []
    run_ids: list[str] = []

    def report(_fraction: float, words: str) -> None:
        seen.append(epoch_and_phase(words))
        if seen[-1] == (epoch, "validating"):
            server.kill()

    with pytest.raises(Undelivered, match=r"run `saliencnn sync` here when it is back\.$"):
        train(store, request, report, run_ids.append)
    (run_id,) = run_ids
    assert seen[-1][0] == EPOCHS, "training has not gone on"
    assert spooled_epochs(spool_folder(store), run_id) == list(range(epoch, EPOCHS + 1))
    server.start()
    assert read_run(store, run_id).epoch == epoch - 1
    return run_id


def test_a_server_that_is_back_three_epochs_later_gets_all_of_them(
    store: Store,
    server: Server,
    served: Store,
    whole: RunInfo,
    logs: Log,
) -> None:
    folder = spool_folder(served)

    def report(_fraction: float, words: str) -> None:
        if epoch_and_phase(words) == (2, "validating"):
            server.kill()

    def on_epoch(finished: FinishedEpoch) -> None:
        if finished.epoch == 4:
            assert spooled_epochs(folder, finished.run_id) == [2, 3, 4]
            server.start()
            assert read_run(served, finished.run_id).epoch == 1
        if finished.epoch == 5:
            assert not spooled_runs(folder)
            assert read_run(served, finished.run_id).epoch == 5

    run_id = train(served, REQUEST, report, on_epoch=on_epoch)
    check_same(served, read_run(served, run_id), store, whole)
    assert list(sync(served)) == []
    assert not (folder / run_id).exists()
    away, back = [r.getMessage() for r in logs.records if r.name == "saliencnn.recording.delivery"]
    assert away.startswith(f"The store {served.uri} does not answer. Training goes on")
    assert back.startswith("The store is back")
    moments = [m.timestamp for m in served.client.get_metric_history(run_id, "epoch")]
    assert moments == sorted(set(moments)), "an epoch's moment is not that of its delivery"


def test_sync_delivers_later_and_each_epoch_once(
    store: Store,
    server: Server,
    served: Store,
    whole_best: RunInfo,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    run_id = spool_from(served, server, BEST, 3)
    folder = spool_folder(served)
    shutil.copytree(folder, tmp_path / "copy")
    # What a delivery leaves that was killed in the middle of epoch 3.
    write_checkpoint(served, run_id, 3, {"half": torch.zeros(1)}, SMALLGAP)
    assert main(["sync"]) == 0
    said = capsys.readouterr().out
    assert said == f"Run {run_id}: delivered epoch 3, epoch 4, epoch 5, its end.\n"
    check_same(served, read_run(served, run_id), store, whole_best)
    assert main(["sync"]) == 0
    assert capsys.readouterr().out == f"Nothing waits in {folder}.\n"
    # A delivery killed after the last parcel had arrived, before it was taken off the spool.
    shutil.copytree(tmp_path / "copy", folder, dirs_exist_ok=True)
    assert list(sync(served))
    check_same(served, read_run(served, run_id), store, whole_best)
    assert list(sync(served)) == []


def test_sync_says_when_the_server_is_still_away(
    server: Server, served: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    put_end(spool_folder(served), RunEnd(RUN, "here:1", 1, "FINISHED"))
    server.kill()
    try:
        assert not answers(served)
        assert main(["sync"]) == 2
        with pytest.raises(StoreAway):
            list(sync(served))
    finally:
        server.start()
    said = capsys.readouterr().err
    assert said.startswith(f"saliencnn: The store {served.uri} cannot be opened")
    assert said.count("\n") == 1
    assert answers(served)
    (said,) = sync(served)
    assert f"does not have run {RUN}" in said
    assert spooled_runs(spool_folder(served)) == [RUN]


def test_a_server_that_drops_one_connection_is_not_away(server: Server) -> None:
    with cutting_proxy(server.address) as proxy:
        behind = open_store(proxy.address)
        proxy.cut = ("GET", "/experiments/get", False)
        assert answers(behind)
        assert proxy.cut is None


CUTS = {
    1: ("POST", "/mlflow/logged-models", True),
    2: ("POST", "/runs/log-batch", True),
    3: ("PUT", "/manifest.json", False),
    4: ("DELETE", "/training/", True),
    5: ("POST", "/runs/log-batch", False),
}
"""What is cut off in each epoch."""
CUT_END = ("POST", "/runs/update", True)
"""What is cut off of the run's end."""


def test_deliveries_cut_off_anywhere_leave_each_epoch_once(
    store: Store,
    server: Server,
    served: Store,
    whole: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")  # a second try would hide the cut
    monkeypatch.setattr(heartbeat, "LOOK", 1e6)  # its requests are not the ones to be cut off
    monkeypatch.setattr(ending, "STORE_TIMEOUT", 60)
    with cutting_proxy(server.address) as proxy:
        behind = open_store(proxy.address)

        def report(_fraction: float, words: str) -> None:
            epoch, phase = epoch_and_phase(words)
            if phase == "validating":
                proxy.cut = CUTS[epoch]

        def on_epoch(finished: FinishedEpoch) -> None:
            if finished.epoch == EPOCHS:
                proxy.cut = CUT_END

        run_id = train(behind, REQUEST, report, on_epoch=on_epoch)
        assert proxy.done == [*CUTS.values(), CUT_END]
        assert not spooled_runs(spool_folder(behind))
    check_same(served, read_run(served, run_id), store, whole)


TRAINER = """
import json, os, signal, sys
from saliencnn.common.hyperparameters import Hyperparameters
from pipelines.training.request import Request
from saliencnn.store.connection import open_store
from pipelines.training.run import train

job = json.loads(sys.argv[1])

def audit(event, arguments):
    if event == "open" and job["at"] in str(arguments[0]):
        os.kill(os.getpid(), signal.SIGKILL)

run_ids = []

def report(_fraction, words):
    if words == f"epoch 2 of {job['hyperparameters']['epochs']}: validating":
        print(run_ids[0], flush=True)
        ready()  # until the server is gone

sys.addaudithook(audit)
hp = Hyperparameters(**job["hyperparameters"])
request = Request(job["data"], image_size=job["side"], hyperparameters=hp)
train(open_store(), request, report, run_ids.append)
"""


def test_a_run_killed_while_it_spools_goes_on_from_its_last_whole_parcel(
    store: Store,
    server: Server,
    served: Store,
    whole: RunInfo,
    program: Forker,
    tmp_path: Path,
) -> None:
    job = {
        "data": REQUEST.data,
        "side": SIDE,
        "hyperparameters": REQUEST.hyperparameters.as_dict(),
        "at": "/0004.part/arrays.npz",
    }
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    trainer = program.start(json.dumps(job), program=TRAINER, gate=str(gate))
    wait_for(lambda: list(tmp_path.glob("gate-*")), 60, trainer.log.read_text)
    run_id = trainer.log.read_text().split()[-1]
    server.kill()
    gate.open("w").close()
    assert program.wait(trainer) == -signal.SIGKILL
    server.start()
    folder = spool_folder(served)
    assert (folder / run_id / "0004.part").is_dir()
    assert spooled_epochs(folder, run_id) == [2, 3]
    assert read_run(served, run_id).epoch == 1
    resumed_at: list[int] = []
    resume(served, run_id, on_epoch=lambda finished: resumed_at.append(finished.epoch))
    assert resumed_at[0] == 4
    check_same(served, read_run(served, run_id), store, whole)
    assert not (folder / run_id).exists()


def test_a_stopped_run_spools_its_end_and_goes_on_later(
    store: Store, server: Server, served: Store, whole: RunInfo
) -> None:
    told: list[str] = []

    def interrupted() -> str:
        return "Enough." if spooled_epochs(spool_folder(served), told[0]) == [2] else ""

    def report(_fraction: float, words: str) -> None:
        if epoch_and_phase(words) == (2, "validating"):
            server.kill()

    with pytest.raises(Stopped, match="Enough"):
        train(served, REQUEST, report, told.append, interrupted=interrupted)
    server.start()
    assert list(sync(served)) == [f"Run {told[0]}: delivered epoch 2, its end."]
    run = read_run(served, told[0])
    assert (run.status, run.reason, run.epoch) == ("stopped", "Enough.", 2)
    resume(served, told[0])
    check_same(served, read_run(served, told[0]), store, whole)


@pytest.fixture
def run_id(store: Store) -> Iterator[str]:
    """A run under way in the embedded store."""
    run_id = start_run(store, "by hand", {"epochs": 5}, process="here:1")
    yield run_id
    shutil.rmtree(spool_folder(store) / run_id, ignore_errors=True)


def test_two_processes_do_not_deliver_the_same_run(store: Store, run_id: str) -> None:
    folder = spool_folder(store)
    put_epoch(folder, make_record(run_id, 1))
    with claiming(folder, run_id):
        with pytest.raises(SpoolBusy):
            deliver_spooled(store, folder, run_id)
        assert list(sync(store)) == [f"Another process is delivering run {run_id}."]
    assert deliver_spooled(store, folder, run_id) == ["epoch 1"]
    assert list(kept_epochs(store, run_id)) == [1]


def test_a_run_that_another_process_has_resumed_gets_nothing_from_the_spool(
    store: Store, run_id: str
) -> None:
    folder = spool_folder(store)
    put_epoch(folder, make_record(run_id, 1))
    resume_run(store, run_id, "elsewhere:2")
    assert list(sync(store)) == [f"Run {run_id} has been resumed by another process, elsewhere:2."]
    assert not has_spooled(folder, run_id)
    assert read_run(store, run_id).epoch == 0
    with pytest.raises(Superseded):
        deliver_epoch(store, make_record(run_id, 1))


def test_an_epoch_waits_for_the_one_before_it(store: Store, run_id: str) -> None:
    with pytest.raises(UserError, match=r"Epoch 2 of run .* must wait for epoch 1"):
        deliver_epoch(store, make_record(run_id, 2))
    for epoch in (1, 2, 1):
        deliver_epoch(store, make_record(run_id, epoch), again=True)
    assert [m.step for m in store.client.get_metric_history(run_id, "epoch")] == [1, 2]
    assert list(kept_epochs(store, run_id)) == [1, 2]


@pytest.mark.parametrize("run_id", ["", "..", "../" + RUN[3:], RUN.upper(), RUN + "\n", RUN + "0"])
def test_only_a_run_s_id_names_a_folder(tmp_path: Path, run_id: str) -> None:
    for act in (
        lambda: put_epoch(tmp_path, make_record(run_id, 1)),
        lambda: put_end(tmp_path, RunEnd(run_id, "here:1", 1, "FINISHED")),
        lambda: read_epoch(tmp_path, run_id, 1),
        lambda: has_spooled(tmp_path, run_id),
    ):
        with pytest.raises(UserError, match="is no run's id"):
            act()
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_whole_parcel_does_not_count(tmp_path: Path) -> None:
    for name in (f"{RUN}/0001.part", f"{RUN}/1", "notes", f"{RUN[:-1]}/0001"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / RUN / "lock").touch()
    assert spooled_runs(tmp_path) == []
    assert spooled_runs(tmp_path / "nowhere") == []
    put_epoch(tmp_path, make_record(RUN, 10))
    put_epoch(tmp_path, make_record(RUN, 1))
    assert spooled_epochs(tmp_path, RUN) == [1, 10]
    end = RunEnd(RUN, "here:1", 1, "FAILED", "Because.")
    put_end(tmp_path, end)
    assert read_end(tmp_path, RUN) == end
    assert spooled_runs(tmp_path) == [RUN]


def test_a_spool_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"The store is away, and .* cannot be written") as caught:
        put_epoch(tmp_path / "file", make_record(RUN, 1))
    assert "\n" not in str(caught.value)


DTYPES = [torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.bool]
NAMES = st.text("abcxyz._", min_size=1, max_size=8)


@st.composite
def tensors(draw: st.DrawFn) -> torch.Tensor:
    shape = draw(st.lists(st.integers(0, 3), max_size=4))
    values = torch.tensor(draw(st.integers(-99, 99))) + torch.arange(int(np.prod(shape)))
    return values.reshape(shape).to(draw(st.sampled_from(DTYPES)))


TABLES = st.builds(
    lambda methods, count, seed: MapTable(
        tuple(methods),
        np.frombuffer(
            np.random.default_rng(seed).bytes(count * row_type(len(methods), 2, 3).itemsize),
            row_type(len(methods), 2, 3),
        ),
    ),
    st.lists(NAMES, min_size=1, max_size=3),
    st.integers(0, 3),
    st.integers(0, 99),
)
RECORDS = st.builds(
    EpochRecord,
    run_id=st.just(RUN),
    process=st.text(max_size=9),
    arch=NAMES,
    keep=st.sampled_from(["all", "best", "last", "7"]),
    epoch=st.integers(1, 1000),
    last=st.booleans(),
    classes=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    weights=st.dictionaries(NAMES, tensors(), max_size=3),
    training=st.builds(
        Training,
        st.dictionaries(NAMES, tensors() | st.floats(allow_nan=False), max_size=3),
        st.floats(0, 1),
        st.integers(0, 1000),
    ),
    predictions=hnp.arrays(PREDICTION, st.integers(0, 3)),
    tables=st.dictionaries(NAMES, TABLES, max_size=2),
    ended=st.floats(0, 1e10),
    metrics=st.dictionaries(NAMES, st.floats(allow_nan=False, allow_infinity=False), max_size=3),
    skipped=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    news=st.lists(st.text(max_size=5), max_size=3).map(tuple),
)


def check_tensors(found: Any, given: Any) -> None:
    assert list(found) == list(given)
    for name, value in given.items():
        if isinstance(value, torch.Tensor):
            assert found[name].dtype == value.dtype
            assert torch.equal(found[name], value)
        else:
            assert found[name] == value


@settings(max_examples=60)
@given(RECORDS)
def test_a_parcel_comes_back_exactly(record: EpochRecord) -> None:
    found = decode_record(encode_record(record))
    assert sorted(found.weights) == sorted(record.weights)
    check_tensors({n: found.weights[n] for n in record.weights}, record.weights)
    check_tensors(found.training.optimizer, record.training.optimizer)
    assert found.predictions.dtype == record.predictions.dtype
    assert found.predictions.tobytes() == record.predictions.tobytes()
    assert list(found.tables) == list(record.tables)
    for name, table in record.tables.items():
        assert found.tables[name].methods == table.methods
        assert found.tables[name].rows.dtype == table.rows.dtype
        assert found.tables[name].rows.tobytes() == table.rows.tobytes()
    assert (found.training.best_accuracy, found.training.waited) == (
        record.training.best_accuracy,
        record.training.waited,
    )
    plain = ("run_id", "process", "arch", "keep", "epoch", "last", "ended", "metrics")
    for name in (*plain, "classes", "skipped", "news"):
        assert getattr(found, name) == getattr(record, name)

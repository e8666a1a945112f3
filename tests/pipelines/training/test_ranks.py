"""Two processes that train one network, and what becomes of them when one is stopped or killed."""

import signal
import socket
from pathlib import Path

import pytest
import torch

from pipelines.cli.main import main
from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.resume import resume
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.recording.ending import Stopped
from saliencnn.store.checkpoints import kept_epochs, read_checkpoint
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_predictions
from saliencnn.store.history import read_history
from saliencnn.store.runs import RunInfo, ask_to_stop, list_runs, read_run
from tests.helpers.commands import Command, Forker
from tests.helpers.maps import read_all_maps
from tests.helpers.stores import new_store
from tests.helpers.waiting import wait_for

RANKS = 2
LIMIT = 60
"""Seconds that a slow machine may take for an epoch, or to notice that a process is gone."""
# The last batch is one image, so that a process has none; the others have norms and guidance.
DATA = "planted:train=33,validation=70,counterfactual=8,size=32"
LEARNING = Hyperparameters(
    optimizer="sgd", learning_rate=0.05, batch_size=16, epochs=2, guidance="inside", ema=0.9
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store whose newest run is this test's."""
    return new_store(tmp_path)


def start_ranks(program: Forker, store: Store, *words: str) -> list[Command]:
    """Start ``saliencnn train`` as torchrun does, without what ends all when one is gone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return [
        program.start(
            "train", *words, "--loaders", "0", RANK=str(rank), LOCAL_RANK=str(rank),
            WORLD_SIZE=str(RANKS), LOCAL_WORLD_SIZE=str(RANKS), MASTER_ADDR="127.0.0.1",
            MASTER_PORT=str(port), MLFLOW_TRACKING_URI=store.uri,
        )
        for rank in range(RANKS)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [("search", "0" * 32), ("worker", "--once"), ("demo", "--no-serve"), ("train", "--find-lr")],
    ids=lambda words: words[0],
)
def test_what_each_process_would_do_as_a_whole_is_refused(
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main(words) == 2
    refusal = capsys.readouterr().err
    assert "torchrun" in refusal
    assert refusal.count("\n") == 1
    assert not list(tmp_path.iterdir())


def newest(store: Store) -> RunInfo:
    return list_runs(store)[0]


def options(hp: Hyperparameters) -> list[str]:
    own = {k: v for k, v in hp.as_dict().items() if v != getattr(Hyperparameters(), k)}
    return [word for k, v in own.items() for word in (f"--{k.replace('_', '-')}", str(v))]


def test_two_processes_come_to_the_numbers_of_one(program: Forker, store: Store) -> None:
    alone = read_run(store, train(store, Request(DATA, image_size=32, hyperparameters=LEARNING)))
    ranks = start_ranks(program, store, "--data", DATA, "--image-size", "32", *options(LEARNING))
    assert [program.wait(one) for one in ranks] == [0, 0], [one.log.read_text() for one in ranks]
    assert not ranks[1].log.read_text()
    run = newest(store)
    assert run.run_id != alone.run_id
    assert (run.status, run.epochs, run.notes) == ("finished", alone.epochs, alone.notes)
    assert run.hyperparameters == alone.hyperparameters
    names = ["train_loss", "train_accuracy", "guidance_loss", "val_loss", "counterfactual_accuracy"]
    mine, theirs = (read_history(store, [r.run_id], names)["value"] for r in (run, alone))
    assert mine.tolist() == pytest.approx(theirs.tolist(), rel=1e-4)
    again = start_ranks(program, store, "--resume", run.run_id)
    assert [program.wait(one) for one in again] == [2, 0]
    assert "has completed all its 2 epochs" in again[0].log.read_text()
    assert not again[1].log.read_text()
    for epoch, model in kept_epochs(store, run.run_id).items():
        other = read_checkpoint(store, kept_epochs(store, alone.run_id)[epoch])
        for name, value in read_checkpoint(store, model).items():
            torch.testing.assert_close(value, other[name], rtol=1e-3, atol=1e-4, msg=name)
        predicted = [
            read_predictions(store, r.run_id, epoch)["image"].tolist() for r in (run, alone)
        ]
        assert predicted[0] == predicted[1]
        rows = [
            read_all_maps(store, r.run_id, epoch, "maps.npy").rows["image"] for r in (run, alone)
        ]
        assert sorted(set(rows[0])) == sorted(set(rows[1])) == list(range(70))


def test_a_stop_reaches_all_processes_and_a_lost_one_ends_the_others(
    program: Forker, store: Store
) -> None:
    words = ("--data", DATA, "--image-size", "32", "--epochs", "500", "--batch-size", "16")
    ranks = start_ranks(program, store, *words)

    def log() -> str:
        return "".join(one.log.read_text() for one in ranks)

    run = wait_for(lambda: next((r for r in list_runs(store) if r.epoch >= 1), None), LIMIT, log)
    ask_to_stop(store, run.run_id, "Ann")
    assert [program.wait(one) for one in ranks] == [2, 2]
    assert "Stopped by Ann." in ranks[0].log.read_text()
    assert "was asked to stop" in ranks[1].log.read_text()
    stopped = read_run(store, run.run_id)
    assert (stopped.status, stopped.reason) == ("stopped", "Stopped by Ann.")

    ranks = start_ranks(program, store, "--resume", run.run_id)
    wait_for(lambda: read_run(store, run.run_id).epoch > stopped.epoch, LIMIT, log)
    ranks[1].send(signal.SIGKILL)
    assert [program.wait(one) for one in ranks] == [2, -signal.SIGKILL]
    lost = read_run(store, run.run_id)
    assert lost.status == "failed"
    assert lost.reason.startswith("Another process of this training has ended")
    assert lost.reason in ranks[0].log.read_text()
    assert "Traceback" not in log()

    reached: list[FinishedEpoch] = []
    with pytest.raises(Stopped):
        resume(
            store, run.run_id, on_epoch=reached.append,
            interrupted=lambda: "That is enough." if reached else "",
        )  # fmt: skip
    assert [one.epoch for one in reached] == [lost.epoch + 1]

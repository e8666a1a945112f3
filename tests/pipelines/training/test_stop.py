"""Runs that end before their time: stopped by a person or a caller, or with their patience."""

import io
from dataclasses import replace

import pytest
import torch

from pipelines.cli.main import main
from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.resume import resume
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.recording.ending import Stopped
from saliencnn.store import heartbeat
from saliencnn.store.checkpoints import decode_training, kept_epochs
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, ask_to_stop, list_runs, read_facts, read_run, resume_run
from tests.helpers.comparison import check_same
from tests.helpers.epochs import epoch_and_phase

EPOCHS = 4
REQUEST = Request(
    "planted:train=24,validation=16,counterfactual=0,size=32,seed=0",
    image_size=32,
    hyperparameters=Hyperparameters(epochs=EPOCHS, batch_size=8, dropout=0.3, color_jitter=0.5),
)


@pytest.fixture(scope="module")
def whole(store: Store) -> RunInfo:
    """The run as it is without interruption."""
    return read_run(store, train(store, REQUEST))


def newest(store: Store) -> RunInfo:
    return list_runs(store)[0]


@pytest.fixture
def listening_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """An epoch of these runs is over in less than the usual time between two looks."""
    monkeypatch.setattr(heartbeat, "LOOK", 0.01)


@pytest.mark.usefixtures("listening_often")
def test_a_person_stops_a_run_and_it_goes_on_later(store: Store, whole: RunInfo) -> None:
    asked: list[str] = []

    def ask(finished: FinishedEpoch) -> None:
        if not asked:
            asked.append(finished.run_id)
            ask_to_stop(store, finished.run_id, " Ann\nLee ")

    with pytest.raises(Stopped, match=r"^Stopped by Ann Lee\.$"):
        train(store, REQUEST, on_epoch=ask)
    stopped = read_run(store, asked[0])
    assert (stopped.status, stopped.reason) == ("stopped", "Stopped by Ann Lee.")
    assert 1 <= stopped.epoch < EPOCHS
    with pytest.raises(UserError, match="is stopped; only a running one can be stopped"):
        ask_to_stop(store, stopped.run_id, "Ann")
    resume(store, stopped.run_id)
    check_same(store, read_run(store, stopped.run_id), store, whole)


@pytest.mark.parametrize("batches", [1, 3])
def test_a_caller_stops_a_run_at_its_next_batch(store: Store, whole: RunInfo, batches: int) -> None:
    seen: list[tuple[int, str]] = []

    def report(_fraction: float, words: str) -> None:
        seen.append(epoch_and_phase(words))

    def interrupted() -> str:
        # After the third of three batches, the next to ask is the validation.
        if seen.count((3, "training")) == batches:
            return "Its worker ends."
        return ""

    with pytest.raises(Stopped, match=r"^Its worker ends\.$"):
        train(store, REQUEST, report, interrupted=interrupted)
    run = newest(store)
    assert (run.status, run.reason, run.epoch) == ("stopped", "Its worker ends.", 2)
    assert seen[-1] == (3, "training")
    resume(store, run.run_id)
    check_same(store, read_run(store, run.run_id), store, whole)


def test_only_a_running_run_can_be_stopped_and_by_name(
    store: Store,
    tiny_run: RunInfo,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    assert main(["stop", tiny_run.run_id, "--name", "Ann"]) == 2
    assert "is finished; only a running one can be stopped." in capsys.readouterr().err
    with pytest.raises(UserError, match="needs the name of who asks"):
        ask_to_stop(store, tiny_run.run_id, " \n")
    with pytest.raises(UserError, match="'nope' is not in the store"):
        ask_to_stop(store, "nope", "Ann")
    assert "stop" not in read_facts(store, tiny_run.run_id)


def test_the_caller_knows_the_run_from_its_start_and_may_nest_it(
    store: Store, tiny_run: RunInfo
) -> None:
    told: list[str] = []

    def started(run_id: str) -> None:
        assert read_run(store, run_id).status == "running"
        told.append(run_id)

    with pytest.raises(Stopped):
        train(store, REQUEST, started=started, parent=tiny_run.run_id, interrupted=lambda: "No.")
    tags = store.client.get_run(told[0]).data.tags
    assert tags["mlflow.parentRunId"] == tiny_run.run_id


def test_a_run_is_taken_over_from_a_process_that_is_known_to_be_gone(
    store: Store, whole: RunInfo
) -> None:
    def report(_fraction: float, words: str) -> None:
        if epoch_and_phase(words)[0] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(store, REQUEST, report)
    run = newest(store)
    resume_run(store, run.run_id, "elsewhere:1")
    with pytest.raises(UserError, match="is still running on elsewhere:1"):
        resume(store, run.run_id)
    resume(store, run.run_id, taken_over=True)
    check_same(store, read_run(store, run.run_id), store, whole)


# A network that learns nothing has its best validation accuracy in the first epoch.
HOPELESS = Request(
    REQUEST.data,
    image_size=32,
    keep="best",
    hyperparameters=Hyperparameters(epochs=9, batch_size=8, learning_rate=1e-6, patience=2),
)


@pytest.fixture(scope="module")
def hopeless(store: Store) -> RunInfo:
    return read_run(store, train(store, HOPELESS))


def test_a_run_ends_with_its_patience(store: Store, hopeless: RunInfo) -> None:
    assert (hopeless.status, hopeless.epoch, hopeless.reason) == ("finished", 3, "")
    said = "Training ended after epoch 3 of 9: the last 2 brought no better validation accuracy."
    assert hopeless.notes[-1] == said
    accuracies = [
        metric.value for metric in store.client.get_metric_history(hopeless.run_id, "val_accuracy")
    ]
    assert max(accuracies) == accuracies[0]
    best = max(epoch for epoch in hopeless.epochs if accuracies[epoch - 1] == accuracies[0])
    assert list(kept_epochs(store, hopeless.run_id)) == [best]
    with pytest.raises(UserError, match="has completed all its 3 epochs"):
        resume(store, hopeless.run_id)


@pytest.mark.parametrize("at", [(2, "training"), (3, "validating"), (3, "complete")])
def test_patience_outlives_an_interruption(
    store: Store, hopeless: RunInfo, at: tuple[int, str]
) -> None:
    def interrupt_at(now: tuple[int, str]) -> None:
        if now == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(
            store,
            HOPELESS,
            lambda _fraction, words: interrupt_at(epoch_and_phase(words)),
            on_epoch=lambda finished: interrupt_at((finished.epoch, "complete")),
        )
    run = newest(store)
    assert run.status == "stopped"
    resume(store, run.run_id)
    check_same(store, read_run(store, run.run_id), store, hopeless)


def test_without_patience_a_hopeless_run_goes_on(store: Store) -> None:
    hp = Hyperparameters(epochs=3, batch_size=8, learning_rate=1e-6)
    run = read_run(store, train(store, Request(REQUEST.data, image_size=32, hyperparameters=hp)))
    assert run.epoch == 3
    assert not any("ended" in sentence for sentence in run.notes)


def test_a_state_of_training_from_before_there_was_patience_is_read() -> None:
    buffer = io.BytesIO()
    torch.save({"optimizer": {"state": {}, "param_groups": []}, "best_accuracy": 0.5}, buffer)
    training = decode_training(buffer.getvalue())
    assert (training.best_accuracy, training.waited) == (0.5, 0)


def test_a_run_that_averages_its_weights_goes_on_from_the_weights_themselves(
    store: Store, whole: RunInfo
) -> None:
    averaging = replace(REQUEST, hyperparameters=replace(REQUEST.hyperparameters, ema=0.9))
    averaged = read_run(store, train(store, averaging))
    reached: list[int] = []
    with pytest.raises(Stopped):
        train(
            store, averaging, on_epoch=lambda finished: reached.append(finished.epoch),
            interrupted=lambda: "Enough." if reached[-1:] == [2] else "",
        )  # fmt: skip
    run = newest(store)
    assert run.epoch == 2
    resume(store, run.run_id)
    check_same(store, read_run(store, run.run_id), store, averaged)
    assert whole.metrics["train_loss"] == pytest.approx(averaged.metrics["train_loss"])
    assert whole.metrics["val_loss"] != pytest.approx(averaged.metrics["val_loss"])

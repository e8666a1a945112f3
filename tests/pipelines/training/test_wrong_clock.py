"""Training on this machine by a process whose clock is wrong, as anybody else sees it."""

import signal

import pytest

from pipelines.cli.main import main
from saliencnn.store.connection import Store
from saliencnn.store.runs import list_runs, read_facts, read_run
from tests.helpers.commands import Forker
from tests.helpers.lab import wait_for
from tests.helpers.stores import new_store

DATA = "planted:train=64,validation=16,counterfactual=0,size=32,seed=0"
TRAIN = ("train", "--data", DATA, "--image-size", "32", "--epochs", "500", "--batch-size", "16")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store of its own: runs are listed by the time at which their clocks say they began."""
    return new_store(tmp_path_factory.mktemp("place"))


@pytest.mark.parametrize("skew", [-300, 300, -3 * 3600])
def test_a_trainer_whose_clock_is_wrong_is_seen_stopped_and_not_taken_over(
    place: Store,
    program: Forker,
    skew: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", place.uri)
    named = (*TRAIN, "--name", f"skewed {skew}")
    trainer = program.start(*named, skew=skew, log=f"skew{skew}", MLFLOW_TRACKING_URI=place.uri)
    try:
        wait_for(lambda: " epoch 2/" in trainer.log.read_text(), 60, trainer.log.read_text)
        run_id = next(run.run_id for run in list_runs(place) if run.name == f"skewed {skew}")
        process = read_facts(place, run_id)["process"]
        assert read_run(place, run_id).status == "running"
        assert main(["train", "--resume", run_id]) == 2
        assert f"is still running on {process.partition('/')[0]}:" in capsys.readouterr().err
        assert read_facts(place, run_id)["process"] == process
        assert main(["stop", run_id, "--name", "Ann"]) == 0
        assert program.wait(trainer) == 2
    finally:
        trainer.send(signal.SIGKILL)
    run = read_run(place, run_id)
    assert (run.status, run.reason) == ("stopped", "Stopped by Ann.")
    epochs = [metric.step for metric in place.client.get_metric_history(run_id, "epoch")]
    assert epochs == list(run.epochs)

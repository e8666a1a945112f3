"""The loop by itself: it trains what is proposed, gives up what is hopeless, says what is best."""

import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from pipelines.cli.main import main
from pipelines.retry.search import Search
from pipelines.retry.search_trial import FEWEST, Hopeless, judge
from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.recording.ending import Stopped
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, list_runs, note, read_run
from tests.helpers.stores import new_store

DATA = "planted:train=48,validation=16,counterfactual=0,size=32"
CURVES = pd.DataFrame(
    [
        (f"run {n}", epoch, metric, 0.5 + 0.1 * n)
        for n in range(FEWEST)
        for epoch in (1, 2)
        for metric in ("val_accuracy", "focus")
    ],
    columns=["run_id", "epoch", "metric", "value"],
)
WANTED = ["val_accuracy", "focus"]


def finish_epoch(epoch: int, accuracy: float, focus: float) -> FinishedEpoch:
    return FinishedEpoch("new", epoch, 6, {"val_accuracy": accuracy, "focus": focus})


def test_a_run_worse_than_all_in_everything_is_given_up() -> None:
    with pytest.raises(Hopeless, match=f"all {FEWEST} runs before it were better"):
        judge(finish_epoch(2, 0.4, 0.4), CURVES, WANTED)


@pytest.mark.parametrize(
    ("epoch", "accuracy", "focus"),
    [(1, 0.4, 0.4), (2, 0.4, 0.9), (2, 0.9, 0.4), (2, 0.5, 0.4), (3, 0.1, 0.1), (6, 0.1, 0.1)],
)
def test_any_other_goes_on(epoch: int, accuracy: float, focus: float) -> None:
    """Slower learners, those that look elsewhere, first and last epochs, and unknown ones."""
    judge(finish_epoch(epoch, accuracy, focus), CURVES, WANTED)


def test_two_runs_are_too_few_to_give_one_up() -> None:
    few = CURVES[CURVES["run_id"] != "run 0"]
    judge(finish_epoch(2, 0.1, 0.1), few, WANTED)


@pytest.fixture
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    store = new_store(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    return store


@pytest.fixture
def start(own_store: Store) -> RunInfo:
    hp = Hyperparameters(epochs=1, batch_size=16)
    request = Request(DATA, image_size=32, hyperparameters=hp, name="start")
    return read_run(own_store, train(own_store, request))


def test_it_trains_proposals_and_says_which_runs_are_best(
    own_store: Store, start: RunInfo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", start.run_id, "--trials", "2"]) == 0
    said = capsys.readouterr().out
    assert "Trial 2 of 2: " in said
    assert "Of 3 runs of smallgap" in said
    runs = [run for run in list_runs(own_store) if run.run_id != start.run_id]
    assert len(runs) == 2
    assert all(run.status == "finished" for run in runs)
    for run in runs:
        kept = own_store.client.list_artifacts(run.run_id, "reports")
        assert [one.path for one in kept] == ["reports/report.html"]
    assert len({tuple(run.hyperparameters.items()) for run in (start, *runs)}) == 3


class Killed(BaseException):
    """Leaves a run as a kill does: nobody tells the store of its end."""


def test_a_killed_trial_goes_on_with_the_next_start(
    own_store: Store, start: RunInfo, capsys: pytest.CaptureFixture[str]
) -> None:
    def kill(_finished: FinishedEpoch) -> None:
        raise Killed

    with pytest.raises(Killed):
        Search(own_store, start, 1, on_epoch=kill, say=lambda _: None).run()
    (killed,) = (run for run in list_runs(own_store) if run.run_id != start.run_id)
    said: list[str] = []
    Search(own_store, start, 0, say=said.append).run()
    assert killed.name in said[0]  # its process, this one, lives, so it is let alone
    gone = subprocess.Popen([sys.executable, "-S", "-c", ""])
    gone.wait()
    note(own_store, killed.run_id, process=f"{socket.gethostname()}:{gone.pid}")
    assert main(["search", start.run_id, "--trials", "1"]) == 0
    assert f"{killed.name} goes on" in capsys.readouterr().out
    assert read_run(own_store, killed.run_id).status == "finished"


def test_whoever_stops_it_ends_it(own_store: Store, start: RunInfo) -> None:
    search = Search(own_store, start, 5, interrupted=lambda: "Enough.", say=lambda _: None)
    with pytest.raises(Stopped, match=r"Enough\."):
        search.run()
    assert len(list_runs(own_store)) == 2


def test_it_ends_when_its_time_is_over(own_store: Store, start: RunInfo) -> None:
    found = Search(own_store, start, 5, hours=1e-15, say=lambda _: None).run()
    assert found[0].startswith("Of 1 run of smallgap")
    assert len(list_runs(own_store)) == 1

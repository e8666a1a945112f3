"""The loop by itself: it trains what is proposed, gives up what is hopeless, says what is best."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pandas as pd
import pytest

from pipelines.cli.main import main
from pipelines.retry.search import FUTILE, Outcomes, Search
from pipelines.retry.search_trial import FEWEST, Hopeless, Outcome, Trial, judge
from pipelines.training.request import FinishedEpoch, Request
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.recording.ending import Stopped
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, list_runs, note, read_run
from saliencnn.store.verdicts import add_verdict, make_verdict
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


def end_as(came: Sequence[Outcome]) -> Callable[[Store, Iterator[Trial]], Outcomes]:
    """Return what ends trials as given, without training them."""

    def compute(_store: Store, trials: Iterator[Trial]) -> Outcomes:
        yield from zip(trials, came, strict=False)

    return compute


GONE, GOOD = Outcome("This trial failed: gone.", failed=True), Outcome("complete.")


@pytest.mark.parametrize("trials", [1, 2, FUTILE, 9])
def test_a_search_whose_every_trial_fails_ends_soon_and_says_why(
    own_store: Store, start: RunInfo, trials: int
) -> None:
    said: list[str] = []
    search = Search(own_store, start, trials, say=said.append, compute=end_as([GONE] * 9))
    with pytest.raises(UserError, match=r"failed\. This trial failed: gone\."):
        search.run()
    assert said.count(f"Trial {min(trials, FUTILE)}: {GONE.said}") == 1
    assert len(said) == 2 * min(trials, FUTILE)


def test_failures_among_others_are_counted(own_store: Store, start: RunInfo) -> None:
    came = [GOOD, *[GONE] * 4]
    found = Search(own_store, start, 5, say=lambda _: None, compute=end_as(came)).run()
    assert found[0].startswith("Of 1 run of smallgap on these images, 1 is best by ")
    assert found[-1] == "4 of 5 trials failed."


def test_where_the_images_are_gone_search_fails(
    own_store: Store, start: RunInfo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note(own_store, start.run_id, data=f"folder:{tmp_path}/gone")
    assert main(["search", start.run_id, "--trials", "9"]) == 2
    said = capsys.readouterr()
    assert f"Trial {FUTILE}: This trial failed: " in said.out
    assert f"Trial {FUTILE + 1}" not in said.out
    assert f"all {FUTILE} trials failed. This trial failed: " in said.err


def test_where_all_runs_are_rejected_none_is_best(own_store: Store, start: RunInfo) -> None:
    add_verdict(own_store, start.run_id, make_verdict("rejected", "a person", "Its border."))
    (only,) = Search(own_store, start, 0, say=lambda _: None).run()
    assert "none is best" in only


@pytest.mark.parametrize(("guidance", "told"), [("both", 1), ("none", 0)])
def test_focus_of_guided_runs_is_said_to_prove_nothing(
    own_store: Store, guidance: str, told: int
) -> None:
    hp = Hyperparameters(epochs=1, batch_size=16, guidance=guidance)
    run_id = train(own_store, Request(DATA, image_size=32, hyperparameters=hp, name="own"))
    search = Search(own_store, read_run(own_store, run_id), 0, say=lambda _: None)
    first, line = search.run()
    assert first.count("guided") == told
    assert line.count(", guided") == told
    search.criterion = "entropy"
    assert search.run()[0].count("whose entropy proves nothing") == told

"""One trial of a search: trained, or gone on with where it was killed, and given up if hopeless."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.report.make import report_run
from pipelines.training.image_facts import KnownImages
from pipelines.training.request import FinishedEpoch, Interrupted, OnEpoch, Request, ignore_epoch
from pipelines.training.resume import resume
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.metrics import METRICS, write_metrics
from saliencnn.common.progress import Progress, silent
from saliencnn.recording.ending import Stopped
from saliencnn.store.connection import Store
from saliencnn.store.runs import read_run
from saliencnn.store.search_trials import find_trials, note_trial

FEWEST = 3
"""Past runs that a run must be worse than before it is given up."""
FIRST_JUDGED = 2
"""Epoch from which on a run may be given up."""


class Hopeless(Stopped):
    """A run is worse than all before it, in accuracy and in its maps."""


@dataclass(frozen=True, eq=False)
class Trial:
    """What a search trains.

    Attributes:
        number: its place in the search, from 1.
        start: id of the run that the search starts from.
        name: its own among all trials from there.
        request: what to train.
        curves: of past runs, as ``read_history`` returns them.
        wanted: metrics that count: accuracy, and the ranking criterion if there is one.
        seconds: until the search's time is over; None is without a limit.
    """

    number: int
    start: str
    name: str
    request: Request
    curves: pd.DataFrame
    wanted: tuple[str, ...]
    seconds: float | None = None

    @property
    def hyperparameters(self) -> Hyperparameters:
        """Its values."""
        return self.request.hyperparameters


@dataclass(frozen=True)
class Outcome:
    """What came of a trial.

    Attributes:
        said: in a sentence.
        failed: whether its training failed; one that was given up did not.
    """

    said: str
    failed: bool = False


def train_trial(
    store: Store,
    trial: Trial,
    report: Progress = silent,
    interrupted: Interrupted = lambda: "",
    on_epoch: OnEpoch = ignore_epoch,
    loaders: int | None = None,
    known: KnownImages | None = None,
) -> Outcome:
    """Train a trial to its end, whichever that is, and return what came of it.

    Where a process that trained it was killed, its run goes on after its last complete epoch.

    Args:
        store: where the runs are.
        trial: the trial.
        report: as for ``train``.
        interrupted: as for ``train``.
        on_epoch: as for ``train``.
        loaders: as for ``train``.
        known: as for ``train``.
    """
    ends = None if trial.seconds is None else time.monotonic() + trial.seconds

    def ended() -> str:
        if ends and time.monotonic() > ends:
            return "The time of its search was over."
        return interrupted()

    def finish_epoch(finished: FinishedEpoch) -> None:
        on_epoch(finished)
        judge(finished, trial.curves, trial.wanted)

    key = f"{trial.start}/{trial.name}"
    try:
        run_id = find_trials(store, trial.start).get(key)
        if run_id is None:
            run_id = train(
                store, trial.request, report, lambda run_id: note_trial(store, run_id, key),
                interrupted=ended, on_epoch=finish_epoch, loaders=loaders, known=known,
            )  # fmt: skip
        elif not (begun := read_run(store, run_id)).ended:
            resume(
                store, run_id, report, taken_over=True, interrupted=ended, on_epoch=finish_epoch,
                loaders=loaders,
            )  # fmt: skip
        elif begun.status != "finished":
            return Outcome(begun.reason, begun.status == "failed")
        report_run(store, run_id)
    except Stopped as stopped:
        return Outcome(str(stopped))
    except UserError as error:
        return Outcome(f"This trial failed: {error}", failed=True)
    numbers = write_metrics(read_run(store, run_id).metrics, trial.wanted)
    return Outcome(f"complete, {numbers}.")


def judge(finished: FinishedEpoch, curves: pd.DataFrame, wanted: Sequence[str]) -> None:
    """Give a run up that is worse than all before it in everything that counts.

    One of few epochs, or worse in accuracy alone, goes on: a network that learns no shortcut
    often learns more slowly.

    Args:
        finished: the run's newest epoch.
        curves: of past runs, as ``read_history`` returns them.
        wanted: accuracy, and the ranking criterion if there is one.

    Raises:
        Hopeless: it is.
    """
    if not FIRST_JUDGED <= finished.epoch < finished.epochs:
        return
    then = curves[curves["epoch"] == finished.epoch]
    for name in wanted:
        others = METRICS[name].sign * then[then["metric"] == name]["value"].to_numpy()
        own = METRICS[name].sign * finished.metrics.get(name, np.nan)
        if len(others) < FEWEST or not own < others.min():
            return
    labels = " and ".join(METRICS[name].label for name in wanted)
    raise Hopeless(
        f"Given up after epoch {finished.epoch} of {finished.epochs}: at that epoch all "
        f"{len(others)} runs before it were better in {labels}."
    )

"""The whole loop by itself: propose, train, learn from what came of it, until a budget is spent."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipelines.report.make import report_run
from pipelines.retry.explain_proposals import pareto_front, write_numbers
from pipelines.retry.history import comparable, past_runs
from pipelines.retry.naming import name_retry
from pipelines.retry.proposals import list_proposals
from pipelines.retry.request_state import request_retry
from pipelines.review.findings import findings_of_run
from pipelines.training.image_facts import KnownImages
from pipelines.training.request import FinishedEpoch, Interrupted, OnEpoch, ignore_epoch
from pipelines.training.run import train
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.metrics import METRICS
from saliencnn.common.progress import Progress, silent
from saliencnn.common.sentences import count, show
from saliencnn.findings.finding import Finding
from saliencnn.recording.ending import Stopped
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, list_runs, read_history

ACCURACY = "val_accuracy"
FEWEST = 3
"""Past runs that a run must be worse than before it is given up."""
FIRST_JUDGED = 2
"""Epoch from which on a run may be given up."""
ASKED = 10
"""Proposals among which the first that was not tried yet is taken."""


class Hopeless(Stopped):
    """A run is worse than all before it, in accuracy and in its maps."""


@dataclass
class Search:
    """A search under way.

    Attributes:
        store: where the runs are.
        start: the run that every trial starts from.
        trials: how many runs to train at most.
        hours: how long to go on at most; None is without a limit.
        criterion: metric that ranks the maps, as for ``comparable``.
        report: called with the progress of each training.
        interrupted: a sentence in answer ends the search.
        on_epoch: called with every complete epoch.
        say: called with a sentence about each trial.
        loaders: processes that load images, as for ``train``.
    """

    store: Store
    start: RunInfo
    trials: int
    hours: float | None = None
    criterion: str = ""
    report: Progress = silent
    interrupted: Interrupted = lambda: ""
    on_epoch: OnEpoch = ignore_epoch
    say: Callable[[str], None] = print
    loaders: int | None = None
    _known: KnownImages = field(default_factory=KnownImages)
    _tried: set[Hyperparameters] = field(default_factory=set)

    def run(self) -> list[str]:
        """Train one proposal after the other.

        Returns:
            Sentences: what the search came to, then one for each run on the Pareto front.

        Raises:
            Stopped: somebody asked to stop; complete runs stay.
            UserError: the run cannot be trained again, or there is no such criterion.
        """
        ends = time.monotonic() + 3600 * self.hours if self.hours else None

        def interrupted() -> str:
            if ends and time.monotonic() > ends:
                return "The time of its search was over."
            return self.interrupted()

        findings = findings_of_run(self.store, self.start)
        for trial in range(1, self.trials + 1):
            if ends and time.monotonic() > ends:
                break
            if not self._try(trial, findings, interrupted):
                self.say("Nothing is left to propose.")
                break
        return self._summarise()

    def _try(self, trial: int, findings: Sequence[Finding], interrupted: Interrupted) -> bool:
        """Train the next proposal; return whether there was one."""
        own = Hyperparameters.from_mapping(self.start.hyperparameters)
        runs = past_runs(list_runs(self.store), self.start)
        proposals = list_proposals(own, runs, findings, ASKED, trial, self.criterion)
        new = [one for one in proposals if not one.trained and one.values not in self._tried]
        if not new:
            return False
        proposed = new[0].values
        self._tried.add(proposed)
        self.say(f"Trial {trial} of {self.trials}: {new[0].reason}")
        ranked = comparable([*runs.values()], self.criterion)
        wanted = [ACCURACY, ranked.criterion] if ranked.criterion else [ACCURACY]
        curves = read_history(self.store, runs, wanted)

        def on_epoch(finished: FinishedEpoch) -> None:
            self.on_epoch(finished)
            judge(finished, curves, wanted)

        values = proposed.as_dict()
        changed = {name: one for name, one in values.items() if one != getattr(own, name)}
        name = name_retry(self.start.name, changed)
        request = request_retry(self.start, values, name)
        try:
            run_id = train(
                self.store, request, self.report, interrupted=interrupted, on_epoch=on_epoch,
                loaders=self.loaders, known=self._known,
            )  # fmt: skip
            report_run(self.store, run_id)
        except Hopeless as given_up:
            self.say(str(given_up))
        except Stopped as stopped:
            if self.interrupted():
                raise
            self.say(str(stopped))
        except UserError as error:
            self.say(f"This trial failed: {error}")
        return True

    def _summarise(self) -> list[str]:
        history = [*past_runs(list_runs(self.store), self.start).values()]
        ranked = comparable(history, self.criterion)
        if not ranked.runs:
            return ["No run is complete."]
        best = [run for run, on in zip(ranked.runs, pareto_front(ranked), strict=True) if on]
        by = f"accuracy and {METRICS[ranked.criterion].label}" if ranked.criterion else "accuracy"
        many = count(len(ranked.runs), "run", "runs")
        lines = [f"Of {many} of {self.start.arch} on these images, {len(best)} are best by {by}:"]
        for run in sorted(best, key=lambda run: -run.accuracy):
            verdict = ", accepted" if run.accepted else ""
            lines.append(
                f"{show(run.name) or 'unnamed'}: {write_numbers(run, ranked.criterion)}{verdict}"
            )
        return lines


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

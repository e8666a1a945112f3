"""The whole loop by itself: propose, train, learn from what came of it, until a budget is spent."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from uuid import uuid4

from pipelines.retry.explain_proposals import pareto_front, write_numbers
from pipelines.retry.history import PastRun, comparable, past_runs
from pipelines.retry.naming import name_retry
from pipelines.retry.proposals import list_proposals
from pipelines.retry.request_state import request_retry
from pipelines.retry.search_trial import Outcome, Trial, train_trial
from pipelines.review.findings import findings_of_run
from pipelines.training.image_facts import KnownImages
from pipelines.training.request import Interrupted, OnEpoch, Request, ignore_epoch, request_of
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.metrics import METRICS
from saliencnn.common.progress import Progress, silent
from saliencnn.common.sentences import count, show
from saliencnn.findings.finding import Finding
from saliencnn.recording.ending import Stopped
from saliencnn.store.abandoned import mark_abandoned
from saliencnn.store.connection import Store
from saliencnn.store.history import read_history
from saliencnn.store.runs import RunInfo, list_runs
from saliencnn.store.search_trials import find_trials

ACCURACY = "val_accuracy"
ASKED = 10
"""Proposals among which the first that was not tried yet is taken."""
MAX_ASKED = 50
"""What is asked of ``propose`` at most."""

FUTILE = 3
"""Trials that fail one after the other, with none before them that did not, which end a search."""

Outcomes = Generator[tuple[Trial, Outcome]]
"""Trials, and what came of each, as they end."""


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
        compute: trains the trials that it is given, several at a time if it can; by default this
            process trains one after the other.
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
    compute: Callable[[Store, Iterator[Trial]], Outcomes] | None = None
    _tried: set[Hyperparameters] = field(default_factory=set)
    _under_way: list[Hyperparameters] = field(default_factory=list)

    def run(self) -> list[str]:
        """Train what an earlier search from the same run was killed at, then proposals.

        Returns:
            Sentences: what the search came to, then one for each run on the Pareto front.

        Raises:
            Stopped: somebody asked to stop; complete runs stay.
            UserError: the run cannot be trained again, every trial failed, or there is no such
                criterion.
        """
        mark_abandoned(self.store)
        ends = time.monotonic() + 3600 * self.hours if self.hours else None
        trials = self._choose(ends)
        compute = self.compute or self._train_here
        came: list[Outcome] = []
        with closing(compute(self.store, trials)) as outcomes:
            for trial, outcome in outcomes:
                self._under_way.remove(trial.hyperparameters)
                self.say(f"Trial {trial.number}: {outcome.said}")
                came.append(outcome)
                if len(came) == FUTILE:
                    _require_success(came)
        _require_success(came)
        return [*self._summarise(), *_count_failures(came)]

    def _train_here(self, store: Store, trials: Iterator[Trial]) -> Outcomes:
        known = KnownImages()
        for trial in trials:
            outcome = train_trial(
                store, trial, self.report, self.interrupted, self.on_epoch, self.loaders, known
            )
            if reason := self.interrupted():
                raise Stopped(reason)
            yield trial, outcome

    def _choose(self, ends: float | None) -> Iterator[Trial]:
        """Yield what to train next, whenever there is room for it."""
        left, findings = self._find_left(), findings_of_run(self.store, self.start)
        for number in range(1, self.trials + 1):
            seconds = ends - time.monotonic() if ends else None
            if seconds is not None and seconds < 0:
                return
            history = self._read_history()
            if left:
                name, run = left.pop(0)
                request = request_of(run, {})
                why = f"{show(run.name)} goes on, which was killed after {run.epoch} epochs."
            elif proposed := self._propose(number, history, findings):
                name, (request, why) = uuid4().hex[:8], proposed
            else:
                self.say("Nothing is left to propose.")
                return
            self.say(f"Trial {number} of {self.trials}: {why}")
            self._tried.add(request.hyperparameters)
            self._under_way.append(request.hyperparameters)
            criterion = comparable([*history.values()], self.criterion).criterion
            wanted = (ACCURACY, criterion) if criterion else (ACCURACY,)
            others = [i for i, run in history.items() if run.hyperparameters not in self._under_way]
            curves = read_history(self.store, others, wanted)
            yield Trial(number, self.start.run_id, name, request, curves, wanted, seconds)

    def _find_left(self) -> list[tuple[str, RunInfo]]:
        """Return the trials whose process was killed, by name; say which may live."""
        runs = {run.run_id: run for run in list_runs(self.store)}
        left = []
        for key, run_id in find_trials(self.store, self.start.run_id).items():
            run = runs.get(run_id)
            if run and run.status == "running":
                self.say(
                    f"{show(run.name)} of another search is still trained, or was just killed."
                )
            elif run and run.status == "stopped" and not run.ended:
                left.append((key.partition("/")[2], run))
        return left

    def _read_history(self) -> dict[str, PastRun]:
        """Return what past runs teach; those under way have not come to their numbers yet."""
        past = past_runs(list_runs(self.store), self.start)
        return {
            run_id: run
            for run_id, run in past.items()
            if run.hyperparameters not in self._under_way
        }

    def _propose(
        self, number: int, history: dict[str, PastRun], findings: Sequence[Finding]
    ) -> tuple[Request, str] | None:
        """Return the next request that was not tried, and why; None where there is none."""
        own = Hyperparameters.from_mapping(self.start.hyperparameters)
        asked = min(MAX_ASKED, ASKED + len(self._under_way))
        proposals = list_proposals(
            own, history, findings, asked, number, self.criterion, self._under_way
        )
        new = [one for one in proposals if not one.trained and one.values not in self._tried]
        if not new:
            return None
        values = new[0].values.as_dict()
        changed = {name: one for name, one in values.items() if one != getattr(own, name)}
        request = request_retry(self.start, values, name_retry(self.start.name, changed))
        return request, str(new[0].reason)

    def _summarise(self) -> list[str]:
        history = [*past_runs(list_runs(self.store), self.start).values()]
        ranked = comparable(history, self.criterion)
        if not ranked.runs:
            return ["No run is complete."]
        best = [run for run, on in zip(ranked.runs, pareto_front(ranked), strict=True) if on]
        maps = METRICS[ranked.criterion].label if ranked.criterion else ""
        by = f"accuracy and {maps}" if maps else "accuracy"
        many = count(len(ranked.runs), "run", "runs")
        of = f"{many} of {self.start.arch} on these images"
        if not best:
            return [f"Of {of}, each is rejected or convicted by interventions, so none is best."]
        guided = sum(run.guided for run in best) if maps else 0
        aside = f"; {count(guided, 'was', 'were')} guided, whose {maps} proves nothing"
        lines = [f"Of {of}, {count(len(best), 'is', 'are')} best by {by}{aside if guided else ''}:"]
        for run in sorted(best, key=lambda run: -run.accuracy):
            marks = ", guided" * run.guided + ", accepted" * run.accepted
            numbers = write_numbers(run, ranked.criterion)
            lines.append(f"{show(run.name) or 'unnamed'}: {numbers}{marks}")
        return lines


def _require_success(came: Sequence[Outcome]) -> None:
    """Check that not every trial failed.

    Raises:
        UserError: each did, and at least one.
    """
    if came and all(one.failed for one in came):
        trials = f"all {len(came)} trials" if len(came) > 1 else "its only trial"
        raise UserError(f"The search ended, since {trials} failed. {came[-1].said}")


def _count_failures(came: Sequence[Outcome]) -> list[str]:
    failed = sum(one.failed for one in came)
    return [f"{failed} of {count(len(came), 'trial', 'trials')} failed."] if failed else []

"""What past runs teach, and by which criterion they are ranked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipelines.retry.basis import UNKNOWN, Basis, find_basis
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import UNGUIDED, Hyperparameters
from saliencnn.common.metrics import METRICS
from saliencnn.common.sentences import count
from saliencnn.measures.map_measures import MAP_MEASURES
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import ACCEPTED, REJECTED

FOCUS = "focus"
"""Judges the maps wherever an object's place is known, unless a person chooses another measure."""


def criteria() -> tuple[str, ...]:
    """Return the names of ``METRICS`` that can rank maps."""
    return (FOCUS, *MAP_MEASURES)


SAME = 0.005
"""Difference of accuracy and balanced accuracy up to which the classes count as balanced."""


@dataclass(frozen=True)
class PastRun:
    """What a past run teaches.

    Attributes:
        hyperparameters: its own.
        accuracy: best validation accuracy, 0 to 1.
        measures: what its maps come to, by names of ``criteria()``; only what was measured.
        rejected: whether it stands rejected by a person.
        accepted: whether it stands accepted by a person.
        name: for people.
        unbalanced: whether its validation images are spread unevenly over the classes.
        conviction: what interventions convict its network of, "" if of nothing; None if nobody has
            tried them.
        without_shortcut: last accuracy on images without the shortcut, 0 to 1; None where none are.
        complete: its complete epochs; None stands for all that it was asked for.
        chance: accuracy of whoever always names the most frequent class, 0 to 1; 0 where unknown.
        basis: its training images and first weights.
    """

    hyperparameters: Hyperparameters
    accuracy: float
    measures: Mapping[str, float] = field(default_factory=dict)
    rejected: bool = False
    name: str = ""
    accepted: bool = False
    unbalanced: bool = False
    conviction: str | None = None
    without_shortcut: float | None = None
    complete: int | None = None
    chance: float = 0.0
    basis: Basis = UNKNOWN

    @property
    def guided(self) -> bool:
        """Whether its maps are what it was trained for, so that they prove nothing."""
        return self.hyperparameters.guidance != UNGUIDED

    @property
    def epochs(self) -> int:
        """Its complete epochs, which its numbers are of."""
        return self.hyperparameters.epochs if self.complete is None else self.complete

    @property
    def tells(self) -> bool:
        """Whether its numbers tell what its values come to.

        They do where a person accepted it, or where it trained for half of its epochs or more and
        is right twice as often as who always names the most frequent class; where that class has a
        third of the images or more, it makes at most half of their mistakes.
        """
        trained = 2 * self.epochs >= self.hyperparameters.epochs
        learned = self.accuracy >= min(2 * self.chance, (1 + self.chance) / 2)
        return self.accepted or (trained and learned)

    @property
    def ruled_out(self) -> bool:
        """Whether a person rejected it, or interventions convict it and no person accepted it."""
        return self.rejected or (bool(self.conviction) and not self.accepted)

    @property
    def cleared(self) -> bool:
        """Whether interventions were tried on its network and convict it of nothing."""
        return self.conviction == ""


@dataclass(frozen=True)
class Comparable:
    """Past runs that all have the metric by which they are ranked.

    Attributes:
        runs: oldest first.
        criterion: one of ``criteria()`` that ranks their maps, or empty for accuracy alone.
    """

    runs: tuple[PastRun, ...]
    criterion: str

    @property
    def idle(self) -> frozenset[str]:
        """Hyperparameters that change nothing on these images."""
        return frozenset(() if any(run.unbalanced for run in self.runs) else ("balance",))

    @property
    def values(self) -> np.ndarray:
        """Accuracy and the signed criterion of each run, the more the better: (N, 2), or (N, 1)."""
        columns = [[run.accuracy for run in self.runs]]
        if self.criterion:
            columns.append(
                [METRICS[self.criterion].sign * run.measures[self.criterion] for run in self.runs]
            )
        return np.array(columns).T


def _is_unbalanced(run: RunInfo) -> bool:
    """Whether it makes a difference to count each class the same."""
    accuracy = run.metrics.get("val_accuracy", 0.0)
    return abs(run.metrics.get("val_balanced_accuracy", accuracy) - accuracy) > SAME


def comparable(history: Sequence[PastRun], criterion: str = "") -> Comparable:
    """Return the runs that can be ranked alike; a study needs all values of all its trials.

    Args:
        history: past runs on the same image set with the same architecture.
        criterion: metric that ranks their maps, one of ``criteria()``; runs without it are left
            out. By default focus where any run has it, else accuracy alone: what needs no
            object's place prefers networks that read a shortcut (25 of 25 pairs each).

    Raises:
        UserError: there is no such measure.
    """
    if criterion and criterion not in criteria():
        raise UserError(
            f"The ranking criterion is {criterion!r}; it must be one of {', '.join(criteria())}."
        )
    chosen = criterion or (FOCUS if any(FOCUS in run.measures for run in history) else "")
    return Comparable(tuple(run for run in history if not chosen or chosen in run.measures), chosen)


def past_runs(runs: list[RunInfo], start: RunInfo) -> dict[str, PastRun]:
    """Return what the runs comparable to one teach, by run id, oldest first.

    Comparable are runs with a complete epoch on the same validation images with the same
    architecture, whoever made them: by hand, by a worker, or before there was a queue.

    Args:
        runs: all of the store.
        start: the run that a retry starts from.

    Runs of loops of their own do not say all of their settings, so they teach nothing.
    """
    same = [r for r in runs if r.epoch and not r.watched and r.is_comparable_with(start)]
    found: dict[str, PastRun] = {}
    for run in sorted(same, key=lambda run: (run.started, run.run_id)):
        if past := read_past(run):
            found[run.run_id] = past
    return found


def read_past(run: RunInfo) -> PastRun | None:
    """Return what a run teaches; None where that is nothing."""
    try:
        hyperparameters = Hyperparameters.from_mapping(run.hyperparameters)
    except UserError:
        return None  # somebody logged a run by other means; it must not stop the proposals
    if hyperparameters.shuffle_labels or "best_val_accuracy" not in run.metrics:
        return None  # a control network: its numbers say nothing about other values
    return PastRun(
        hyperparameters,
        run.metrics["best_val_accuracy"],
        {name: run.metrics[name] for name in criteria() if name in run.metrics},
        run.standing == REJECTED,
        run.name,
        run.standing == ACCEPTED,
        _is_unbalanced(run),
        run.conviction,
        run.metrics.get("counterfactual_accuracy"),
        run.epoch,
        run.likely_chance,
        find_basis(run),
    )


def most_epochs(runs: Sequence[PastRun]) -> int:
    """Return for how many epochs the one of them trained that did so longest."""
    return max(run.epochs for run in runs)


def say_epochs(runs: Sequence[PastRun]) -> str:
    """Say for how many epochs the runs trained whose numbers are quoted."""
    epochs, most = {run.epochs for run in runs}, most_epochs(runs)
    fewest = f"{min(epochs)} to " if len(epochs) > 1 else ""
    return f"in {fewest}{count(most, 'epoch', 'epochs')}"

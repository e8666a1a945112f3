"""Optuna proposes what to train next, from the runs that the store holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution

from pipelines.errors import UserError
from pipelines.hyperparameters import SCHEDULES, Hyperparameters

SPACE: dict[str, BaseDistribution] = {
    "learning_rate": FloatDistribution(1e-4, 1e-2, log=True),
    "schedule": CategoricalDistribution(SCHEDULES),
    "weight_decay": FloatDistribution(1e-6, 1e-1, log=True),
    "crop": FloatDistribution(0.0, 0.7),
    "color_jitter": FloatDistribution(0.0, 1.0),
    "grayscale": FloatDistribution(0.0, 1.0),
    "erasing": FloatDistribution(0.0, 0.8),
    "label_smoothing": FloatDistribution(0.0, 0.2),
    "dropout": FloatDistribution(0.0, 0.5),
}
"""What a retry may change; everything else stays as in the run it starts from."""


@dataclass(frozen=True)
class PastRun:
    """What a finished run teaches.

    Attributes:
        hyperparameters: its own.
        accuracy: best validation accuracy, 0 to 1.
        focus: mean focus, 0 to 1, or None where no objects' places are known.
    """

    hyperparameters: Hyperparameters
    accuracy: float
    focus: float | None


def propose(
    start: Hyperparameters, history: Sequence[PastRun], count: int, seed: int = 0
) -> list[Hyperparameters]:
    """Propose hyperparameters that should raise accuracy and, where known, focus.

    Past runs become trials of a study in memory; a multi-objective TPE sampler asks the next
    ones. Runs without focus are left out where others have it, since a study needs all values.

    Args:
        start: the run to start from; what ``SPACE`` does not name stays as it is there.
        history: finished runs on the same image set with the same architecture.
        count: how many, 1 to 50.
        seed: start of the sampler's random numbers.

    Raises:
        UserError: count is out of bounds.
    """
    if not 1 <= count <= 50:
        raise UserError(f"The number of proposals is {count}; it must be from 1 to 50.")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with_focus = [run for run in history if run.focus is not None]
    objectives = 2 if with_focus else 1
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=5, constant_liar=True)
    study = optuna.create_study(directions=["maximize"] * objectives, sampler=sampler)
    for run in with_focus or history:
        values = [run.accuracy, run.focus or 0.0][:objectives]
        study.add_trial(
            optuna.create_trial(
                params=_inside(run.hyperparameters.as_dict()), distributions=SPACE, values=values
            )
        )
    asked = [study.ask(SPACE).params for _ in range(count)]
    return [Hyperparameters.from_mapping({**start.as_dict(), **params}) for params in asked]


def _inside(values: dict[str, Any]) -> dict[str, Any]:
    """Move values into the space: a past run may lie outside of it."""
    moved = {}
    for name, distribution in SPACE.items():
        value = values[name]
        if isinstance(distribution, FloatDistribution):
            value = min(max(float(value), distribution.low), distribution.high)
        moved[name] = value
    return moved

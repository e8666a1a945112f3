"""Optuna proposes what to train next, from what the store holds of past runs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial
from scipy.stats import qmc

from pipelines.errors import UserError
from pipelines.hyperparameters import Hyperparameters
from pipelines.retry.past import Comparable, PastRun, comparable
from pipelines.retry.space import AUGMENTATIONS, SPACE, from_unit, inside, to_unit

FEW = 1 + len(SPACE)
"""Below this, a run and one change of each value, a model of the runs is a guess."""
MANY = 50
"""From here on a Gaussian process, cubic in the runs, costs seconds; TPE stays quick."""
NEAR = 0.1
"""A single change is not proposed again within this distance of a past run in the unit cube."""
REJECTED = "rejected"
"""The constraint that a rejected run violates."""


def propose(
    start: Hyperparameters,
    history: Sequence[PastRun],
    count: int,
    seed: int = 0,
    judge: str = "",
) -> list[Hyperparameters]:
    """Propose hyperparameters that should raise accuracy and what its maps are judged by.

    Past runs become trials of a study in memory whose sampler asks the next ones. Accuracy goes
    up, and so does focus; where no object's place is known, the noise of the maps goes down
    instead. A rejected run violates a constraint, so its neighbourhood is avoided however good its
    numbers are. Below ``FEW`` runs each proposal moves one value of the start to its far end (a
    screening design, Morris 1991), which a person can read and a sampler learns most from; then a
    Gaussian process proposes, and from ``MANY`` runs on the multivariate TPE (Falkner 2018).

    Args:
        start: the run to start from; what ``SPACE`` does not name stays as it is there.
        history: past runs on the same image set with the same architecture.
        count: how many, 1 to 50.
        seed: start of the sampler's random numbers.
        judge: what the maps are judged by, as for ``comparable``.

    Raises:
        UserError: count is out of bounds, or there is no such judge.
    """
    if not 1 <= count <= 50:
        raise UserError(f"The number of proposals is {count}; it must be from 1 to 50.")
    judged = comparable(history, judge)
    if len(judged.runs) < FEW:
        past = [inside(run.hyperparameters.as_dict()) for run in judged.runs]
        asked = _screen(inside(start.as_dict()), past, count, seed)
    else:
        study = make_study(judged, _sampler(len(judged.runs), seed))
        asked = [study.ask(SPACE).params for _ in range(count)]
    return [Hyperparameters.from_mapping({**start.as_dict(), **params}) for params in asked]


def make_study(
    judged: Comparable, sampler: optuna.samplers.BaseSampler | None = None
) -> optuna.Study:
    """Return a study in memory with a trial for every run, in their order.

    Args:
        judged: at least one run.
        sampler: asks the next trials.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    directions = ["maximize"] * judged.values.shape[1]
    study = optuna.create_study(directions=directions, sampler=sampler)
    study.add_trials(list(_trials(judged)))
    return study


def _trials(judged: Comparable) -> Iterator[FrozenTrial]:
    for run, values in zip(judged.runs, judged.values.tolist(), strict=True):
        yield optuna.create_trial(
            params=inside(run.hyperparameters.as_dict()),
            distributions=SPACE,
            values=values,
            constraints={REJECTED: 1.0 if run.rejected else -1.0},
        )


def _sampler(runs: int, seed: int) -> optuna.samplers.BaseSampler:
    if runs >= MANY:
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=0, multivariate=True)
    return optuna.samplers.GPSampler(seed=seed, n_startup_trials=0)


def _screen(
    base: Mapping[str, Any], past: Sequence[Mapping[str, Any]], count: int, seed: int
) -> list[dict[str, Any]]:
    """Return single changes of the base that were not tried, the largest first, then a spread.

    Changes of the pictures come before all others: they decide where a network can look.
    The spread (Sobol 1967) fills the space evenly once every single change was tried.
    """
    center = to_unit(base)
    tried = np.array([list(to_unit(values).values()) for values in [base, *past]])
    singles = []
    for name in np.random.default_rng(seed).permutation(list(SPACE)):
        point = {**center, name: 0.0 if center[name] > 0.5 else 1.0}
        if np.linalg.norm(tried - list(point.values()), axis=1).min() > NEAR:
            value = from_unit({name: point[name]})
            rank = (name not in AUGMENTATIONS, -abs(point[name] - center[name]))
            singles.append((rank, {**base, **value}))
    singles.sort(key=lambda single: single[0])
    first, end = len(past), len(past) + count
    points = qmc.Sobol(len(SPACE), seed=seed).random_base2((end - 1).bit_length())[first:end]
    spread = [from_unit(dict(zip(SPACE, map(float, point), strict=True))) for point in points]
    return [*(values for _, values in singles), *spread][:count]

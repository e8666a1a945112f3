"""Optuna proposes what to train next, from what the store holds of past runs."""

from collections.abc import Iterator, Sequence

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from pipelines.retry.history import Comparable, PastRun, comparable
from pipelines.retry.known_good import find_known_good, guide, take_over
from pipelines.retry.screening import change, change_images, screen
from pipelines.retry.space import SPACE, inside
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters

MIN_RUNS = 1 + len(SPACE)
"""Below this, a run and one change of each value, a model of the runs is a guess."""
RULED_OUT = "ruled out"
"""The constraint that a run violates which is ruled out."""


def propose(
    start: Hyperparameters,
    history: Sequence[PastRun],
    count: int,
    seed: int = 0,
    criterion: str = "",
    under_way: Sequence[Hyperparameters] = (),
) -> list[Hyperparameters]:
    """Propose hyperparameters that should raise accuracy and the ranking criterion of its maps.

    What is known to work comes first: the values of the nearest good run (``find_known_good``),
    then guidance to the objects where their places are known and the start looks elsewhere
    (``guide``). A start that is ruled out is then answered by changes of its images, one each
    (``change_images``). Then, below ``MIN_RUNS`` runs, each proposal is a single change of the best
    run so far (``screen``). From then on past runs become trials of a study in memory whose
    sampler asks the next ones: the multivariate TPE (Falkner 2018), without its random start-up
    trials. They aim at more accuracy and a better ranking criterion, focus by default; a
    run that is ruled out, rejected by a person or convicted by interventions, violates a
    constraint, so its neighbourhood is avoided however good its numbers are.

    Args:
        start: the run to start from; what ``SPACE`` does not name stays as it is there.
        history: past runs on the same image set with the same architecture.
        count: how many, 1 to 50.
        seed: start of the sampler's random numbers.
        criterion: metric that ranks their maps, as for ``comparable``.
        under_way: what is being trained now; the sampler keeps away from it, as if it were bad.

    Raises:
        UserError: count is out of bounds, or there is no such criterion.
    """
    if not 1 <= count <= 50:
        raise UserError(f"The number of proposals is {count}; it must be from 1 to 50.")
    ranked = comparable(history, criterion)
    known = find_known_good(start, ranked)
    asked = [take_over(start, known)] if known else []
    guided = guide(start, ranked)
    asked += [guided] if guided and guided not in asked else []
    asked += [one for one in change_images(start, ranked, seed) if one not in asked]
    asked = asked[:count]
    if len(ranked.runs) < MIN_RUNS:
        others = [one for one in screen(start, ranked, 2 * count, seed) if one not in asked]
        return [*asked, *others][:count]
    sampler = optuna.samplers.TPESampler(
        seed=seed, n_startup_trials=0, multivariate=True, constant_liar=bool(under_way)
    )
    study = make_study(ranked, sampler)
    study.add_trials([_running(one) for one in under_way])
    learned = [study.ask(SPACE).params for _ in range(count - len(asked))]
    return [*asked, *(change(start, values, ranked) for values in learned)]


def make_study(
    ranked: Comparable,
    sampler: optuna.samplers.BaseSampler | None = None,
    objectives: Sequence[int] | None = None,
) -> optuna.Study:
    """Return a study in memory with a trial for every run, in their order.

    Args:
        ranked: at least one run.
        sampler: asks the next trials.
        objectives: columns of the runs' ``values`` that count; all by default.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    values = ranked.values if objectives is None else ranked.values[:, objectives]
    directions = ["maximize"] * values.shape[1]
    study = optuna.create_study(directions=directions, sampler=sampler)
    study.add_trials(list(_trials(ranked, values)))
    return study


def _running(hyperparameters: Hyperparameters) -> FrozenTrial:
    return optuna.create_trial(
        state=TrialState.RUNNING,
        params=inside(hyperparameters.as_dict()),
        distributions=SPACE,
    )


def _trials(ranked: Comparable, columns: np.ndarray) -> Iterator[FrozenTrial]:
    for run, values in zip(ranked.runs, columns.tolist(), strict=True):
        yield optuna.create_trial(
            params=inside(run.hyperparameters.as_dict()),
            distributions=SPACE,
            values=values,
            constraints={RULED_OUT: 1.0 if run.ruled_out else -1.0},
        )

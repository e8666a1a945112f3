"""Which sampler finds a network that sees the bird soonest, by how many runs are known.

`python -m tests.benchmarks.samplers [SEEDS]` prints the table of README. Trainings are simulated:
a random forest on `landscape.csv` (see `landscape.py`) tells accuracy, focus and the accuracy with
the cue broken, and an error that it made in cross-validation is added. Every strategy starts from
the same rejected run and the same random past ones and asks for eight retries one after the other,
each with the outcomes and verdicts of those before. A person rejects a run whose accuracy falls by
more than ``CUE`` when the cue is broken; no strategy sees more than that of the broken cue.
"""

import sys
from collections.abc import Callable, Sequence

import numpy as np
import optuna
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import KFold, cross_val_predict

from pipelines.retry.history import Comparable, PastRun, comparable
from pipelines.retry.propose import make_study, propose
from pipelines.retry.screening import screen
from pipelines.retry.space import SPACE, from_unit, place
from saliencnn.common.hyperparameters import Hyperparameters
from tests.benchmarks.landscape import START, TABLE

PAST, MOST, SEEDS = (1, 5, 10, 20, 50), 8, 24
GOOD = 0.75
"""Accuracy with the cue broken that counts as found; the table's best have 0.85."""
CUE = 0.3
FORMATTERS = ["accuracy", "focus", "counter"]
Strategy = Callable[[list[PastRun], int], Hyperparameters]


class Landscape:
    """Tells what trainings would come to."""

    def __init__(self) -> None:
        table = pd.read_csv(TABLE)
        rows = table.filter(list(SPACE)).to_dict("records")  # it is older than some of them
        at = np.array([place(_with({str(k): v for k, v in row.items()})) for row in rows])
        told = table[FORMATTERS].to_numpy()
        forest = RandomForestRegressor(300, max_features=0.5, random_state=0)
        folds = KFold(10, shuffle=True, random_state=0)
        self.errors = told - cross_val_predict(forest, at, told, cv=folds)
        self.explained = 1 - (self.errors**2).mean(axis=0) / told.var(axis=0)
        self.runs = len(table)
        self._forest = forest.fit(at, told)

    def train(
        self, asked: Sequence[Hyperparameters], luck: Sequence[np.random.Generator]
    ) -> list[tuple[PastRun, float]]:
        """Return (run, accuracy with the cue broken) of one training in each of several worlds."""
        found = self._forest.predict(np.array([place(one) for one in asked]))
        trained = []
        for own, rng, hyperparameters in zip(found, luck, asked, strict=True):
            values = own + self.errors[rng.integers(self.runs)]
            accuracy, focus, counter = np.clip(values, 0, 1).tolist()
            rejected = accuracy - counter > CUE
            trained.append(
                (PastRun(hyperparameters, accuracy, {"focus": focus}, rejected), counter)
            )
        return trained


def _with(values: dict[str, object]) -> Hyperparameters:
    return Hyperparameters.from_mapping({**START.as_dict(), **values})


def _anywhere(rng: np.random.Generator) -> Hyperparameters:
    return _with(from_unit({name: float(rng.random()) for name in SPACE}))


def fixed(history: list[PastRun], seed: int) -> Hyperparameters:
    """Change the start's values in a fixed order, whatever came of them."""
    blind = Comparable(tuple(PastRun(run.hyperparameters, 0.0) for run in history), "")
    return screen(START, blind, 1, seed)[0]


def screened(history: list[PastRun], seed: int) -> Hyperparameters:
    return screen(START, comparable(history), 1, seed)[0]


def sampled(history: list[PastRun], sampler: optuna.samplers.BaseSampler) -> Hyperparameters:
    return _with(make_study(comparable(history), sampler).ask(SPACE).params)


def by_gp(history: list[PastRun], seed: int) -> Hyperparameters:
    return sampled(history, optuna.samplers.GPSampler(seed=seed, n_startup_trials=0))


def by_tpe(history: list[PastRun], seed: int) -> Hyperparameters:
    tpe = optuna.samplers.TPESampler(seed=seed, n_startup_trials=0, multivariate=True)
    return sampled(history, tpe)


def at_random(history: list[PastRun], seed: int) -> Hyperparameters:
    return _anywhere(np.random.default_rng((7, seed, len(history))))


STRATEGIES: dict[str, Strategy] = {
    "propose": lambda history, seed: propose(START, history, 1, seed)[0],
    "changes of the best": screened,
    "changes of the start": fixed,
    "GPSampler": by_gp,
    "TPE, multivariate": by_tpe,
    "random": at_random,
}


def hypervolume(history: Sequence[PastRun]) -> float:
    """Return the area of accuracy and focus that some run, not rejected, is no worse than."""
    kept = [(run.accuracy, run.measures["focus"]) for run in history if not run.rejected]
    area = top = 0.0
    for accuracy, focus in sorted(kept, reverse=True):
        area += accuracy * max(0.0, focus - top)
        top = max(top, focus)
    return area


def search(land: Landscape, strategy: Strategy, past: int, seeds: int) -> np.ndarray:
    """Return (seeds, 3): retries until one is good (MOST + 1 if none), area, retries rejected."""
    luck = [np.random.default_rng((1, seed)) for seed in range(seeds)]
    where = [np.random.default_rng((2, seed)) for seed in range(seeds)]
    first = PastRun(START, 0.979, {"focus": 0.198}, rejected=True)
    histories = [[first] for _ in range(seeds)]
    for _ in range(past - 1):
        known = land.train([_anywhere(rng) for rng in where], luck)
        for history, (run, _) in zip(histories, known, strict=True):
            history.append(run)
    needed = np.full(seeds, MOST + 1)
    for retry in range(1, MOST + 1):
        asked = [strategy(history, seed) for seed, history in enumerate(histories)]
        for seed, (run, counter) in enumerate(land.train(asked, luck)):
            histories[seed].append(run)
            if counter >= GOOD:
                needed[seed] = min(needed[seed], retry)
    areas = [hypervolume(history) for history in histories]
    rejected = [sum(run.rejected for run in history[past:]) for history in histories]
    return np.column_stack([needed, areas, rejected])


def main(seeds: int = SEEDS) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    land = Landscape()
    explained = ", ".join(f"{n} {r:.2f}" for n, r in zip(FORMATTERS, land.explained, strict=True))
    print(f"{land.runs} trainings; cross-validated R²: {explained}; {seeds} seeds")
    for past in PAST:
        for name, strategy in STRATEGIES.items():
            found = search(land, strategy, past, seeds)
            mean, half = found.mean(axis=0), 1.96 * found.std(axis=0, ddof=1) / seeds**0.5
            print(
                f"{past:3d} past  {name:20s} retries {mean[0]:.1f} ± {half[0]:.1f}, median "
                f"{np.median(found[:, 0]):g}, none {np.mean(found[:, 0] > MOST):.0%}; area "
                f"{mean[1]:.3f} ± {half[1]:.3f}; rejected {mean[2]:.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""Retries until the cue is of no use, of several cues: ``python -m tests.benchmarks.cued_retries``.

A network that read a cue is rejected by a person who sees its accuracy fall where the cue is
broken. *ours* then proposes one retry after the other; *no regions* does so where nobody knows
where the objects are, as all proposals did before there was guidance; *random* draws anywhere in
the search space. ``[SEEDS]`` may follow. Every search is a row of ``cued_retries.csv``; those that
are there are not repeated.
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import torch

from pipelines.retry.history import FOCUS, PastRun, past_runs
from pipelines.retry.propose import propose
from pipelines.retry.space import SPACE, from_unit
from pipelines.review.decisions import decide
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.imageset import ImageSet
from saliencnn.data.sources import IMAGE_SOURCES, ImageSource
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, list_runs, read_run
from tests.benchmarks import cued
from tests.benchmarks.rows import Rows
from tests.helpers.stores import new_store

SIZE, EPOCHS, MOST = 64, 8, 6
COUNTS = {"train": 1200, "validation": 160, "counterfactual": 160}
PLANTED = ",".join(f"{split}={count}" for split, count in COUNTS.items())
DATA = {
    "sticker": f"planted:{PLANTED},size={SIZE}",
    **{cue: f"cued:{cue}" for cue in ("mark", "texture", "jpeg")},
}
RIGHT = 0.9
"""Accuracy with the cue broken at which a search ends."""
CHEAT = 0.7
"""Above it, the first network reads too little of the cue for there to be anything to mend."""
ROWS = Rows(
    Path(__file__).with_name("cued_retries.csv"),
    ("cue", "proposer", "seed"),
    ("retries", "first", "best"),
)
Proposer = Callable[[Hyperparameters, list[PastRun], int], Hyperparameters]


def ours(start: Hyperparameters, history: list[PastRun], turn: int) -> Hyperparameters:
    return propose(start, history, 1, seed=turn)[0]


def without_regions(start: Hyperparameters, history: list[PastRun], turn: int) -> Hyperparameters:
    blind = [
        replace(run, measures={n: v for n, v in run.measures.items() if n != FOCUS})
        for run in history
    ]
    return ours(start, blind, turn)


def at_random(start: Hyperparameters, history: list[PastRun], turn: int) -> Hyperparameters:
    rng = np.random.default_rng((start.seed, turn))
    point = from_unit({name: float(rng.random()) for name in SPACE})
    return Hyperparameters.from_mapping({**start.as_dict(), **point})


PROPOSERS: dict[str, Proposer] = {
    "ours": ours,
    "no regions": without_regions,
    "random": at_random,
}


@lru_cache(maxsize=1)
def render(cue: str) -> ImageSet:
    return cued.render(cue, SIZE, COUNTS)


def search(cue: str, proposer: Proposer, seed: int) -> tuple[float, float, float]:
    """Return the retries until a network is right with the cue broken, MOST + 1 if none is.

    Beside them stand the accuracies with the cue broken, %, of the first network and of the best
    retry.
    """
    with tempfile.TemporaryDirectory() as folder:
        store = new_store(Path(folder))
        start = read_run(store, train_one(store, cue, Hyperparameters(epochs=EPOCHS, seed=seed)))
        first = broken_of(start)
        if first > CHEAT:
            return float("nan"), 100 * first, float("nan")
        decide(store, start.run_id, "rejected", "reads the cue", "benchmark")
        own, best = Hyperparameters.from_mapping(start.hyperparameters), 0.0
        for turn in range(1, MOST + 1):
            history = [*past_runs(list_runs(store), read_run(store, start.run_id)).values()]
            run = read_run(store, train_one(store, cue, proposer(own, history, turn)))
            best = max(best, broken_of(run))
            if best >= RIGHT:
                return turn, 100 * first, 100 * best
        return MOST + 1, 100 * first, 100 * best


def train_one(store: Store, cue: str, hyperparameters: Hyperparameters) -> str:
    return train(
        store, Request(DATA[cue], image_size=SIZE, hyperparameters=hyperparameters, keep="last")
    )


def broken_of(run: RunInfo) -> float:
    return run.metrics["counterfactual_accuracy"]


if __name__ == "__main__":
    torch.set_num_threads(1)
    IMAGE_SOURCES["cued"] = ImageSource("cued:CUE", lambda cue, _: render(cue))
    for seed in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        for cue in DATA:
            for name, proposer in PROPOSERS.items():
                key = {"cue": cue, "proposer": name, "seed": seed}
                ROWS.fill(key, partial(search, cue, proposer, seed))
    print(ROWS.table(("cue", "proposer"), ("retries", "first", "best")))

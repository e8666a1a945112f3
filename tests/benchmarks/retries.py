"""Proposals: how soon they find a network that sees the bird, and how long they take."""

import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from pipelines.retry.explain_proposals import give_reasons
from pipelines.retry.history import PastRun, past_runs
from pipelines.retry.propose import propose
from pipelines.retry.space import SPACE, from_unit
from pipelines.review.decisions import decide
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo, list_runs, read_run
from tests.benchmarks.measure import seconds
from tests.benchmarks.row import Row
from tests.helpers.stores import new_store

DATA = "planted:train=1200,validation=160,counterfactual=160,size=64"
SEEDS, MOST = 5, 8
Proposer = Callable[[Hyperparameters, list[PastRun], np.random.Generator], Hyperparameters]


def ours(
    start: Hyperparameters, history: list[PastRun], rng: np.random.Generator
) -> Hyperparameters:
    return propose(start, history, 1, seed=int(rng.bit_generator.seed_seq.entropy))[0]  # type: ignore[attr-defined]


def at_random(
    start: Hyperparameters, history: list[PastRun], rng: np.random.Generator
) -> Hyperparameters:
    point = {name: float(rng.random()) for name in SPACE}
    return Hyperparameters.from_mapping({**start.as_dict(), **from_unit(point)})


def retries_needed(store: Store, proposer: Proposer, start: RunInfo, seed: int) -> int:
    """Return after how many retries a network is right with the cue broken; MOST + 1 if never."""
    rng = np.random.default_rng(seed)
    own = Hyperparameters.from_mapping(start.hyperparameters)
    tried: set[str] = {start.run_id}
    for count in range(1, MOST + 1):
        runs = [run for run in list_runs(store) if run.run_id in tried]
        hyperparameters = proposer(own, list(past_runs(runs, start).values()), rng)
        request = Request(DATA, image_size=64, hyperparameters=hyperparameters, keep="last")
        run_id = train(store, request)
        tried.add(run_id)
        if read_run(store, run_id).metrics["counterfactual_accuracy"] >= 0.9:
            return count
    return MOST + 1


def searches() -> Row:
    with tempfile.TemporaryDirectory() as folder:
        store = new_store(Path(folder))
        counts: dict[str, list[int]] = {"ours": [], "random": []}
        for seed in range(SEEDS):
            hyperparameters = Hyperparameters(epochs=10, seed=seed)
            request = Request(DATA, image_size=64, hyperparameters=hyperparameters, keep="last")
            run_id = train(store, request)
            decide(store, run_id, "rejected", "looks at the sticker", "benchmark")
            start = read_run(store, run_id)
            counts["ours"].append(retries_needed(store, ours, start, seed))
            counts["random"].append(retries_needed(store, at_random, start, seed))
    median = {name: statistics.median(found) for name, found in counts.items()}
    return Row(
        "Retries until the bird is seen, median of 5 seeds, in shares of random search's",
        median["ours"] / median["random"],
        0.999,
        f"retries ours {counts['ours']}, random {counts['random']} (9: not within 8)",
    )


def thousand_runs() -> Row:
    rng = np.random.default_rng(0)
    history = []
    for _ in range(1000):
        values = from_unit({name: float(rng.random()) for name in SPACE})
        accuracy = 0.5 + 0.4 * values["color_jitter"] + rng.normal(0, 0.02)
        measures, rejected = {"focus": float(rng.random())}, bool(rng.random() < 0.1)
        hyperparameters = Hyperparameters.from_mapping(values)
        history.append(PastRun(hyperparameters, float(accuracy), measures, rejected))
    start = Hyperparameters()

    def ask() -> None:
        give_reasons(start, propose(start, history, 3), history)

    ask()
    times = [seconds(ask) for _ in range(3)]
    return Row(
        "Three proposals with reasons from 1,000 past runs, seconds",
        statistics.median(times),
        2,
        "their reading excluded",
    )


def run() -> Iterator[Row]:
    yield thousand_runs()
    yield searches()

"""Evaluations that are killed at random and begun again by the same command."""

import random
import shutil
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from saliencnn.data.planted import CLASSES
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_files import read_predictions
from saliencnn.store.evaluations import list_evaluations
from tests.chaos.place import make_place, strike
from tests.chaos.row import Row
from tests.helpers.commands import Forker
from tests.pipelines.evaluation.test_run import write_network

IMAGES = "planted:train=1,validation=400,counterfactual=0,size=32"
MAX_STRIKES = 4
PARTS = 6
Findings = dict[str, tuple[dict[str, float], bytes]]
"""Network -> its numbers but for the speed, and its predictions."""


def strike_evaluations(
    program: Forker, folder: Path, strikes: int, randomness: random.Random
) -> Iterator[Row]:
    """Kill evaluations of two networks at random moments."""
    row = Row("evaluation: kill -9, then the same command")
    folder.mkdir()
    models = ",".join(write_network(folder, seed, CLASSES) for seed in (1, 2))
    evaluate = ("evaluate", "--models", models, "--images", IMAGES)
    place = make_place(program, folder / "whole")
    began = time.perf_counter()
    status = place.run(*evaluate, "--work", str(folder / "work"), log="log")
    seconds = time.perf_counter() - began
    assert status == 0, (place.folder / "log").read_text()
    whole = _read(place.store)
    chain = 0
    while row.tried < strikes:
        chain += 1
        place = make_place(program, folder / f"chain-{chain}")
        work = folder / f"work-{chain}"
        command = (*evaluate, "--work", str(work))
        for _ in range(min(randomness.randint(1, MAX_STRIKES), strikes - row.tried)):
            started = place.start(*command, log="log")
            # Two networks score two shards, and each shard is packed once: six parts.
            reached = partial(_has_parts, work, randomness.randrange(PARTS))
            delay = randomness.uniform(0, seconds / 20)
            status = strike(place, started, reached, delay, signal.SIGKILL)
            row.tried += 1
            row.reached += status != 0
            half = _read(place.store)
            row.losses += [f"{n} was wrong after a kill" for n in half if half[n] != whole[n]]
        status = place.run(*command, log="log")
        found = _read(place.store)
        if status or found != whole:
            said = (place.folder / "log").read_text()[-300:]
            row.losses.append(f"evaluation {chain} ended with {status}, other numbers: {said}")
        row.losses += [f"{path} is left" for path in work.rglob("*.npz")]
        shutil.rmtree(place.folder)
    yield row


def _has_parts(work: Path, count: int) -> bool:
    return len([*work.rglob("*.npz")]) >= count


def _read(store: Store) -> Findings:
    """Return what a store's evaluations found; one that is there twice is named twice."""
    found: Findings = {}
    for info in list_evaluations(store):
        numbers = {k: v for k, v in info.metrics.items() if k != "images_per_second"}
        columns = read_predictions(store, info.run_id).to_records(index=False)
        name = info.model if info.model not in found else f"{info.model} again"
        found[name] = numbers, np.asarray(columns).tobytes()
    return found

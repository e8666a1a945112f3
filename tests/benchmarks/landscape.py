"""What a hundred trainings come to, all over the search space: `landscape.csv`, and its maker.

`python -m tests.benchmarks.landscape` trains them anew, each on one core for 10 to 20 s, and goes
on with a table that is not complete. The images are the demo's, fewer and smaller, so that a
network with the hyperparameters of ``START`` reads the sticker and one with other values sees the
bird. The first rows are a star around ``START``: itself and each value at its far end, twice; all
others lie evenly in the space (Sobol 1967).
"""

import csv
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from scipy.stats import qmc

from pipelines.retry.space import SPACE, from_unit, inside, to_unit
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.measures.map_measures import MAP_MEASURES
from saliencnn.store.connection import Store
from saliencnn.store.runs import read_run
from tests.helpers.stores import new_store

TABLE = Path(__file__).with_name("landscape.csv")
DATA = "planted:train=800,validation=96,counterfactual=96,size=48,seed=0"
SIZE, RUNS = 48, 101
START = Hyperparameters(epochs=8, batch_size=16)
MEASURED = {
    "accuracy": "best_val_accuracy",
    "focus": "focus",
    **{name: name for name in MAP_MEASURES},
    "counter": "counterfactual_accuracy",
}
"""Columns of the table beside the space's own, and the metrics that they hold."""


def places() -> Iterator[dict[str, Any]]:
    """Yield the values of every run in the table's order; there is no end."""
    base = inside(START.as_dict())
    center = to_unit(base)
    far = [from_unit({name: 0.0 if center[name] > 0.5 else 1.0}) for name in SPACE]
    for _ in range(2):
        yield base
        yield from ({**base, **change} for change in far)
    sobol = qmc.Sobol(len(SPACE), seed=0)
    while True:
        for point in sobol.random(8):
            yield from_unit(dict(zip(SPACE, map(float, point), strict=True)))


def measure(store: Store, values: dict[str, Any], seed: int) -> dict[str, float]:
    """Train once and return what the table holds of it."""
    own = Hyperparameters.from_mapping({**START.as_dict(), **values, "seed": seed})
    request = Request(DATA, image_size=SIZE, hyperparameters=own, keep="last")
    metrics = read_run(store, train(store, request)).metrics
    return {name: round(metrics[metric], 4) for name, metric in MEASURED.items()}


def main() -> None:
    torch.set_num_threads(1)
    done = len(TABLE.read_text().splitlines()) - 1 if TABLE.exists() else 0
    with TABLE.open("a", newline="") as file, tempfile.TemporaryDirectory() as folder:
        table = csv.DictWriter(file, [*SPACE, *MEASURED])
        if not done:
            table.writeheader()
        store = new_store(Path(folder))
        for seed, values in islice(enumerate(places()), done, RUNS):
            row = {n: f"{v:.6g}" if isinstance(v, float) else v for n, v in values.items()}
            table.writerow({**row, **measure(store, values, seed)})
            file.flush()


if __name__ == "__main__":
    main()

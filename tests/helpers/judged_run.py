"""A store of its own with evaluations of runs on which people have decided."""

import json
from dataclasses import dataclass

import pytest

from pipelines.evaluation.run import Task, evaluate
from pipelines.review.decisions import decide
from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from tests.helpers.stores import new_store

DATA = "planted:train=32,validation=16,counterfactual=0,size=48"


@dataclass(frozen=True)
class Judged:
    """Ids of evaluations.

    Attributes:
        store: where they are.
        accepted: of an accepted epoch.
        epoch_rejected: of another epoch of the same run, which was rejected alone.
        run_rejected: of a run that was rejected as a whole.
        older: of the same run, written before evaluations knew where they came from.
    """

    store: Store
    accepted: str
    epoch_rejected: str
    run_rejected: str
    older: str


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Two runs of two epochs, each evaluated on the same images, then decided on."""
    folder = tmp_path_factory.mktemp("judged")
    store = new_store(folder)
    good, bad = (
        train(
            store,
            Request(
                DATA,
                image_size=48,
                name=name,
                hyperparameters=Hyperparameters(epochs=2, batch_size=16, seed=seed),
            ),
        )
        for seed, name in enumerate(("good", "bad"))
    )
    models = [f"run:{run_id}:{epoch}" for run_id in (good, bad) for epoch in (1, 2)]
    first, second, old, whole = evaluate(store, Task(models, DATA, work=folder)).evaluated
    forget_origin(store, old)
    decide(store, good, "accepted", "sees the head", "Ann", 2)
    decide(store, good, "rejected", "too early", "Ann", 1)
    decide(store, bad, "rejected", "sees the sticker", "Bo")
    return Judged(store, second, first, whole, old)


def forget_origin(store: Store, run_id: str) -> None:
    """Leave of an evaluation what was noted before it knew the run that it came from."""
    facts = json.loads(store.client.get_run(run_id).data.tags["saliencnn.facts"])
    del facts["trained_run"], facts["trained_epoch"]
    store.client.set_tag(run_id, "saliencnn.facts", json.dumps(facts))

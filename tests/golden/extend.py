"""Add to the golden store what no command leaves by itself; run by make.sh with the old code.

An interrupted run whose second epoch and end wait in the spool, maps computed on request of a
run and of an evaluated network, and a saved task.
"""

import os
import sys
from contextlib import suppress

import pipelines.delivery
from pipelines.explanations import Explainer
from pipelines.hyperparameters import Hyperparameters
from pipelines.progression import compute_missing
from pipelines.questions import Question
from pipelines.request import Progress, Request
from pipelines.store.connection import open_store
from pipelines.store.evaluations import list_evaluations
from pipelines.store.pictures import read_index
from pipelines.store.runs import list_runs
from pipelines.store.tasks import save_task
from pipelines.train import train

data, folder = sys.argv[1:]
os.environ["SALIENCNN_SPOOL"] = f"{folder}/mlruns/spool"
store = open_store(f"sqlite:///{folder}/mlruns/mlflow.db")
golden = next(run for run in list_runs(store) if run.name == "golden")

index = read_index(store, golden.pictures)
missing = dict.fromkeys(golden.epochs, ("hirescam", "gradient"))
compute_missing(store, golden, index, 3, int(index.labels[3]), missing)
first = min(list_evaluations(store), key=lambda info: info.trained_epoch)
Explainer(store).compute([Question(first, 3, 2)], ["gradcam", "layercam"])
save_task(store, "Golden task", {"model": [first.run_id], "kind": ["classes"], "class": ["cap"]})


def lose_the_store_after_one_epoch_and_die_in_the_third(progress: Progress) -> None:
    if progress.epoch == 1 and progress.phase == "complete":
        pipelines.delivery.answers = lambda _store: False
    if progress.epoch == 3:
        raise KeyboardInterrupt


# All but the head is that of the golden run, which compresses to nothing.
request = Request(
    data=data,
    weights=f"run:{golden.run_id}:2",
    hyperparameters=Hyperparameters(epochs=4, batch_size=16, freeze_backbone=True),
    image_size=32,
    name="golden-interrupted",
)
with suppress(KeyboardInterrupt):
    train(store, request, lose_the_store_after_one_epoch_and_die_in_the_third)

"""What is lost: of a run that was killed, and of one that was resumed to its end."""

import re
from collections.abc import Iterator

import numpy as np
import torch

from saliencnn.store.checkpoints import kept_epochs, read_checkpoint, read_training
from saliencnn.store.connection import Store
from saliencnn.store.epochs import (
    read_class_maps,
    read_confusion,
    read_manifest,
    read_per_class,
    read_predictions,
)
from saliencnn.store.runs import RunInfo, read_run
from tests.helpers.comparison import TIMING
from tests.helpers.maps import read_all_maps

CLASSES = 8
_SAID = re.compile(r" epoch (\d+)/")


def epochs_said(log: str) -> int:
    """Return the last epoch that a command has printed as complete."""
    return max(map(int, _SAID.findall(log)), default=0)


def find_torn(store: Store, run: RunInfo, said: int) -> Iterator[str]:
    """Yield what a killed run has lost, or holds by half.

    Args:
        store: where it is.
        run: as the list has it.
        said: the last epoch that its process has printed as complete.
    """
    if run.epoch < said:
        yield f"{run.name}: epoch {said} was complete, and {run.epoch} is the last one there"
    steps = [step for step, _ in _values(store, run.run_id, "epoch")]
    if steps != list(run.epochs):
        yield f"{run.name}: its epochs are {steps}"
    try:
        for target in range(CLASSES):
            read_class_maps(store, run.run_id, run.epochs, target)
        for epoch in run.epochs:
            read_predictions(store, run.run_id, epoch)
            read_confusion(store, run.run_id, epoch)
            read_per_class(store, run.run_id, epoch)
        if run.epoch:
            read_checkpoint(store, read_manifest(store, run.run_id, run.epoch).model_id)
            if run.status != "finished":
                read_training(store, run.run_id, run.epoch)
    except Exception as error:
        yield f"{run.name}: not readable: {type(error).__name__}: {error}"


def find_differences(store: Store, run_id: str, others: Store, other: RunInfo) -> Iterator[str]:
    """Yield in what a resumed run differs from the uninterrupted one, to the last bit."""
    run = read_run(store, run_id)
    if (run.status, run.epoch) != ("finished", other.epoch):
        yield f"{run.name}: {run.status} after epoch {run.epoch}: {run.reason}"
        return
    for key in other.metrics.keys() - TIMING:
        mine, theirs = (_values(s, r.run_id, key) for s, r in ((store, run), (others, other)))
        if mine != theirs:
            yield f"{run.name}: {key} is {mine}, not {theirs}"
    for epoch in run.epochs:
        for what, read in (("predictions", read_predictions), ("maps", _read_maps)):
            if read(store, run_id, epoch).tobytes() != read(others, other.run_id, epoch).tobytes():
                yield f"{run.name}: other {what} in epoch {epoch}"
    mine, theirs = kept_epochs(store, run_id), kept_epochs(others, other.run_id)
    if list(mine) != list(theirs):
        yield f"{run.name}: checkpoints of {list(mine)}, not {list(theirs)}"
        return
    for epoch, model_id in mine.items():
        state = read_checkpoint(store, model_id)
        for name, value in read_checkpoint(others, theirs[epoch]).items():
            if not torch.equal(state[name], value):
                yield f"{run.name}: other weights {name} in epoch {epoch}"


def _read_maps(store: Store, run_id: str, epoch: int) -> np.ndarray:
    return read_all_maps(store, run_id, epoch, "maps.npy").rows


def _values(store: Store, run_id: str, key: str) -> list[tuple[int, float]]:
    """Return an epoch and a value for each entry, doubled ones too.

    MLflow sorts them by the clock, which may have been put right meanwhile.
    """
    history = store.client.get_metric_history(run_id, key)
    return sorted((metric.step, metric.value) for metric in history)

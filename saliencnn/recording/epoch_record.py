"""An epoch as one record: all that the store gets of it, and how it gets there."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from saliencnn.common.errors import UserError
from saliencnn.common.process import describe_process
from saliencnn.store import checkpoints, runs
from saliencnn.store.checkpoints import Training
from saliencnn.store.connection import Store
from saliencnn.store.epochs import write_epoch
from saliencnn.store.history import read_history
from saliencnn.store.maptable import MapTable
from saliencnn.store.networks import describe_network
from saliencnn.store.outage import reaching
from saliencnn.store.pictures import write_picture
from saliencnn.store.retention import choose_staying
from saliencnn.store.runs import RunInfo
from saliencnn.store.skipped import write_skipped


class Superseded(UserError):
    """Another process has resumed the run."""


class EpochMissing(UserError):
    """The epoch before one that is to be delivered is not in the store."""


@dataclass(frozen=True)
class EpochRecord:
    """Everything an epoch leaves.

    Attributes:
        run_id: the training run.
        process: the one that trained the epoch.
        arch: architecture's name.
        keep: whose checkpoints stay: as ``is_keep`` takes it.
        epoch: 1, 2, ...
        last: whether it is the run's last one.
        ended: seconds since 1970.
        classes: class names.
        weights: the network's state dict.
        training: what a resumed run needs.
        predictions: array of ``PREDICTION``, one row a validation image.
        tables: file name -> maps.
        metrics: finite numbers by name.
        skipped: names of training images that could not be read.
        news: sentences about the run that this epoch adds.
        picture: of a few images and their maps, uint8 (H, W, 3), for MLflow's own pages.
    """

    run_id: str
    process: str
    arch: str
    keep: str
    epoch: int
    last: bool
    ended: float
    classes: tuple[str, ...]
    weights: dict[str, Tensor]
    training: Training
    predictions: np.ndarray
    tables: dict[str, MapTable]
    metrics: dict[str, float]
    skipped: tuple[str, ...] = ()
    news: tuple[str, ...] = ()
    picture: np.ndarray | None = None


@dataclass(frozen=True)
class RunEnd:
    """How a run ended: MLflow's status, the reason in words, and its last complete epoch."""

    run_id: str
    process: str
    epoch: int
    status: str
    reason: str = ""


def deliver_epoch(store: Store, record: EpochRecord, again: bool = False) -> None:
    """Write an epoch unless it is there; then delete what the retention does not want any more.

    Args:
        store: where the run is.
        record: the epoch.
        again: whether an earlier attempt may have left half of it.

    Raises:
        StoreAway: the store cannot be reached; the epoch may be there by half, or as a whole if
            only the answer was lost.
        Superseded: the run belongs to another process.
        EpochMissing: the epoch before this one is missing.
        UserError: no such run.
    """
    run_id, epoch = record.run_id, record.epoch
    with reaching(store):
        run = read_own_run(store, run_id, record.process)
        if run.epoch > epoch:
            return
        if run.epoch < epoch - 1:
            raise EpochMissing(
                f"Epoch {epoch} of run {run_id} must wait for epoch {run.epoch + 1}."
            )
        if again:
            checkpoints.delete_unfinished(store, run_id, run.epoch)
        if run.epoch < epoch:
            _write(store, record, run)
        checkpoints.delete_training(store, run_id, epoch - 1)
        if record.keep != "all":
            _discard(store, record)


def deliver_end(store: Store, end: RunEnd) -> None:
    """Mark a run as ended; a finished one will not be resumed any more.

    Raises:
        StoreAway: the store cannot be reached.
        Superseded: the run belongs to another process.
        UserError: no such run.
    """
    with reaching(store):
        read_own_run(store, end.run_id, end.process)
        runs.finish_run(store, end.run_id, end.status, end.reason)
        if end.status == "FINISHED":
            checkpoints.delete_training(store, end.run_id, end.epoch)


def read_own_run(store: Store, run_id: str, process: str) -> RunInfo:
    """Return a run that belongs to a process.

    Raises:
        Superseded: it belongs to another one.
        StoreAway: the store cannot be reached.
        UserError: no such run.
    """
    run = runs.read_run(store, run_id)
    check_owner(run_id, run.process, process)
    return run


def check_owner(run_id: str, owner: str, process: str) -> None:
    """Check that a run belongs to a process.

    Raises:
        Superseded: it belongs to another one, its owner.
    """
    if owner != process:
        other = describe_process(owner)
        raise Superseded(f"Run {run_id} has been resumed by another process, {other}.")


def _write(store: Store, record: EpochRecord, run: RunInfo) -> None:
    run_id, epoch = record.run_id, record.epoch
    if record.skipped:
        write_skipped(store, run_id, "training", record.skipped)
    if record.news:
        # An earlier attempt may have written them already.
        runs.note_sentences(store, run_id, dict.fromkeys((*run.notes, *record.news)))
    facts = describe_network(run, record.classes)
    model_id = checkpoints.write_checkpoint(store, run_id, epoch, record.weights, facts)
    checkpoints.link_checkpoint(store, run_id, epoch, model_id)
    checkpoints.write_training(store, run_id, epoch, record.training)
    if record.picture is not None:
        write_picture(store, run_id, epoch, record.picture, record.ended)
    write_epoch(
        store,
        run_id,
        epoch,
        classes=record.classes,
        predictions=record.predictions,
        tables=record.tables,
        metrics=record.metrics,
        model_id=model_id,
        ended=record.ended,
    )


def _discard(store: Store, record: EpochRecord) -> None:
    """Delete the checkpoints that the run's rule does not keep."""
    epoch = record.epoch
    kept = checkpoints.kept_epochs(store, record.run_id)
    history = read_history(store, [record.run_id], ["val_accuracy"])
    top = int(history.sort_values(["value", "epoch"])["epoch"].iloc[-1])
    stay = choose_staying(record.keep, epoch, top, record.last)
    for old, model_id in kept.items():
        if old not in stay:
            checkpoints.delete_checkpoint(store, model_id)

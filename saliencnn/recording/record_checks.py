"""Whether a record from the spool is one that this program wrote, and of the run that it is in."""

import re

import numpy as np
from torch import Tensor

from saliencnn.common.records import (
    WrongRecord,
    require_number,
    require_text,
    require_texts,
    require_whole,
    shorten,
)
from saliencnn.recording.epoch_record import EpochRecord, RunEnd
from saliencnn.store.epochs import PREDICTION, is_table
from saliencnn.store.maptable import MapTable, fits_methods
from saliencnn.store.retention import is_keep
from saliencnn.store.run_record import MAX_EPOCHS

ENDS = ("FINISHED", "FAILED", "KILLED")
_METRIC = re.compile(r"[\w-]{1,200}", re.ASCII)
"""Names of our metrics."""


def check_record(record: EpochRecord, run_id: str, epoch: int) -> None:
    """Check an epoch's record before anything of it is written.

    Args:
        record: what was read.
        run_id: the run in whose folder it lay.
        epoch: as its folder is called.

    Raises:
        WrongRecord: it is of another run or epoch, or holds what no epoch leaves.
    """
    _require_same("run", record.run_id, run_id)
    _require_same("epoch", record.epoch, epoch)
    require_whole(record.epoch, "epoch", 1, MAX_EPOCHS)
    for name in ("process", "arch"):
        require_text(getattr(record, name), name)
    if not is_keep(record.keep):
        raise WrongRecord(f"Its keep is {shorten(record.keep)}.")
    if not isinstance(record.last, bool):
        raise WrongRecord(f"Its last is {shorten(record.last)}; it must be true or false.")
    require_number(record.ended, "end")
    for name in ("classes", "skipped", "news"):
        require_texts(getattr(record, name), name)
    _check_numbers(record)
    _check_arrays(record)


def check_end(end: RunEnd, run_id: str) -> None:
    """Check a run's end before anything of it is written.

    Raises:
        WrongRecord: it is of another run, or says what no run's end does.
    """
    _require_same("run", end.run_id, run_id)
    require_text(end.process, "process")
    require_text(end.reason, "reason")
    require_whole(end.epoch, "epoch", 0, MAX_EPOCHS)
    if end.status not in ENDS:
        raise WrongRecord(f"Its status is {shorten(end.status)}.")


def _require_same(what: str, found: object, wanted: object) -> None:
    if type(found) is not type(wanted) or found != wanted:
        raise WrongRecord(f"It is of the {what} {shorten(found)}.")


def _check_numbers(record: EpochRecord) -> None:
    for name, value in record.metrics.items():
        if not isinstance(name, str) or not _METRIC.fullmatch(name):
            raise WrongRecord(f"{shorten(name)} is not the name of a metric.")
        require_number(value, name)
    require_number(record.training.best_accuracy, "best accuracy")
    require_whole(record.training.waited, "epochs since then", 0, MAX_EPOCHS)
    if not isinstance(record.training.optimizer, dict):
        raise WrongRecord("It lacks the optimizer's state.")
    if not record.weights or not all(isinstance(one, Tensor) for one in record.weights.values()):
        raise WrongRecord("It lacks the weights.")


def _check_arrays(record: EpochRecord) -> None:
    count, predictions = len(record.classes), record.predictions
    if predictions.dtype != PREDICTION or predictions.ndim != 1:
        raise WrongRecord("Its predictions are no table of predictions.")
    for column in ("true", "predicted"):
        _check_classes(predictions[column], count)
    picture = record.picture
    if picture is not None and (picture.dtype != np.uint8 or picture.shape[2:] != (3,)):
        raise WrongRecord("Its picture is none.")
    for name, table in record.tables.items():
        if not is_table(name):
            raise WrongRecord(f"{shorten(name)} is not the name of a table of maps.")
        _check_table(table, count)


def _check_table(table: MapTable, classes: int) -> None:
    require_texts(table.methods, "methods")
    if table.rows.ndim != 1 or not fits_methods(table.rows, len(table.methods)):
        raise WrongRecord("Its maps do not fit their methods.")
    for column in ("true", "target", "predicted"):
        _check_classes(table.rows[column], classes)


def _check_classes(numbers: np.ndarray, classes: int) -> None:
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < classes:
        raise WrongRecord(f"It speaks of classes that are none of its {classes}.")

"""The spool, a local buffer: records that wait on this machine's disk until their store is back.

The folder ``RUN_ID/0003`` holds epoch 3, and ``RUN_ID/end`` the run's end. What has one of these
names is whole: it is written beside under another name, then renamed.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from saliencnn.common.errors import UserError
from saliencnn.common.formats import SPOOLED_END, SPOOLED_EPOCH
from saliencnn.recording.epoch_record import EpochRecord, RunEnd
from saliencnn.store.checkpoints import decode_training, encode_training
from saliencnn.store.codec import decode_arrays, decode_weights, encode_arrays, encode_weights
from saliencnn.store.connection import Store
from saliencnn.store.maptable import MapTable
from saliencnn.store.metric_names import rename_metrics

_RUN_ID = re.compile(r"[0-9a-f]{32}")
_END = "end"
_PLAIN = ("run_id", "process", "arch", "keep", "epoch", "last", "ended", "metrics")
_LISTS = ("classes", "skipped", "news")


class SpoolBusy(Exception):
    """Another process is delivering the run's records."""


def spool_folder(store: Store) -> Path:
    """Return where records wait: ``SALIENCNN_SPOOL``, else beside the embedded store's file."""
    chosen = os.environ.get("SALIENCNN_SPOOL")
    if chosen:
        return Path(chosen).resolve()
    if store.is_server:
        return Path("mlruns/spool").resolve()
    return store.database.parent / "spool"


def put_epoch(folder: Path, record: EpochRecord) -> None:
    """Write an epoch to the spool; a process killed meanwhile leaves nothing that counts.

    Raises:
        UserError: the disk does not take it.
    """
    _put(_own(folder, record.run_id) / f"{record.epoch:04d}", encode_record(record))


def put_end(folder: Path, end: RunEnd) -> None:
    """Write a run's end to the spool.

    Raises:
        UserError: the disk does not take it.
    """
    _put(
        _own(folder, end.run_id) / _END,
        {_END: json.dumps(SPOOLED_END.stamp | asdict(end)).encode()},
    )


def spooled_runs(folder: Path) -> list[str]:
    """Return the ids of all runs with something in the spool."""
    if not folder.is_dir():
        return []
    named = [path.name for path in folder.iterdir() if _RUN_ID.fullmatch(path.name)]
    return sorted(run_id for run_id in named if has_spooled(folder, run_id))


def has_spooled(folder: Path, run_id: str) -> bool:
    """Whether something of a run waits in the spool."""
    return bool(spooled_epochs(folder, run_id)) or (_own(folder, run_id) / _END).exists()


def spooled_epochs(folder: Path, run_id: str) -> list[int]:
    """Return the epochs of a run that wait in the spool, in order."""
    return sorted(int(path.name) for path in _own(folder, run_id).glob("[0-9]" * 4))


def read_end(folder: Path, run_id: str) -> RunEnd | None:
    """Return a run's end if it waits in the spool."""
    path = _own(folder, run_id) / _END / _END
    if not path.is_file():
        return None
    stored = json.loads(path.read_text())
    SPOOLED_END.check(stored)
    return RunEnd(**{spec.name: stored[spec.name] for spec in fields(RunEnd)})


def drop_epoch(folder: Path, run_id: str, epoch: int) -> None:
    """Delete an epoch from the spool; a process killed meanwhile leaves nothing that counts."""
    path = _own(folder, run_id) / f"{epoch:04d}"
    gone = path.with_suffix(".part")
    shutil.rmtree(gone, ignore_errors=True)
    path.rename(gone)
    shutil.rmtree(gone)


def drop_run(folder: Path, run_id: str) -> None:
    """Delete all that the spool has of a run."""
    shutil.rmtree(_own(folder, run_id), ignore_errors=True)


@contextmanager
def claiming(folder: Path, run_id: str) -> Iterator[None]:
    """Be the only process that delivers a run's records.

    Raises:
        SpoolBusy: another one is.
    """
    try:
        with FileLock(_own(folder, run_id) / "lock", timeout=0):
            yield
    except Timeout as error:
        raise SpoolBusy(f"Another process is delivering run {run_id}.") from error


def encode_record(record: EpochRecord) -> dict[str, bytes]:
    """Return an epoch as files, by name; none of them is a pickle of anything but tensors."""
    arrays: dict[str, Any] = {"predictions": record.predictions}
    arrays |= {f"table-{i}": table.rows for i, table in enumerate(record.tables.values())}
    plain = SPOOLED_EPOCH.stamp | {name: getattr(record, name) for name in _PLAIN + _LISTS}
    plain["tables"] = {name: table.methods for name, table in record.tables.items()}
    return {
        "weights.safetensors": encode_weights(record.weights),
        "training.pt": encode_training(record.training),
        "arrays.npz": encode_arrays(arrays),
        "parcel.json": json.dumps(plain).encode(),
    }


def read_epoch(folder: Path, run_id: str, epoch: int) -> EpochRecord:
    """Read an epoch from the spool."""
    path = _own(folder, run_id) / f"{epoch:04d}"
    return decode_record({file.name: file.read_bytes() for file in path.iterdir()})


def decode_record(files: Mapping[str, bytes]) -> EpochRecord:
    """Return what ``encode_record`` wrote, also in earlier formats.

    Raises:
        NewerFormat: a later version of this program wrote it.
    """
    plain = json.loads(files["parcel.json"])
    SPOOLED_EPOCH.check(plain)
    arrays = decode_arrays(files["arrays.npz"])
    tables = {
        name: MapTable(tuple(methods), arrays[f"table-{i}"])
        for i, (name, methods) in enumerate(plain["tables"].items())
    }
    known: dict[str, Any] = {name: plain[name] for name in _PLAIN}
    known |= {name: tuple(plain[name]) for name in _LISTS}
    known["metrics"] = rename_metrics(plain["metrics"])
    return EpochRecord(
        weights=decode_weights(files["weights.safetensors"]),
        training=decode_training(files["training.pt"]),
        predictions=arrays["predictions"],
        tables=tables,
        **known,
    )


def _own(folder: Path, run_id: str) -> Path:
    """Return a run's folder; only MLflow's own ids build a path."""
    if not _RUN_ID.fullmatch(run_id):
        raise UserError(f"{run_id!r} is no run's id; one has 32 hexadecimal digits.")
    return folder / run_id


def _put(path: Path, files: Mapping[str, bytes]) -> None:
    part = path.with_suffix(".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for name, content in files.items():
            (part / name).write_bytes(content)
        shutil.rmtree(path, ignore_errors=True)
        part.rename(path)
    except OSError as error:
        raise UserError(f"The store is away, and {path} cannot be written: {error}.") from error

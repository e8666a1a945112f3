"""The spool, a local buffer: records that wait on this machine's disk until their store is back.

The folder ``RUN_ID/0003`` holds epoch 3, and ``RUN_ID/end`` the run's end. What has one of these
names is whole: it is written beside under another name, then renamed. What cannot be delivered,
since it is damaged or another process has resumed its run, is moved aside and never deleted: to
``quarantine/RUN_ID/0003`` or ``superseded/RUN_ID/0003``.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from itertools import count
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from saliencnn.common.errors import UserError
from saliencnn.common.formats import SPOOLED_END, NewerFormat
from saliencnn.common.records import WrongRecord, parse_object, reason_of
from saliencnn.recording.epoch_record import EpochRecord, RunEnd
from saliencnn.recording.record_checks import check_end, check_record
from saliencnn.recording.record_files import decode_record, encode_record
from saliencnn.store.connection import Store

_RUN_ID = re.compile(r"[0-9a-f]{32}")
END: Final = "end"
"""What a run's end is called in its folder."""
QUARANTINE: Final = "quarantine"
SUPERSEDED: Final = "superseded"


class SpoolBusy(Exception):
    """Another process is delivering the run's records."""


class DamagedRecord(UserError):
    """What waits in the spool is not what this program wrote."""


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
    _put(_own(folder, record.run_id) / epoch_name(record.epoch), encode_record(record))


def put_end(folder: Path, end: RunEnd) -> None:
    """Write a run's end to the spool.

    Raises:
        UserError: the disk does not take it.
    """
    _put(
        _own(folder, end.run_id) / END,
        {END: json.dumps(SPOOLED_END.stamp | asdict(end)).encode()},
    )


def spooled_runs(folder: Path) -> list[str]:
    """Return the ids of all runs with something in the spool."""
    if not folder.is_dir():
        return []
    named = [path.name for path in folder.iterdir() if _RUN_ID.fullmatch(path.name)]
    return sorted(run_id for run_id in named if has_spooled(folder, run_id))


def has_spooled(folder: Path, run_id: str) -> bool:
    """Whether something of a run waits in the spool."""
    own = _own(folder, run_id)
    return own.is_symlink() or bool(spooled_epochs(folder, run_id)) or has_end(folder, run_id)


def has_end(folder: Path, run_id: str) -> bool:
    """Whether something waits that should be a run's end."""
    return os.path.lexists(_own(folder, run_id) / END)


def spooled_epochs(folder: Path, run_id: str) -> list[int]:
    """Return the epochs of a run that wait in the spool, in order."""
    return sorted(int(path.name) for path in _own(folder, run_id).glob("[0-9]" * 4))


def read_end(folder: Path, run_id: str) -> RunEnd | None:
    """Return a run's end if it waits in the spool.

    Raises:
        NewerFormat: a later version of this program wrote it.
        DamagedRecord: it is not what this program writes, or of another run.
    """
    if not has_end(folder, run_id):
        return None
    with _reading(END):
        stored = parse_object(_read_files(_own(folder, run_id) / END)[END].decode(), "end")
        SPOOLED_END.check(stored)
        end = RunEnd(**{spec.name: stored[spec.name] for spec in fields(RunEnd)})
        check_end(end, run_id)
    return end


def set_aside(folder: Path, run_id: str, name: str, where: str) -> Path:
    """Move a record of a run out of the way, and return its new place.

    Args:
        folder: the spool.
        run_id: whose record; only that if the run's folder itself is no folder.
        name: of the record in the run's folder; empty for all of it.
        where: ``QUARANTINE`` or ``SUPERSEDED``.
    """
    place = folder / where / run_id / name
    for number in count(2):
        if not os.path.lexists(place):
            break
        place = place.with_name(f"{name or run_id}-{number}")
    place.parent.mkdir(parents=True, exist_ok=True)
    (_own(folder, run_id) / name).rename(place)
    return place


def quarantined(folder: Path) -> set[Path]:
    """Return the damaged records that were moved aside."""
    return {*(folder / QUARANTINE).glob("*/*"), *(folder / QUARANTINE).glob("*")}


def check_folder(folder: Path, run_id: str) -> None:
    """Check that a run's folder is one, and no link to another.

    Raises:
        DamagedRecord: it is not.
    """
    own = _own(folder, run_id)
    if own.is_symlink() or not own.is_dir() or (own / "lock").is_symlink():
        raise DamagedRecord(f"{run_id} in the spool is no folder of this program's.")


def epoch_name(epoch: int) -> str:
    """Return what an epoch is called in its run's folder."""
    return f"{epoch:04d}"


def drop_epoch(folder: Path, run_id: str, epoch: int) -> None:
    """Delete an epoch from the spool; a process killed meanwhile leaves nothing that counts."""
    path = _own(folder, run_id) / epoch_name(epoch)
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


def read_epoch(folder: Path, run_id: str, epoch: int) -> EpochRecord:
    """Read an epoch from the spool.

    Raises:
        NewerFormat: a later version of this program wrote it.
        DamagedRecord: it is not what this program writes, or of another run or epoch.
    """
    name = epoch_name(epoch)
    with _reading(name):
        record = decode_record(_read_files(_own(folder, run_id) / name))
        check_record(record, run_id, epoch)
    return record


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Turn whatever fails while a record is read into one sentence.

    Raises:
        DamagedRecord: that is so.
    """
    try:
        yield
    except (NewerFormat, PermissionError):
        raise
    except Exception as error:  # every library has errors of its own for what it cannot read
        reason = reason_of(error)
        raise DamagedRecord(f"Its record {name} is damaged: {reason}") from error


def _read_files(path: Path) -> dict[str, bytes]:
    """Return the files of a record by name; a link is none, wherever it leads."""
    if path.is_symlink() or any(file.is_symlink() for file in path.iterdir()):
        raise WrongRecord("It is a link, or holds one.")
    return {file.name: file.read_bytes() for file in path.iterdir()}


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

"""Delivering what waits in the spool: in order, and each record exactly once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import list_some, one_sentence
from saliencnn.recording import spool
from saliencnn.recording.epoch_record import (
    EpochMissing,
    RunEnd,
    Superseded,
    deliver_end,
    deliver_epoch,
)
from saliencnn.recording.spool import SpoolBusy
from saliencnn.store.artifacts import require_writable
from saliencnn.store.connection import Store
from saliencnn.store.outage import StoreAway
from saliencnn.store.runs import RunMissing, read_run


class SetAside(UserError):
    """A part of what waited of a run is damaged and was moved aside; the rest is delivered."""


class OtherDatabase(StoreAway):
    """The store answers, but its database does not have the run; its own may come back."""


@contextmanager
def own_database(store: Store, run_id: str) -> Iterator[None]:
    """Take a store without a run for one that is away, whatever fails for that within.

    Raises:
        OtherDatabase: the store's database does not have the run.
    """
    try:
        yield
    except (StoreAway, SpoolBusy, Superseded):
        raise
    except Exception as error:
        if not isinstance(error, RunMissing) and not _lacks(store, run_id):
            raise
        raise OtherDatabase(
            f"The store {store.address} answers, but does not have run {run_id}: it was started "
            "with another database."
        ) from error


def _lacks(store: Store, run_id: str) -> bool:
    try:
        read_run(store, run_id)
    except RunMissing:
        return True
    except Exception:
        return False
    return False


def deliver_spooled(store: Store, folder: Path, run_id: str) -> list[str]:
    """Deliver what waits of a run, in order, each record exactly once.

    Args:
        store: where the run is.
        folder: the spool.
        run_id: which run.

    Returns:
        What was delivered, in words: ``epoch 3``, ..., ``its end``.

    Raises:
        StoreAway: the store cannot be reached; what is not delivered still waits.
        OtherDatabase: it has no such run; likewise.
        SpoolBusy: another process is delivering the same.
        Superseded: another process has resumed the run and trains these epochs again; they were
            moved aside.
        NotWritable: the store can only be read.
        SetAside: something was damaged, and moved aside; what could be delivered is.
        EpochMissing: an epoch is neither in the store nor in the spool; later ones still wait.
    """
    if not spool.has_spooled(folder, run_id):
        return []
    require_writable(store)
    try:
        spool.check_folder(folder, run_id)
    except spool.DamagedRecord as error:
        spool.set_aside(folder, run_id, "", spool.QUARANTINE)
        raise SetAside(one_sentence(f"{error} Moved to {folder / spool.QUARANTINE}.")) from error
    delivered: list[str] = []
    refused: list[UserError] = []
    with spool.claiming(folder, run_id), own_database(store, run_id):
        for epoch in spool.spooled_epochs(folder, run_id):
            with _setting_aside(folder, run_id, spool.epoch_name(epoch), refused):
                deliver_epoch(store, spool.read_epoch(folder, run_id, epoch), again=True)
                spool.drop_epoch(folder, run_id, epoch)
                delivered.append(f"epoch {epoch}")
        if spool.has_end(folder, run_id) and not any(map(_is_gap, refused)):
            with _setting_aside(folder, run_id, spool.END, refused):
                _deliver_end(store, spool.read_end(folder, run_id))
                spool.drop_run(folder, run_id)
                delivered.append("its end")
    if not refused:
        return delivered
    told = [error for error in refused if isinstance(error, spool.DamagedRecord)]
    if not told:
        raise refused[0]
    done = f" Delivered: {list_some(delivered)}." if delivered else ""
    where = folder / spool.QUARANTINE
    raise SetAside(one_sentence(f"Run {run_id}: {told[0]} Moved to {where}.{done}"))


def abandon_spooled(folder: Path, run_id: str) -> None:
    """Move aside what waits of a run and cannot be delivered, since it is trained again."""
    if (folder / run_id).is_dir() and spool.has_spooled(folder, run_id):
        spool.set_aside(folder, run_id, "", spool.SUPERSEDED)


def _deliver_end(store: Store, end: RunEnd | None) -> None:
    if end is None:
        return
    known = read_run(store, end.run_id).epoch
    if end.status == "FINISHED" and known < end.epoch:
        raise spool.DamagedRecord(
            f"Its end comes after epoch {end.epoch}, and the store has {known}."
        )
    deliver_end(store, end)


def _is_gap(error: UserError) -> bool:
    """Whether an epoch was not delivered, so that the run's end cannot be either."""
    return not isinstance(error, Superseded)


@contextmanager
def _setting_aside(
    folder: Path, run_id: str, name: str, refused: list[UserError]
) -> Iterator[None]:
    """Note why a record cannot be delivered, and move it aside if it never can be."""
    try:
        yield
    except spool.DamagedRecord as error:
        spool.set_aside(folder, run_id, name, spool.QUARANTINE)
        refused.append(error)
    except Superseded as error:
        spool.set_aside(folder, run_id, name, spool.SUPERSEDED)
        refused.append(error)
    except EpochMissing as error:
        refused.append(error)


def sync(store: Store) -> Iterator[str]:
    """Deliver everything that is spooled on this machine; yield a sentence a run.

    Raises:
        StoreAway: the store cannot be reached; what is not delivered still waits.
    """
    folder = spool.spool_folder(store)
    for run_id in spool.spooled_runs(folder):
        try:
            delivered = deliver_spooled(store, folder, run_id)
        except OtherDatabase as error:
            yield f"{error} {_describe_waiting(folder, run_id)}"
        except StoreAway:
            raise
        except (SpoolBusy, UserError) as error:
            yield str(error)
        else:
            if delivered:
                yield f"Run {run_id}: delivered {', '.join(delivered)}."


def _describe_waiting(folder: Path, run_id: str) -> str:
    """Say in a sentence what waits of a run."""
    epochs = [f"epoch {epoch}" for epoch in spool.spooled_epochs(folder, run_id)]
    parts = [*epochs, *(["its end"] if spool.read_end(folder, run_id) else [])]
    return f"Kept in {folder / run_id}: {list_some(parts)}."

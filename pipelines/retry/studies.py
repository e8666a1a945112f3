"""Where studies are kept: a database beside the embedded store, or a lab's Postgres."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import optuna
from filelock import FileLock
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from saliencnn.common.errors import UserError
from saliencnn.common.secrets import hide_secrets, mask_secrets
from saliencnn.store.connection import Store
from saliencnn.store.embedded import find_readable
from saliencnn.store.location import address_of, database_of, find_database, uri_of
from saliencnn.store.writing import refusal

HEARTBEAT = 10
"""Seconds between two heartbeats of a worker and of the request it trains."""
GRACE = 60
"""Seconds without a heartbeat after which another worker takes a request over."""
AWAY = (SQLAlchemyError, StorageInternalError)
"""What the database raises while it cannot be reached."""

_BACKENDS = ("sqlite", "postgresql")
_ADVISORY_LOCK = 0x5A11E9C2
"""Any number, the same for all: which of Postgres' advisory locks is ours."""


class StudiesAway(UserError):
    """The database of the studies cannot be reached just now."""


@dataclass(frozen=True, eq=False)
class Queue:
    """Open studies, whose trials are the queue.

    Attributes:
        store: where the runs are logged.
        storage: Optuna's storage of the studies.
        url: of the database, password included.
        heartbeat: seconds between two heartbeats.
        grace: seconds without one after which a worker counts as dead.
    """

    store: Store
    storage: RDBStorage
    url: URL = field(repr=False)
    heartbeat: int
    grace: int
    _opened: dict[str, optuna.Study] = field(default_factory=dict, repr=False)

    def study(self, name: str) -> optuna.Study:
        """Return a study; it stays open, since Optuna then reads ended trials only once.

        Raises:
            KeyError: there is none of that name.
        """
        if name not in self._opened:
            self._opened[name] = optuna.load_study(study_name=name, storage=self.storage)
        return self._opened[name]

    @property
    def is_embedded(self) -> bool:
        """Whether it is a file, which only one worker may use."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def folder(self) -> Path:
        """Where an embedded queue's files lie."""
        return _database(self.url).parent

    def now(self) -> float:
        """Return seconds since 1970 by the clock that all who use the queue share.

        That is the database's; a file is of this machine, and so is its clock.
        """
        if self.is_embedded:
            return time.time()
        with self.storage.engine.connect() as connection:
            return float(connection.execute(text("SELECT extract(epoch FROM now())")).scalar_one())

    @contextmanager
    def reaching(self) -> Iterator[None]:
        """Turn what the database raises while it is away into one sentence."""
        try:
            yield
        except AWAY as error:
            raise StudiesAway(f"The studies in {_shown(self.url)} {_why(error)}") from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep all other processes out for a moment; not to be entered twice by one of them.

        Optuna's steps are atomic each, on Postgres. What takes several of them, or on SQLite
        reads before it writes, is done in here, so that nobody sees it half done.
        """
        if self.is_embedded and self.store.refused:
            raise refusal(self.store.database, self.store.refused)
        with self.reaching(), _alone(self.url, self.storage.engine):
            yield


def open_queue(store: Store, heartbeat: int = HEARTBEAT, grace: int = GRACE) -> Queue:
    """Open the studies that belong to a store, and create the database's tables if needed.

    ``SALIENCNN_STUDY_URL`` says where they are; without it they lie beside the embedded store.

    Args:
        store: where the runs are logged.
        heartbeat: seconds between two heartbeats, at least 1.
        grace: seconds without one after which a worker counts as dead.

    Raises:
        NotWritable: nothing is queued yet in a store that can only be read.
        UserError: no or a wrong address, or the database cannot be opened.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    url = study_url(store)
    embedded = url.get_backend_name() == "sqlite"
    waiting = {"timeout": 30} if embedded else {"connect_timeout": 10, "keepalives_idle": 30}
    engine_options = {"connect_args": waiting, "pool_pre_ping": True}
    make = partial(
        RDBStorage,
        engine_kwargs=engine_options,
        heartbeat_interval=heartbeat,
        grace_period=grace,
    )
    if embedded and store.refused:
        if not _database(url).is_file():
            raise refusal(store.database, store.refused)
        readable = find_readable(_database(url))
        return Queue(store, make(readable), make_url(readable), heartbeat, grace)
    try:
        with _alone(url, create_engine(url, **engine_options)):
            storage = make(url.render_as_string(hide_password=False))
            if embedded:
                with storage.engine.connect() as connection:
                    connection.execute(text("PRAGMA journal_mode=WAL"))
    except (*AWAY, OSError) as error:
        raise StudiesAway(f"The studies in {_shown(url)} {_why(error)}") from error
    except ImportError as error:
        raise UserError(
            f"{_shown(url)} needs Postgres' driver; install it with: pip install 'saliencnn[lab]'."
        ) from error
    return Queue(store, storage, url, heartbeat, grace)


def study_url(store: Store) -> URL:
    """Return the address of the studies that belong to a store.

    Raises:
        UserError: no address is given and the store is not embedded, or it is of a wrong kind.
    """
    given = os.environ.get("SALIENCNN_STUDY_URL")
    if not given:
        if store.is_server:
            raise UserError(
                f"The store is a server, {store.address}: set SALIENCNN_STUDY_URL to the Postgres "
                "database of its studies, e.g. postgresql+psycopg://USER:PASSWORD@host/studies."
            )
        return make_url(uri_of(store.database.with_name("studies.db")))
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):  # the latter where a port is no number
        url = None
    if url is None or url.get_backend_name() not in _BACKENDS or not url.database:
        # The value itself may be a password, and is therefore not repeated.
        raise UserError(
            "SALIENCNN_STUDY_URL names no database that can be used; it must be like "
            "postgresql+psycopg://USER:PASSWORD@host/studies or sqlite:////folder/studies.db."
        )
    if "@" in f"{url.host}{url.database}" and url.get_backend_name() != "sqlite":
        # A part of the password would count as the host, and be shown in errors.
        raise UserError(
            f"SALIENCNN_STUDY_URL, {hide_secrets(given)}, cannot be read: in a user or password, "
            "write @ as %40, / as %2F and : as %3A."
        )
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    return make_url(uri_of(find_database(given)))


def _database(url: URL) -> Path:
    """Return an embedded queue's file."""
    return database_of(url.render_as_string(hide_password=False))


def _shown(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return address_of(_database(url))
    return hide_secrets(url.render_as_string(hide_password=False))


def _why(error: BaseException) -> str:
    reason = mask_secrets(str(error.__cause__ or error)).splitlines()[0][:200]
    return f"cannot be reached: {reason.rstrip('.')}."


@contextmanager
def _alone(url: URL, engine: Engine) -> Iterator[None]:
    if url.get_backend_name() == "sqlite":
        database = _database(url)
        database.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{database}.lock"):
            yield
        return
    with engine.begin() as connection:
        # A process that freezes in here must not keep everybody else out for ever.
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        yield

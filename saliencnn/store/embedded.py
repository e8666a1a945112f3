"""An embedded store's database: made where there is none, and read where nothing can be written."""

import logging
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from filelock import FileLock
from mlflow import MlflowClient

from saliencnn.store.experiments import is_marked, provide_experiment
from saliencnn.store.location import artifacts_of, folder_of, sqlite_uri, uri_of
from saliencnn.store.relocation import record_location

PATIENCE = 600
"""Seconds to wait for another process that writes to the database while it is being made."""
_TO_READ = ("mode=ro", "immutable=1&mode=ro")
"""The first sees what others write meanwhile, but needs the files that a writer leaves beside."""


def prepare_database(database: Path, experiments: Sequence[str]) -> None:
    """Make what is missing in a store, and record where its artifacts lie.

    Waits for another process that writes, so that none finds a store half made.

    Args:
        database: of the store.
        experiments: names of those that it must have.

    Raises:
        OSError, sqlite3.Error, MlflowException: it cannot be written, or is no database.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # What it logs as an error, with its traceback, it raises too: whoever catches it says it once.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    with FileLock(f"{database}.lock"):
        with closing(sqlite3.connect(database, timeout=PATIENCE)) as connection:
            # Readers and the training run's writer must not lock each other out.
            connection.execute("PRAGMA journal_mode=WAL")
            missing = _find_missing(connection, experiments)
        if missing:
            _create(database, missing)
        record_location(database, PATIENCE)


def find_readable(database: Path) -> str:
    """Return the address, as of ``uri_of``, by which a database can be read but not written.

    Raises:
        sqlite3.Error: it cannot be read either.
    """
    for settings in _TO_READ:
        try:
            address = sqlite_uri(database, settings)
            with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE)) as connection:
                connection.execute("SELECT 1 FROM sqlite_master").fetchall()
            return uri_of(database, settings)
        except sqlite3.OperationalError as error:
            failed = error
    raise failed


def _create(database: Path, experiments: Sequence[str]) -> None:
    client = MlflowClient(uri_of(database, f"timeout={PATIENCE}"))
    for name in experiments:
        provide_experiment(client, name, (artifacts_of(database) / folder_of(name)).as_uri())


def _find_missing(connection: sqlite3.Connection, experiments: Sequence[str]) -> list[str]:
    """Return the experiments that are not there, or there and not marked as ours."""
    tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'experiment_tags'")
    if tables.fetchone() is None:
        return list(experiments)
    asked = "SELECT key FROM experiment_tags JOIN experiments USING (experiment_id) WHERE name = ?"
    tags = {name: [key for (key,) in connection.execute(asked, (name,))] for name in experiments}
    return [name for name in experiments if not is_marked(name, tags[name])]

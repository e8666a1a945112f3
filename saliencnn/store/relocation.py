"""Letting MLflow's own pages and tools find the artifacts of an embedded store that was moved.

This program itself needs no such record, see ``saliencnn.store.location``.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from saliencnn.store.location import artifacts_of, folder_of

_LOCATIONS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""Tables and columns in which MLflow records where artifacts lie."""


def record_location(database: Path, patience: float) -> None:
    """Record where a store's artifacts lie now, if that is not where they lay: all of it, or none.

    Args:
        database: of the store, with all tables; its lock must be held.
        patience: seconds to wait for another process that writes.
    """
    with closing(sqlite3.connect(database, timeout=patience, isolation_level=None)) as connection:
        moved = {}
        for name, recorded in connection.execute("SELECT name, artifact_location FROM experiments"):
            here = (artifacts_of(database) / folder_of(name)).as_uri()
            if recorded != here and recorded.endswith(f"/artifacts/{folder_of(name)}"):
                moved[recorded] = here
        if not moved:
            return
        connection.execute("BEGIN IMMEDIATE")
        for before, now in moved.items():
            for table, column in _LOCATIONS:
                if _has_column(connection, table, column):
                    _replace_start(connection, table, column, before, now)
        connection.execute("COMMIT")


def _has_column(connection: sqlite3.Connection, table: str, column: str) -> bool:
    asked = "SELECT 1 FROM pragma_table_info(?) WHERE name = ?"
    return connection.execute(asked, (table, column)).fetchone() is not None


def _replace_start(
    connection: sqlite3.Connection, table: str, column: str, before: str, now: str
) -> None:
    """Let the locations at or below one place start with another."""
    connection.execute(
        f"UPDATE {table} SET {column} = ? || substr({column}, ?) "
        f"WHERE {column} = ? OR substr({column}, 1, ?) = ?",
        (now, len(before) + 1, before, len(before) + 1, f"{before}/"),
    )

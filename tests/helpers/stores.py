"""Stores of their own for tests, each a copy of one empty store.

MLflow builds a new database by dozens of migrations, which takes seconds; a copy takes none.
"""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
import mlflow.store.db.utils as mlflow_database
from filelock import FileLock

from saliencnn.store.connection import Store, open_store
from saliencnn.store.location import RUNS

# Whenever a store is opened, MLflow loads all its migrations to find the newest of them.
mlflow_database._get_latest_schema_revision = cache(mlflow_database._get_latest_schema_revision)

CACHE = Path(__file__).parents[2] / ".pytest_cache" / "d" / "saliencnn"
"""What all workers and later runs share; `pytest --cache-clear` empties it."""


def new_store(folder: Path) -> Store:
    """Open a new embedded store in a folder, as if an empty one had been moved there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mlflow.db").write_bytes(_empty_store())
    return open_store(f"sqlite:///{folder}/mlflow.db")


def copy_store(store: Store, folder: Path) -> Store:
    """Open a copy of an embedded store in a folder that is not there yet."""
    copy_files(store, folder)
    return open_store(f"sqlite:///{folder}/mlflow.db")


def copy_files(store: Store, folder: Path) -> None:
    """Copy an embedded store into a folder that is not there yet.

    Another process copies: where this one closed the database's file, all its connections to it
    would lose their locks.
    """
    assert store.database is not None
    subprocess.run(["cp", "-a", store.database.parent, folder], check=True)


def place_database(path: Path) -> None:
    """Put an empty database with MLflow's tables where a store or a server will be opened."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_empty_database(), path)


@cache
def _empty_store() -> bytes:
    """Return the database that is copied, made once in each process: our code says what it has."""
    with TemporaryDirectory() as folder:
        place_database(Path(folder, "mlflow.db"))
        return _copy_of_new(Path(folder, "mlflow.db")).read_bytes()


def _copy_of_new(database: Path) -> Path:
    """Open a new store and return a file beside its database that has all that is in it."""
    open_store(f"sqlite:///{database}", RUNS)
    copy = database.with_name("copy.db")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("VACUUM INTO ?", [str(copy)])
    return copy


@cache
def _empty_database() -> Path:
    """Return the database that is copied, made once for each version of MLflow."""
    CACHE.mkdir(parents=True, exist_ok=True)
    made = CACHE / f"mlflow-{mlflow.__version__}.db"
    with FileLock(f"{made}.lock"):
        if not made.exists():
            with TemporaryDirectory(dir=CACHE) as folder:
                draft = _copy_of_new(Path(folder, "mlflow.db"))
                with closing(sqlite3.connect(draft)) as connection:
                    # Experiments name absolute folders; whoever opens a copy makes its own.
                    connection.executescript(
                        "DELETE FROM experiment_tags; DELETE FROM experiments; VACUUM;"
                    )
                draft.rename(made)
    return made

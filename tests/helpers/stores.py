"""Stores of their own for tests, each a copy of one empty database.

MLflow builds a new database by dozens of migrations, which takes seconds; a copy takes none.
"""

import shutil
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
from filelock import FileLock

from saliencnn.store.connection import Store, open_store

CACHE = Path(__file__).parents[2] / ".pytest_cache" / "d" / "saliencnn"
"""What all workers and later runs share; `pytest --cache-clear` empties it."""


def new_store(folder: Path) -> Store:
    """Open a new embedded store in a folder."""
    place_database(folder / "mlflow.db")
    return open_store(f"sqlite:///{folder}/mlflow.db")


def place_database(path: Path) -> None:
    """Put an empty database with MLflow's tables where a store or a server will be opened."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_empty_database(), path)


@cache
def _empty_database() -> Path:
    """Return the database that is copied, made once for each version of MLflow."""
    CACHE.mkdir(parents=True, exist_ok=True)
    made = CACHE / f"mlflow-{mlflow.__version__}.db"
    with FileLock(f"{made}.lock"):
        if not made.exists():
            with TemporaryDirectory(dir=CACHE) as folder:
                open_store(f"sqlite:///{folder}/mlflow.db")
                draft = Path(folder) / "empty.db"
                with closing(sqlite3.connect(f"{folder}/mlflow.db")) as connection:
                    connection.execute("VACUUM INTO ?", [str(draft)])
                with closing(sqlite3.connect(draft)) as connection:
                    # Experiments name absolute folders; whoever opens a copy makes its own.
                    connection.executescript(
                        "DELETE FROM experiment_tags; DELETE FROM experiments; VACUUM;"
                    )
                draft.rename(made)
    return made

"""The golden store: what the commit f009876 left, and what it said of it (see golden/make.sh)."""

import json
import sqlite3
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saliencnn.store.connection import Store, open_store
from saliencnn.store.runs import RunInfo, list_runs

MADE_IN = "/tmp/golden"
"""Where it was made; MLflow writes down where artifacts lie."""
HERE = Path(__file__).parents[1] / "golden"


@dataclass(frozen=True)
class Golden:
    """The store, its folder, and what was expected of it when it was made."""

    store: Store
    folder: Path
    expected: Any

    def run(self, name: str) -> RunInfo:
        """Return one of its runs."""
        return next(run for run in list_runs(self.store) if run.name == name)


def unpack(folder: Path) -> Golden:
    """Unpack the golden store into a folder and open it with today's code."""
    with tarfile.open(HERE / "store.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    database = folder / "mlruns" / "mlflow.db"
    _move(database, str(folder))
    expected = json.loads((HERE / "expected.json").read_text())
    return Golden(open_store(f"sqlite:///{database}"), folder, expected)


def _move(database: Path, folder: str) -> None:
    """Write the folder's new name wherever MLflow wrote down the old one."""
    places = {
        "experiments": ("artifact_location",),
        "runs": ("artifact_uri",),
        "logged_models": ("artifact_location",),
        "model_versions": ("source", "storage_location"),
    }
    with sqlite3.connect(database) as connection:
        for table, columns in places.items():
            for column in columns:
                connection.execute(
                    f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (MADE_IN, folder)
                )
    connection.close()

"""The golden store: what the commit f009876 left, and what it said of it (see golden/make.sh)."""

import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saliencnn.store.connection import Store, open_store
from saliencnn.store.runs import RunInfo, list_runs

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
    expected = json.loads((HERE / "expected.json").read_text())
    return Golden(open_store(f"sqlite:///{database}"), folder, expected)

"""Studies of their own for tests, and what a worker's death leaves in them."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from optuna.storages import RDBStorage
from sqlalchemy import create_engine, text

from pipelines.retry.studies import Queue


def place_studies(path: Path) -> str:
    """Put a database with Optuna's tables, which take time to make, somewhere; its address."""
    path.write_bytes(_empty_studies())
    return f"sqlite:///{path}"


@cache
def _empty_studies() -> bytes:
    with TemporaryDirectory() as folder:
        RDBStorage(f"sqlite:///{folder}/studies.db").engine.dispose()
        return Path(folder, "studies.db").read_bytes()


def age_heartbeats(queue: Queue) -> None:
    """Let every claim's last heartbeat be of long ago."""
    engine = create_engine(queue.url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE trial_heartbeats SET heartbeat = '2001-01-01 00:00:00.0'"))
    engine.dispose()

"""Whether an embedded store takes what is written, and one sentence where it does not."""

import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from saliencnn.common.errors import UserError
from saliencnn.store.location import address_of

_READS = ("get_", "search_", "list_", "load_", "download_", "tracking_uri")
"""How the client's methods start that write nothing."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EROFS, errno.EACCES, errno.EPERM)
_FULL_TEXTS = ("disk is full", "No space left on device", "disk I/O error", "quota exceeded")
_REFUSED_TEXTS = ("readonly database", "unable to open database file", "Read-only file system")


class NotWritable(UserError):
    """The store's disk is full, or the store can only be read."""


def reason_of(error: BaseException) -> str:
    """Return why a disk does not take what is written, in words; empty for errors of other kinds.

    MLflow and SQLAlchemy hand on what SQLite says as text.
    """
    if isinstance(error, OSError):
        number = error.errno
        return "full" if number in _FULL else "read-only" if number in _REFUSED else ""
    if isinstance(error, MlflowException | sqlite3.Error):
        text = str(error)
        if any(part in text for part in _FULL_TEXTS):
            return "full"
        return "read-only" if any(part in text for part in _REFUSED_TEXTS) else ""
    return ""


def refusal(database: Path, reason: str) -> NotWritable:
    """Return the sentence that says why nothing can be written to a store."""
    store = address_of(database)
    if reason == "full":
        return NotWritable(
            f"The disk of the store {store} is full: make room and try again; what was complete is "
            "kept."
        )
    return NotWritable(f"The store {store} can only be read here; nothing is written to it.")


@contextmanager
def writing(database: Path) -> Iterator[None]:
    """Turn what the file system refuses within into one sentence.

    Raises:
        NotWritable: the disk is full, or the store can only be read.
    """
    try:
        yield
    except (OSError, MlflowException, sqlite3.Error) as error:
        reason = reason_of(error)
        if not reason:
            raise
        raise refusal(database, reason) from error


class EmbeddedClient:
    """MLflow's client of an embedded store; where nothing can be written, it says so.

    It has all of ``MlflowClient``'s methods.
    """

    def __init__(self, client: MlflowClient, database: Path, refused: str) -> None:
        self._client, self._database, self._refused = client, database, refused

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found) or name.startswith(_READS):
            return found
        return self._guard(found)

    def _guard(self, write: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(write)
        def guarded(*arguments: Any, **named: Any) -> Any:
            if self._refused:
                raise refusal(self._database, self._refused)
            with writing(self._database):
                return write(*arguments, **named)

        return guarded

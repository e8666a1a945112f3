"""Where an embedded store lies: its database's path, its address, and its artifacts beside it.

Artifacts lie in ``artifacts/FOLDER/ID/artifacts`` beside the database, a folder an experiment.
MLflow records where that was when they were written; here only the end of it counts, so a store
that was moved is whole, and a copy never touches the original.
"""

import hashlib
import os
import re
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes

RUNS = "saliencnn"
IMAGE_SETS = "saliencnn-image-sets"
EVALUATIONS = "saliencnn-evaluations"

SQLITE = "sqlite:///"
_QUOTED = "sqlite+pysqlite:///"
"""The same to SQLAlchemy; of the shorter form, MLflow makes folders without reading its escapes."""
_SPECIAL = re.compile(r"[%?#`]")
_SETTINGS = re.compile(r"\?\w+=[^/]*$")
_RECORDED = re.compile(
    r"/artifacts/(saliencnn(?:-[\w-]+)?)/((?:models/)?[\w-]+)/artifacts/?$", re.A
)


def uri_of(database: Path, settings: str = "") -> str:
    """Return the address by which SQLAlchemy and MLflow find a database, whatever its path holds.

    Args:
        database: absolute path.
        settings: SQLite's own, such as ``mode=ro``; none by default.
    """
    path = str(database)
    if not settings and path.isprintable() and not _SPECIAL.search(path):
        return SQLITE + path
    # Twice: SQLAlchemy reads the first escapes, SQLite the second, which may be any bytes.
    return f"{_QUOTED}{quote(_file(database))}?{settings}{'&' if settings else ''}uri=true"


def sqlite_uri(database: Path, settings: str) -> str:
    """Return the address by which SQLite itself finds a database, with settings of its own."""
    return f"{_file(database)}?{settings}"


def database_of(uri: str) -> Path:
    """Return the path of the database at an address that ``uri_of`` gave."""
    if not uri.startswith(_QUOTED):
        return Path(uri.removeprefix(SQLITE))
    file = unquote(uri.removeprefix(_QUOTED).partition("?")[0])
    return Path(os.fsdecode(unquote_to_bytes(file.removeprefix("file:"))))


def find_database(address: str) -> Path:
    """Return the absolute path of the database that a person's or ``uri_of``'s address names.

    A path counts as it is written; where there is no such folder, its %-escapes are read.

    Args:
        address: ``sqlite:///relative``, ``sqlite:////absolute`` or ``sqlite:///~/in/home``.
    """
    if address.startswith(_QUOTED) and address.endswith("uri=true"):
        return database_of(address).resolve()
    written = re.sub(r"^sqlite(\+\w+)?:///", "", address)
    if dict(parse_qsl(written.partition("?")[2])).get("uri") and written.startswith("file:"):
        return Path(os.fsdecode(unquote_to_bytes(written[5:].partition("?")[0]))).resolve()
    path = _absolute(written)
    if not path.exists() and _SETTINGS.search(written):
        path = _absolute(_SETTINGS.sub("", written))
    if "%" in written and not path.parent.is_dir():
        read = _absolute(os.fsdecode(unquote_to_bytes(os.fsencode(written))))
        return read if read.parent.is_dir() else path
    return path


def address_of(database: Path) -> str:
    """Return a database's address for people: on one line, whatever its path holds."""
    shown = (c if c.isprintable() else quote(os.fsencode(c)) for c in str(database))
    return SQLITE + "".join(shown)


def artifacts_of(database: Path) -> Path:
    """Return the folder of an embedded store's artifacts."""
    return database.parent / "artifacts"


def folder_of(experiment: str) -> str:
    """Return the name of the folder in which an experiment of ours has its artifacts."""
    if experiment in (RUNS, IMAGE_SETS, EVALUATIONS):
        return experiment
    words = re.sub(r"[^A-Za-z0-9_]+", "-", experiment).strip("-")[:40]
    return f"{RUNS}-{words}-{hashlib.sha256(experiment.encode()).hexdigest()[:8]}"


def own_folder(database: Path, recorded: str) -> Path | None:
    """Return where artifacts lie whose location MLflow recorded; None for a place of another kind.

    Args:
        database: of the store.
        recorded: an artifact URI of one of the store's runs or checkpoints.
    """
    found = _RECORDED.search(recorded)
    return artifacts_of(database) / found[1] / found[2] / "artifacts" if found else None


def _file(database: Path) -> str:
    return f"file:{quote(os.fsencode(database))}"


def _absolute(written: str) -> Path:
    return Path(written).expanduser().resolve()

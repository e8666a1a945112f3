"""Bytes in and out of a store's artifacts, also parts of a file."""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.store.artifact.http_artifact_repo import HttpArtifactRepository
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

from saliencnn.common.errors import UserError
from saliencnn.store.codec import DamagedArtifact
from saliencnn.store.connection import Store
from saliencnn.store.local_files import (
    BeyondEnd,
    OutsideFolder,
    delete_below,
    list_folder,
    read_file,
    write_file,
)
from saliencnn.store.location import own_folder
from saliencnn.store.outage import is_outage
from saliencnn.store.writing import refusal, writing

Span = tuple[int, int]
"""First byte, and the byte after the last."""


class MissingArtifact(UserError):
    """The store holds no such artifact.

    Args:
        name: of the artifact, or of what it belongs to.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The store lacks {name}: it was deleted, or the store's artifacts were moved away "
            "from its database."
        )


def location_of(store: Store, run_id: str) -> str:
    """Return where a run's artifacts lie, as MLflow records it; it never changes."""
    return _place_of(store, run_id)[0]


def experiment_of(store: Store, run_id: str) -> str:
    """Return the id of a run's experiment; it never changes."""
    return _place_of(store, run_id)[1]


@lru_cache(maxsize=4096)
def _place_of(store: Store, run_id: str) -> tuple[str, str]:
    """Return the location of a run's artifacts and its experiment's id, from one request."""
    info = store.client.get_run(run_id).info
    return str(info.artifact_uri), str(info.experiment_id)


@lru_cache(maxsize=4096)
def _folder(store: Store, location: str) -> Path | None:
    """Return the folder of an embedded store's artifacts; None for those of other storages."""
    return None if store.is_server else own_folder(store.database, location)


@lru_cache(maxsize=4096)
def _repository(tracking_uri: str, location: str) -> Any:
    return get_artifact_repository(location, tracking_uri=tracking_uri)


def check_path(path: str) -> str:
    """Return an artifact's path if it stays below its run's folder.

    Raises:
        UserError: it is absolute, climbs up or holds a character that no path of ours has.
    """
    parts = path.split("/")
    if {"", ".", ".."} & {*parts} or not path.isprintable() or "\\" in path or len(path) > 400:
        raise UserError(f"{path[:60]!r} is not the name of a file in a run's folder.")
    return path


def require_writable(store: Store) -> None:
    """Refuse what would be computed in vain, since nothing can be written to a store.

    Raises:
        NotWritable: that is so.
    """
    if store.refused:
        raise refusal(store.database, store.refused)


def read_bytes(store: Store, location: str, path: str, span: Span | None = None) -> bytes:
    """Read an artifact, or the bytes of a span of it.

    A local folder is read in place and a server asked for the range alone; any other storage
    (say a bucket without a proxy) has no such request in MLflow, so the file comes whole.

    Raises:
        MissingArtifact: there is none at that path.
        DamagedArtifact: it is too short for the span.
        UserError: the path leads out of the folder.
    """
    check_path(path)
    folder = _folder(store, location)
    if folder:
        return _read_local(folder, path, span)
    repository = _repository(store.uri, location)
    if isinstance(repository, LocalArtifactRepository):
        return _read_local(Path(repository.artifact_dir), path, span)
    if isinstance(repository, HttpArtifactRepository):
        return _read_http(repository.artifact_uri, path, span)
    try:
        with tempfile.TemporaryDirectory() as local:
            whole = Path(repository.download_artifacts(path, local)).read_bytes()
    except (MlflowException, OSError) as error:
        if is_outage(error):
            raise
        raise MissingArtifact(path) from error
    return whole if span is None else whole[slice(*span)]


def _read_local(folder: Path, path: str, span: Span | None) -> bytes:
    try:
        return read_file(folder, path, span)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, OutsideFolder) as error:
        raise MissingArtifact(Path(path).name) from error
    except BeyondEnd as error:
        raise DamagedArtifact(f"The store's file {path} is damaged: it is too short.") from error


def _read_http(location: str, path: str, span: Span | None) -> bytes:
    if span is not None and span[0] >= span[1]:
        return b""
    headers = {"Range": f"bytes={span[0]}-{span[1] - 1}"} if span else {}
    answer = http_request(
        get_default_host_creds(location), f"/{path}", "GET", extra_headers=headers
    )
    if answer.status_code in (404, 416):
        raise MissingArtifact(path)
    answer.raise_for_status()
    # A server may ignore the range and send everything.
    if span is not None and answer.status_code == 200:
        return bytes(answer.content[slice(*span)])
    return bytes(answer.content)


def write_files(store: Store, location: str, files: Mapping[str, bytes], folder: str) -> None:
    """Write files into a folder of an artifact location, each whole.

    Raises:
        NotWritable: an embedded store's disk is full, or the store can only be read.
        UserError: a name leads out of the folder.
    """
    for name in files:
        check_path(name.replace("/", "\\"))  # a name, not a path
    if _folder(store, location):
        for name, content in files.items():
            _write_own(store, location, _join(folder, name), partial(_put, content))
        return
    with tempfile.TemporaryDirectory() as local:
        for name, content in files.items():
            (Path(local) / name).write_bytes(content)
        _repository(store.uri, location).log_artifacts(local, folder or None)


def write_path(store: Store, location: str, path: Path) -> None:
    """Copy a local file, however large, to an artifact location.

    Raises:
        NotWritable: an embedded store's disk is full, or the store can only be read.
    """
    if _folder(store, location):
        _write_own(store, location, path.name, lambda part: shutil.copyfile(path, part))
    else:
        _repository(store.uri, location).log_artifact(str(path))


def write_made(store: Store, location: str, name: str, make: Callable[[Path], object]) -> None:
    """Write a file that something else makes at a path which it is given.

    Raises:
        NotWritable: an embedded store's disk is full, or the store can only be read.
    """
    if _folder(store, location):
        _write_own(store, location, name, make)
        return
    with tempfile.TemporaryDirectory() as local:
        make(Path(local) / name)
        write_path(store, location, Path(local) / name)


def list_files(store: Store, location: str, folder: str) -> list[str]:
    """Return the names of the files in a folder; none where there is no such folder."""
    own = _folder(store, location)
    if own:
        return list_folder(own, folder)
    infos = _repository(store.uri, location).list_artifacts(folder)
    return [os.path.basename(info.path) for info in infos if not info.is_dir]


def delete_folder(store: Store, location: str, folder: str) -> None:
    """Delete a file or a folder of artifacts.

    Raises:
        NotWritable: the store can only be read.
    """
    own = _folder(store, location)
    if not own:
        _repository(store.uri, location).delete_artifacts(folder)
        return
    require_writable(store)
    with writing(store.database):
        delete_below(own, check_path(folder))


def _write_own(store: Store, location: str, path: str, make: Callable[[Path], object]) -> None:
    own = _folder(store, location)
    assert own is not None
    require_writable(store)
    with writing(store.database):
        write_file(own, check_path(path), make)


def _put(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name

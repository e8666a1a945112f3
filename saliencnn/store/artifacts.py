"""Bytes in and out of MLflow's artifact storage, also parts of a file."""

import os
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.store.artifact.http_artifact_repo import HttpArtifactRepository
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

from saliencnn.common.errors import UserError
from saliencnn.store.connection import Store
from saliencnn.store.outage import is_outage

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


@lru_cache(maxsize=4096)
def location_of(store: Store, run_id: str) -> str:
    """Return where a run's artifacts lie; it never changes."""
    return str(store.client.get_run(run_id).info.artifact_uri)


@lru_cache(maxsize=4096)
def _repository(tracking_uri: str, location: str) -> Any:
    return get_artifact_repository(location, tracking_uri=tracking_uri)


def read_bytes(store: Store, location: str, path: str, span: Span | None = None) -> bytes:
    """Read an artifact, or the bytes of a span of it.

    A local folder is read in place and a server asked for the range alone; any other storage
    (say a bucket without a proxy) has no such request in MLflow, so the file comes whole.

    Raises:
        MissingArtifact: there is none at that path.
    """
    repository = _repository(store.uri, location)
    if isinstance(repository, LocalArtifactRepository):
        return _read_local(Path(repository.artifact_dir) / path, span)
    if isinstance(repository, HttpArtifactRepository):
        return _read_http(repository.artifact_uri, path, span)
    try:
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(repository.download_artifacts(path, folder)).read_bytes()
    except (MlflowException, OSError) as error:
        if is_outage(error):
            raise
        raise MissingArtifact(path) from error
    return whole if span is None else whole[slice(*span)]


def _read_local(path: Path, span: Span | None) -> bytes:
    try:
        with path.open("rb") as file:
            if span is None:
                return file.read()
            file.seek(span[0])
            return file.read(span[1] - span[0])
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingArtifact(path.name) from error


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
    """Write files into a folder of an artifact location; not atomic."""
    with tempfile.TemporaryDirectory() as local:
        for name, content in files.items():
            (Path(local) / name).write_bytes(content)
        _repository(store.uri, location).log_artifacts(local, folder or None)


def write_path(store: Store, location: str, path: Path, folder: str) -> None:
    """Copy a local file, however large, into a folder of an artifact location; not atomic."""
    _repository(store.uri, location).log_artifact(str(path), folder or None)


def list_files(store: Store, location: str, folder: str) -> list[str]:
    """Return the names of the files in a folder; none where there is no such folder."""
    infos = _repository(store.uri, location).list_artifacts(folder)
    return [os.path.basename(info.path) for info in infos if not info.is_dir]


def delete_folder(store: Store, location: str, folder: str) -> None:
    """Delete a folder of artifacts."""
    _repository(store.uri, location).delete_artifacts(folder)

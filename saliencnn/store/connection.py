"""Opening a store: a shared MLflow server, or the embedded one under mlruns/."""

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from mlflow import MlflowClient
from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES
from mlflow.exceptions import MlflowException
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

from saliencnn.common.errors import UserError
from saliencnn.common.secrets import hide_secrets, is_ambiguous, mask_secrets
from saliencnn.store.embedded import find_readable, prepare_database
from saliencnn.store.experiments import all_experiments, choose_experiment, provide_experiment
from saliencnn.store.location import (
    EVALUATIONS,
    IMAGE_SETS,
    address_of,
    database_of,
    find_database,
    uri_of,
)
from saliencnn.store.writing import EmbeddedClient, reason_of

EMBEDDED_URI = "sqlite:///mlruns/mlflow.db"
_HTTP = ("http://", "https://")
_SQLITE = ("sqlite:///", "sqlite+pysqlite:///")
_NOWHERE = "-1"
"""Id of an experiment that a store which can only be read does not have."""


@dataclass(frozen=True, eq=False)
class Store:
    """An open store.

    Attributes:
        uri: MLflow tracking URI for programs: it may hold a password. File paths are absolute.
        client: explicit client; the ambient active run of MLflow is never used.
        runs: id of the experiment that new training runs go into.
        image_sets: experiment id of the image sets' images.
        evaluations: experiment id of the evaluations.
        refused: why nothing can be written to it, ``full`` or ``read-only``; empty where it can.
    """

    uri: str = field(repr=False)
    client: MlflowClient
    runs: str
    image_sets: str
    evaluations: str
    refused: str = ""

    @property
    def is_server(self) -> bool:
        """Whether it is an MLflow server."""
        return self.uri.startswith(_HTTP)

    @property
    def address(self) -> str:
        """Where it is, for people: without the user and the password that ``uri`` may hold."""
        return hide_secrets(self.uri) if self.is_server else address_of(self.database)

    @property
    def database(self) -> Path:
        """An embedded store's file; all that belongs to the store lies beside it."""
        return database_of(self.uri)


def open_store(uri: str | None = None, experiment: str | None = None) -> Store:
    """Open a store and create what is missing in it; one that can only be read is opened as such.

    Args:
        uri: MLflow tracking URI; by default the environment's ``MLFLOW_TRACKING_URI``, else
            the embedded SQLite store under the working directory's mlruns/.
        experiment: name of the one that new runs go into; by default the environment's
            ``MLFLOW_EXPERIMENT_NAME``, else ``saliencnn``. Runs of all experiments are read.

    Raises:
        UserError: the URI is of a kind that is not supported, or nothing answers there, or the
            experiment holds something else than runs.
    """
    names = all_experiments(choose_experiment(experiment))
    chosen = uri or os.environ.get("MLFLOW_TRACKING_URI") or EMBEDDED_URI
    try:
        if chosen.startswith(_SQLITE):
            return _open_embedded(find_database(chosen), names)
        if chosen.startswith(_HTTP):
            return _connect_to_server(chosen.rstrip("/"), names)
    except (MlflowException, sqlite3.Error, OSError, ValueError) as error:
        reason = (mask_secrets(str(error)).splitlines() or [type(error).__name__])[0][:200]
        raise UserError(f"The store {hide_secrets(chosen)} cannot be opened: {reason}") from error
    raise UserError(
        f"MLFLOW_TRACKING_URI is {hide_secrets(chosen)!r}; it must start with http://, https:// or "
        "sqlite:///."
    )


def _open_embedded(database: Path, names: Sequence[str]) -> Store:
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The store's folder {database.parent} cannot be made: {error}.") from error
    try:
        prepare_database(database, names)
        uri, refused = uri_of(database), ""
    except (MlflowException, sqlite3.Error, OSError) as error:
        refused = reason_of(error)
        if not (refused and database.is_file()):
            raise
        uri = find_readable(database)
    client = MlflowClient(uri)
    found = {name: client.get_experiment_by_name(name) for name in names}
    ids = {name: str(one.experiment_id) if one else _NOWHERE for name, one in found.items()}
    guarded = cast(MlflowClient, EmbeddedClient(client, database, refused))
    return Store(uri, guarded, ids[names[0]], ids[IMAGE_SETS], ids[EVALUATIONS], refused)


def _connect_to_server(uri: str, names: Sequence[str]) -> Store:
    if is_ambiguous(uri):
        # A client would take a part of the password for the host, and show it in its errors.
        raise UserError(
            f"The store's address {hide_secrets(uri)} cannot be read: in a user or password, write "
            "@ as %40, / as %2F, : as %3A, ? as %3F and # as %23."
        )
    # A server that is away must be reported in seconds; MLflow's own settings wait for minutes.
    http_request(
        get_default_host_creds(uri),
        "/api/2.0/mlflow/experiments/get-by-name",
        "GET",
        params={"experiment_name": names[0]},
        max_retries=min(3, MLFLOW_HTTP_REQUEST_MAX_RETRIES.get()),
        timeout=30,
    )
    client = MlflowClient(uri)
    ids = {name: provide_experiment(client, name) for name in names}
    return Store(uri, client, ids[names[0]], ids[IMAGE_SETS], ids[EVALUATIONS])

"""Opening a store: a shared MLflow server, or the embedded one under mlruns/."""

import logging
import os
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock
from mlflow import MlflowClient
from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES
from mlflow.exceptions import MlflowException
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

from saliencnn.common.errors import UserError
from saliencnn.common.secrets import hide_secrets, is_ambiguous, mask_secrets

EMBEDDED_URI = "sqlite:///mlruns/mlflow.db"
RUNS = "saliencnn"
IMAGE_SETS = "saliencnn-image-sets"
EVALUATIONS = "saliencnn-evaluations"


@dataclass(frozen=True, eq=False)
class Store:
    """An open store.

    Attributes:
        uri: MLflow tracking URI for programs: it may hold a password. File paths are absolute.
        client: explicit client; the ambient active run of MLflow is never used.
        runs: experiment id of the training runs.
        image_sets: experiment id of the image sets' images.
        evaluations: experiment id of the evaluations.
    """

    uri: str = field(repr=False)
    client: MlflowClient
    runs: str
    image_sets: str
    evaluations: str

    @property
    def is_server(self) -> bool:
        """Whether it is an MLflow server."""
        return self.uri.startswith(("http://", "https://"))

    @property
    def address(self) -> str:
        """Where it is, for people: without the user and the password that ``uri`` may hold."""
        return hide_secrets(self.uri)


def open_store(uri: str | None = None) -> Store:
    """Open a store and create what is missing in it.

    Args:
        uri: MLflow tracking URI; by default the environment's ``MLFLOW_TRACKING_URI``, else
            the embedded SQLite store under the working directory's mlruns/.

    Raises:
        UserError: the URI is of a kind that is not supported, or nothing answers there.
    """
    chosen = uri or os.environ.get("MLFLOW_TRACKING_URI") or EMBEDDED_URI
    try:
        if chosen.startswith("sqlite:///"):
            return _open_embedded(Path(chosen.removeprefix("sqlite:///")))
        if chosen.startswith(("http://", "https://")):
            return _connect_to_server(chosen.rstrip("/"))
    except (MlflowException, sqlite3.DatabaseError) as error:
        reason = mask_secrets(str(error)).splitlines()[0][:200]
        raise UserError(f"The store {hide_secrets(chosen)} cannot be opened: {reason}") from error
    raise UserError(
        f"MLFLOW_TRACKING_URI is {hide_secrets(chosen)!r}; it must start with http://, https:// or "
        "sqlite:///."
    )


def _open_embedded(database: Path) -> Store:
    database = database.resolve()
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The store's folder {database.parent} cannot be made: {error}.") from error
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    # Two processes that create the schema at once would each find it half made.
    with FileLock(f"{database}.lock"):
        # Readers and the training run's writer must not lock each other out.
        with sqlite3.connect(database, timeout=30) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        return _connect(f"sqlite:///{database}", artifacts=database.parent / "artifacts")


def _connect_to_server(uri: str) -> Store:
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
        params={"experiment_name": RUNS},
        max_retries=min(3, MLFLOW_HTTP_REQUEST_MAX_RETRIES.get()),
        timeout=30,
    )
    return _connect(uri, artifacts=None)


def _connect(uri: str, artifacts: Path | None) -> Store:
    client = MlflowClient(uri)
    names = (RUNS, IMAGE_SETS, EVALUATIONS)
    runs, image_sets, evaluations = (_experiment(client, name, artifacts) for name in names)
    return Store(uri, client, runs, image_sets, evaluations)


def _experiment(client: MlflowClient, name: str, artifacts: Path | None) -> str:
    found = client.get_experiment_by_name(name)
    if found is None:
        location = (artifacts / name).as_uri() if artifacts else None
        try:
            return str(client.create_experiment(name, artifact_location=location))
        except MlflowException:
            # Another process was quicker.
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    return str(found.experiment_id)

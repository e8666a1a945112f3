"""Accepted networks in MLflow's model registry, where whoever wants to use one finds it.

    from saliencnn.store.registry import load_accepted
    scores = load_accepted("planted-smallgap-1a2b3c").predict(images)

A registered model is named after the image set, the architecture and a digest of the class names,
so everything under one name scores the same classes in the same order, and whoever loads a name
can rely on that; two image sets that share a name by chance stay apart. The alias ``accepted``
marks the version that was accepted last.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from saliencnn.common.errors import UserError
from saliencnn.models import served
from saliencnn.models.served import Classifier, NetworkFacts, make_classifier
from saliencnn.store.artifacts import MissingArtifact, read_bytes, write_files
from saliencnn.store.checkpoints import (
    checkpoint_location,
    keep_for_good,
    kept_epochs,
    read_checkpoint,
)
from saliencnn.store.connection import Store, open_store
from saliencnn.store.mlmodel import describe_checkpoint
from saliencnn.store.outage import is_outage, reaching

ALIAS = "accepted"
CARD = "MODEL_CARD.md"
MAX_SUMMARY_LENGTH = 5000
"""Characters that MLflow's databases hold of a version's description."""
_EPOCH = "saliencnn.epoch"


@dataclass(frozen=True)
class Registered:
    """A checkpoint in the registry.

    Attributes:
        name: of the registered model.
        version: 1, 2, ...
        run_id: whose checkpoint.
        epoch: of the run.
        accepted: whether the alias marks it.
    """

    name: str
    version: int
    run_id: str
    epoch: int
    accepted: bool


def registered_name(image_set: str, arch: str, classes: Sequence[str]) -> str:
    """Return the name under which the registry keeps networks that score these classes."""
    digest = hashlib.sha256(repr(tuple(classes)).encode(errors="backslashreplace")).hexdigest()
    latin = unicodedata.normalize("NFKD", image_set).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9_]+", "-", latin).strip("-")[:80]
    return f"{words or 'images'}-{arch}-{digest[:6]}"


def register_checkpoint(
    store: Store, run_id: str, epoch: int, name: str, facts: NetworkFacts
) -> Registered | None:
    """Register an epoch's checkpoint, unless it is already; its weights then stay for good.

    Args:
        store: where the run is.
        run_id: the run.
        epoch: which.
        name: of the registered model, see ``registered_name``.
        facts: what loading the network needs beside its weights.

    Returns:
        The version, or None where no checkpoint of that epoch is kept.
    """
    known = [found for found in registered_epochs(store, run_id) if found.epoch == epoch]
    model_id = kept_epochs(store, run_id).get(epoch)
    if known or model_id is None:
        return next(iter(known), None)
    try:
        # First of all: training must not delete the weights while they are being registered.
        keep_for_good(store, model_id)
        location = checkpoint_location(store, model_id)
    except MissingArtifact:
        return None
    # Checkpoints of earlier versions lack it.
    write_files(store, location, describe_checkpoint(run_id, model_id, facts), "")
    version = _create_version(store, name, location, run_id, epoch, model_id)
    return Registered(name, version, run_id, epoch, accepted=False)


def mark_accepted(store: Store, registered: Registered) -> None:
    """Let the alias mark a version, and no other of its name."""
    store.client.set_registered_model_alias(registered.name, ALIAS, str(registered.version))


def write_card(store: Store, registered: Registered, card: str, summary: str) -> None:
    """Renew the model card beside the weights and the registry's summary.

    Raises:
        MissingArtifact: somebody has deleted the checkpoint.
    """
    write_files(store, _location_of(store, registered), {CARD: card.encode()}, "")
    version = str(registered.version)
    store.client.update_model_version(registered.name, version, summary[:MAX_SUMMARY_LENGTH])


def registered_epochs(store: Store, run_id: str) -> list[Registered]:
    """Return a run's checkpoints in the registry, by epoch."""
    return sorted(_search(store, f"run_id = '{run_id}'"), key=lambda found: found.epoch)


def registered_versions(store: Store, name: str) -> list[Registered]:
    """Return the checkpoints under a name that ``registered_name`` made, the newest first."""
    found = _search(store, f"name = '{name}'")
    return sorted(found, key=lambda one: one.version, reverse=True)


def withdraw(store: Store, run_id: str, epoch: int | None) -> Registered | None:
    """Take the alias from an epoch, or from any of a run; return what it marked, if it did."""
    for registered in registered_epochs(store, run_id):
        if registered.accepted and epoch in (None, registered.epoch):
            store.client.delete_registered_model_alias(registered.name, ALIAS)
            return registered
    return None


def load_accepted(name: str, store: Store | None = None) -> Classifier:
    """Load the network that was accepted last under a name.

    Args:
        name: of the registered model, as the dashboard and MLflow's pages show it.
        store: by default the one that ``MLFLOW_TRACKING_URI`` names, else the embedded one.

    Raises:
        UserError: nothing is accepted under that name, or its checkpoint is not in the store.
    """
    store = store or open_store()
    run_id, epoch = find_accepted(name, store)
    model_id = kept_epochs(store, run_id).get(epoch)
    if model_id is None:
        raise UserError(f"The accepted version of {name} has no checkpoint of this program.")
    content = read_bytes(store, checkpoint_location(store, model_id), served.FACTS)
    return make_classifier(NetworkFacts.decode(content), read_checkpoint(store, model_id))


def find_accepted(name: str, store: Store) -> tuple[str, int]:
    """Return the run and the epoch that were accepted last under a name.

    Raises:
        UserError: nothing is accepted under that name, or it is no checkpoint of this program.
        StoreAway: the store does not answer.
    """
    try:
        with reaching(store):
            version = store.client.get_model_version_by_alias(name, ALIAS)
    except MlflowException as error:
        raise UserError(f"The store {store.address} has no accepted network {name!r}.") from error
    epoch = _epoch_of(version)
    if epoch is None:
        raise UserError(f"The accepted version of {name} is no checkpoint of this program.")
    return str(version.run_id), epoch


def _search(store: Store, wanted: str) -> list[Registered]:
    versions = store.client.search_model_versions(wanted, max_results=1000)
    holders = {name: _holder(store, name) for name in {version.name for version in versions}}
    return [
        Registered(v.name, int(v.version), str(v.run_id), epoch, holders[v.name] == int(v.version))
        for v in versions
        if (epoch := _epoch_of(v)) is not None
    ]


def _location_of(store: Store, registered: Registered) -> str:
    model_id = kept_epochs(store, registered.run_id).get(registered.epoch, "none")
    return checkpoint_location(store, model_id)


def _create_version(
    store: Store, name: str, location: str, run_id: str, epoch: int, model_id: str
) -> int:
    try:
        store.client.create_registered_model(name, description="Networks accepted in saliencnn.")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    tags = {_EPOCH: str(epoch)}
    made = store.client.create_model_version(
        name, location, run_id=run_id, tags=tags, model_id=model_id, await_creation_for=None
    )
    return int(made.version)


def _epoch_of(version: ModelVersion) -> int | None:
    text = version.tags.get(_EPOCH, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _holder(store: Store, name: str) -> int | None:
    """Return which version the alias marks."""
    try:
        return int(store.client.get_model_version_by_alias(name, ALIAS).version)
    except MlflowException as error:
        if is_outage(error):
            raise
        return None

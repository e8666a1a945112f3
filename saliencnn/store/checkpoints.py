"""Checkpoints: an epoch's weights as an MLflow LoggedModel, and what a resumed run needs."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlflow.entities import LoggedModel, LoggedModelOutput
from mlflow.exceptions import MlflowException
from safetensors import SafetensorError

from saliencnn.common.errors import UserError
from saliencnn.common.translation import find_reason
from saliencnn.models.served import WEIGHTS, NetworkFacts
from saliencnn.store.artifacts import (
    MissingArtifact,
    delete_folder,
    experiment_of,
    location_of,
    read_bytes,
    write_files,
    write_made,
)
from saliencnn.store.codec import decode_weights, decoding, gather_weights
from saliencnn.store.connection import Store
from saliencnn.store.mlmodel import describe_checkpoint
from saliencnn.store.outage import is_outage
from saliencnn.store.paging import read_pages

if TYPE_CHECKING:
    from torch import Tensor

KEPT_FOR_GOOD = "saliencnn.kept-for-good"


@dataclass(frozen=True)
class Training:
    """What training needs beside the weights to go on after an epoch.

    The random numbers of an epoch start from the run's seed and the epoch's number, and the
    learning rate follows from the step, so these are the whole state.

    Attributes:
        optimizer: the optimizer's state dict.
        best_accuracy: highest validation accuracy so far.
        waited: epochs since then.
        weights: those that the optimizer changes, where the checkpoint holds their average.
    """

    optimizer: dict[str, Any]
    best_accuracy: float
    waited: int = 0
    weights: dict[str, Tensor] | None = None


def write_checkpoint(
    store: Store, run_id: str, epoch: int, state: dict[str, Tensor], facts: NetworkFacts
) -> str:
    """Write weights and what loading them takes to know; return the LoggedModel's id."""
    import safetensors.torch

    model = store.client.create_logged_model(
        experiment_of(store, run_id),
        name=f"epoch-{epoch:04d}",
        source_run_id=run_id,
        params={"architecture": facts.arch, "epoch": str(epoch)},
        model_type="saliencnn",
    )
    tensors = gather_weights(state)
    write_made(
        store,
        str(model.artifact_location),
        WEIGHTS,
        lambda path: safetensors.torch.save_file(tensors, path),
    )
    described = describe_checkpoint(run_id, str(model.model_id), facts)
    write_files(store, str(model.artifact_location), described, "")
    store.client.finalize_logged_model(model.model_id, "READY")
    return str(model.model_id)


def link_checkpoint(store: Store, run_id: str, epoch: int, model_id: str) -> None:
    """Let MLflow's page of the run list a checkpoint among its models."""
    store.client.log_outputs(run_id, [LoggedModelOutput(model_id, epoch)])


def read_checkpoint(store: Store, model_id: str) -> dict[str, Tensor]:
    """Read weights.

    Raises:
        MissingArtifact: they were not kept.
        UserError: their file is cut off or damaged.
    """
    content = read_bytes(store, checkpoint_location(store, model_id), WEIGHTS)
    try:
        return decode_weights(content)
    except SafetensorError as error:
        raise UserError(
            f"The weights of checkpoint {model_id} are cut off or damaged in the store "
            f"({find_reason(error)}): put back a copy of them, or use another epoch."
        ) from error


def checkpoint_location(store: Store, model_id: str) -> str:
    """Return where a checkpoint's files lie.

    Raises:
        MissingArtifact: it was not kept.
    """
    try:
        return str(store.client.get_logged_model(model_id).artifact_location)
    except MlflowException as error:
        if is_outage(error):
            raise
        raise MissingArtifact(f"the checkpoint {model_id}") from error


def find_origin(store: Store, model_id: str) -> tuple[str, int]:
    """Return the run that wrote a checkpoint, and at which epoch; ("", 0) if it was not kept."""
    try:
        model = store.client.get_logged_model(model_id)
    except MlflowException as error:
        if is_outage(error):
            raise
        return "", 0
    return str(model.source_run_id or ""), _epoch_of(model)


def keep_for_good(store: Store, model_id: str) -> None:
    """Mark a checkpoint so that ``delete_checkpoint`` spares it.

    Raises:
        MissingArtifact: it was not kept.
    """
    try:
        store.client.set_logged_model_tags(model_id, {KEPT_FOR_GOOD: "true"})
    except MlflowException as error:
        if is_outage(error):
            raise
        raise MissingArtifact(f"the checkpoint {model_id}") from error


def delete_checkpoint(store: Store, model_id: str) -> None:
    """Delete weights unless they are kept for good; deleting them twice is no error."""
    try:
        model = store.client.get_logged_model(model_id)
        if KEPT_FOR_GOOD in model.tags:
            return
        # First the entry: a process killed between the two leaves no checkpoint without weights.
        store.client.delete_logged_model(model_id)
        delete_folder(store, model.artifact_location, WEIGHTS)
    except (MlflowException, FileNotFoundError) as error:
        if is_outage(error):
            raise


def kept_epochs(store: Store, run_id: str) -> dict[int, str]:
    """Return the epochs whose weights are there, with their LoggedModels' ids."""
    kept = {
        epoch: str(model.model_id)
        for model in _logged_models(store, run_id)
        if str(model.status) == "READY" and (epoch := _epoch_of(model))
    }
    return dict(sorted(kept.items()))


def delete_unfinished(store: Store, run_id: str, complete: int) -> None:
    """Delete what a killed process left of epochs after the last complete one."""
    for model in _logged_models(store, run_id):
        if str(model.status) != "READY" or _epoch_of(model) > complete:
            delete_checkpoint(store, model.model_id)


def _epoch_of(model: LoggedModel) -> int:
    """Return whose checkpoint it is; 0 where it is none of this program's."""
    text = str(model.params.get("epoch", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _logged_models(store: Store, run_id: str) -> list[LoggedModel]:
    """Return all of a run's LoggedModels, however many pages they fill."""
    experiments, filters = [experiment_of(store, run_id)], f"source_run_id = '{run_id}'"
    search = store.client.search_logged_models
    return list(read_pages(lambda token: search(experiments, filters, page_token=token)))


def write_training(store: Store, run_id: str, epoch: int, training: Training) -> None:
    """Write the state of training after an epoch."""
    files = {"training.pt": encode_training(training)}
    write_files(store, location_of(store, run_id), files, _folder(epoch))


def read_training(store: Store, run_id: str, epoch: int) -> Training:
    """Read the state of training after an epoch."""
    path = f"{_folder(epoch)}/training.pt"
    content = read_bytes(store, location_of(store, run_id), path)
    with decoding(path):
        return decode_training(content)


def encode_training(training: Training) -> bytes:
    """Return the state of training as a file."""
    import torch

    buffer = io.BytesIO()
    state = {
        "optimizer": training.optimizer,
        "best_accuracy": training.best_accuracy,
        "waited": training.waited,
        "weights": training.weights,
    }
    torch.save(state, buffer)
    return buffer.getvalue()


def decode_training(content: bytes) -> Training:
    """Return what ``encode_training`` wrote; only tensors and numbers are unpickled."""
    import torch

    state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    # Files from before there was an early stop do not say how long a run has waited.
    # Nor did all have an average of the weights.
    optimizer, best, weights = state["optimizer"], state["best_accuracy"], state.get("weights")
    return Training(optimizer, best, state.get("waited", 0), weights)


def delete_training(store: Store, run_id: str, epoch: int) -> None:
    """Delete the state of training after an epoch; it may be gone already."""
    try:
        delete_folder(store, location_of(store, run_id), _folder(epoch))
    except (MlflowException, FileNotFoundError) as error:
        if is_outage(error):
            raise


def _folder(epoch: int) -> str:
    return f"training/{epoch:04d}"

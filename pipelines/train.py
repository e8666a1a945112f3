"""One training run, from the image set to the last epoch in the store."""

import os
import socket
from collections.abc import Callable
from dataclasses import replace

import torch

from pipelines.data.fitted import digest_of, fit_validation
from pipelines.data.imageset import ImageSet, deal_labels
from pipelines.data.loader import mix_seed
from pipelines.data.sources import read_image_set
from pipelines.errors import UserError
from pipelines.hyperparameters import Hyperparameters
from pipelines.loop import TrainingRun, end_run, note_skipped, this_process
from pipelines.models.architectures import Architecture, find_architecture
from pipelines.models.weights import Network, build_network
from pipelines.plan import map_shape
from pipelines.request import KEEP, SIZES, Interrupted, Report, Request
from pipelines.store import checkpoints, runs
from pipelines.store.connection import Store
from pipelines.store.epochs import read_manifest
from pipelines.store.pictures import publish_pictures, read_all_pictures


def train(
    store: Store,
    request: Request,
    report: Report = lambda _progress: None,
    started: Callable[[str], None] = lambda _run_id: None,
    parent: str | None = None,
    interrupted: Interrupted = lambda: "",
) -> str:
    """Train a CNN and log every epoch.

    Args:
        store: where everything is logged.
        request: what to train.
        report: told about progress after every batch and every epoch.
        started: told the run's id as soon as the run exists.
        parent: id of the run under which MLflow lists this one.
        interrupted: asked at every batch; a sentence in answer ends the run as stopped.

    Returns:
        The run's id.

    Raises:
        Stopped: somebody asked the run to stop.
        UserError: bad input, or a loss that is no longer a number; the run is then marked
            failed and says why.
    """
    if request.keep not in KEEP:
        raise UserError(f"keep is {request.keep!r}; it must be one of {', '.join(KEEP)}.")
    architecture = find_architecture(request.arch)
    size = architecture.image_size if request.image_size is None else request.image_size
    if not SIZES[0] <= size <= SIZES[1]:
        raise UserError(f"image_size is {size}; it must be from {SIZES[0]} to {SIZES[1]} pixels.")
    image_set = _read(request.data, request.hyperparameters)
    network = _build(request, len(image_set.classes))
    _check_size(network, architecture, size)
    digest = digest_of(image_set, size)
    pictures_id = publish_pictures(store, digest, lambda: fit_validation(image_set, size))
    run_id = runs.start_run(
        store,
        request.name,
        request.hyperparameters.as_dict(),
        parent,
        data=request.data,
        image_set=image_set.name,
        pictures=pictures_id,
        digest=digest,
        arch=request.arch,
        weights=request.weights,
        image_size=str(size),
        keep=request.keep,
        process=this_process(),
    )
    started(run_id)
    pictures = read_all_pictures(store, pictures_id)
    notes = [
        *image_set.notes,
        *network.notes,
        *note_skipped(store, run_id, pictures.index.skipped, "validation"),
    ]
    runs.note_sentences(store, run_id, notes)
    request = replace(request, image_size=size)
    run = TrainingRun(
        store, run_id, request, architecture, image_set, pictures, notes, report, interrupted
    )
    run.go(network.model, first=1, training=None)
    return run_id


def resume(
    store: Store,
    run_id: str,
    report: Report = lambda _progress: None,
    taken_over: bool = False,
    interrupted: Interrupted = lambda: "",
) -> None:
    """Go on with a run after its last complete epoch, as if it had never been interrupted.

    Args:
        store: where the run is.
        run_id: which.
        report: as for ``train``.
        taken_over: the caller knows that the process that trained it is gone, even if the
            store's last sign of life is recent.
        interrupted: as for ``train``.

    Raises:
        Stopped: somebody asked the run to stop.
        UserError: no such run, nothing left to do, still running, or its image set changed.
    """
    info = runs.read_run(store, run_id)
    if not info.hyperparameters:
        raise UserError(f"Run {run_id} lacks its hyperparameters: it was killed while it started.")
    hyperparameters = Hyperparameters.from_mapping(info.hyperparameters)
    if info.status == "finished":
        raise UserError(f"Run {run_id} has completed all its {info.epoch} epochs.")
    facts = runs.read_facts(store, run_id)
    alive = info.status == "running" and not _is_dead(facts.get("process", ""))
    if alive and not taken_over:
        raise UserError(f"Run {run_id} is still running on {facts.get('process', 'a machine')}.")
    if info.epoch == hyperparameters.epochs:
        # It was killed after its last epoch: only its end was missing.
        end_run(store, run_id, info.epoch)
        return
    image_set = _read(info.data, hyperparameters)
    if digest_of(image_set, info.image_size) != facts.get("digest"):
        raise UserError(
            f"The validation pictures of {info.data} are not those run {run_id} began with."
        )
    architecture = find_architecture(info.arch)
    request = Request(
        info.data, info.arch, info.weights, hyperparameters, info.image_size, info.keep
    )
    start = replace(request, weights="none") if info.epoch else request
    model = _build(start, len(image_set.classes)).model
    training = None
    if info.epoch:
        manifest = read_manifest(store, run_id, info.epoch)
        model.load_state_dict(checkpoints.read_checkpoint(store, manifest.model_id))
        training = checkpoints.read_training(store, run_id, info.epoch)
    checkpoints.delete_unfinished(store, run_id, info.epoch)
    runs.resume_run(store, run_id, this_process())
    pictures = read_all_pictures(store, info.pictures)
    run = TrainingRun(
        store,
        run_id,
        request,
        architecture,
        image_set,
        pictures,
        list(info.notes),
        report,
        interrupted,
    )
    run.go(model, first=info.epoch + 1, training=training)


def _read(data: str, hyperparameters: Hyperparameters) -> ImageSet:
    image_set = read_image_set(data, hyperparameters.seed)
    if hyperparameters.shuffle_labels:
        return deal_labels(image_set, hyperparameters.seed)
    return image_set


def _check_size(network: Network, architecture: Architecture, size: int) -> None:
    """Check that the pictures are large enough for the network to have maps of them."""
    try:
        smallest = min(map_shape(network.model, architecture, size))
    except RuntimeError:
        smallest = 0
    if smallest < 2:
        raise UserError(f"image_size is {size}; this architecture needs larger pictures.")


def _build(request: Request, classes: int) -> Network:
    """Build a network; what is random about its weights follows from the run's seed."""
    hp = request.hyperparameters
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(mix_seed(hp.seed))
        return build_network(request.arch, classes, request.weights, hp.dropout)


def _is_dead(process: str) -> bool:
    """Whether a process is known to be gone: only its own machine can tell."""
    host, _, pid = process.rpartition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False

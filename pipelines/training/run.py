"""One training run, from the image set to the last epoch in the store."""

import logging
from collections.abc import Callable
from dataclasses import replace

from torch import nn

from pipelines.training.image_check import require_same_images
from pipelines.training.initial_weights import build_initial
from pipelines.training.loop import TrainingRun, finish, format_skipped, is_over, see_to_end
from pipelines.training.request import KEEP, SIZES, Interrupted, OnEpoch, Request, ignore_epoch
from saliencnn.common.cudnn import deterministic_cudnn
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.process import describe_process, is_gone, this_process
from saliencnn.common.progress import Progress, silent
from saliencnn.data.contents import hash_contents
from saliencnn.data.fitted import digest_of, fit_validation, why_unreadable
from saliencnn.data.imageset import ImageSet, randomize_labels
from saliencnn.data.leaks import find_leaks
from saliencnn.data.loader_plan import LoaderPlan, plan_loaders
from saliencnn.data.sources import read_image_set
from saliencnn.data.training_images import TrainingImages
from saliencnn.data.value_range import apply_window, restore_window
from saliencnn.data.window import parse_choice
from saliencnn.models.architectures import Architecture, find_architecture
from saliencnn.recording.delivery import SetAside, abandon_spooled, deliver_spooled
from saliencnn.recording.epoch_record import EpochMissing, RunEnd, Superseded, deliver_end
from saliencnn.recording.map_plan import map_shape
from saliencnn.recording.spool import spool_folder
from saliencnn.store import checkpoints, runs
from saliencnn.store.checkpoints import Training
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_manifest
from saliencnn.store.heartbeat import WATCH, watch_heartbeat
from saliencnn.store.images import publish_images, read_all_images
from saliencnn.store.outage import reaching
from saliencnn.store.runs import RunInfo
from saliencnn.store.skipped import write_skipped
from saliencnn.store.training_images import write_leaks, write_training_images

_log = logging.getLogger(__name__)


@deterministic_cudnn()
def train(
    store: Store,
    request: Request,
    report: Progress = silent,
    started: Callable[[str], None] = lambda _run_id: None,
    parent: str | None = None,
    interrupted: Interrupted = lambda: "",
    on_epoch: OnEpoch = ignore_epoch,
    loaders: int | None = None,
) -> str:
    """Train a CNN and log every epoch.

    Args:
        store: where everything is logged.
        request: what to train.
        report: called with the progress of comparing the images before the first epoch, and of the
            current epoch after every batch.
        started: called with the run's id as soon as the run exists.
        parent: id of the run under which MLflow lists this one.
        interrupted: called at every batch; a sentence in answer ends the run as stopped.
        on_epoch: called with every complete epoch's numbers.
        loaders: processes that load images; by default as ``plan_loaders`` finds.

    Returns:
        The run's id.

    Raises:
        Stopped: somebody asked the run to stop.
        Undelivered: it is complete, but its store has gone away, and a part of it is spooled.
        StoreAway: the store cannot be reached at the start.
        UserError: bad input, or a loss that is no longer a number; the run is then marked
            failed and says why.
    """
    if request.keep not in KEEP:
        raise UserError(f"keep is {request.keep!r}; it must be one of {', '.join(KEEP)}.")
    architecture = find_architecture(request.arch)
    size = architecture.image_size if request.image_size is None else request.image_size
    if not SIZES[0] <= size <= SIZES[1]:
        raise UserError(f"image_size is {size}; it must be from {SIZES[0]} to {SIZES[1]} pixels.")
    request = replace(request, image_size=size)
    parse_choice(request.window)  # before anything is read
    image_set = read_image_set(request.data, request.hyperparameters.seed)
    image_set = apply_window(image_set, request.window)
    with reaching(store):
        network = build_initial(store, request, len(image_set.classes))
        _check_size(network.model, architecture, size)
        contents = hash_contents((*image_set.train, *image_set.validation))
        learned_from = TrainingImages.of(image_set, contents[: len(image_set.train)])
        leaks = find_leaks(image_set, contents, report)
        image_set = _randomize(image_set, request.hyperparameters)
        digest = digest_of(image_set, size)
        images_id = publish_images(store, digest, lambda: fit_validation(image_set, size))
        run_id = runs.start_run(
            store,
            request.describe(image_set.name),
            request.hyperparameters.as_dict(),
            parent,
            data=request.data,
            image_set=image_set.name,
            images_id=images_id,
            digest=digest,
            training=learned_from.digest,
            arch=request.arch,
            weights=request.weights,
            image_size=str(size),
            keep=request.keep,
            window=image_set.window,
            process=this_process(),
        )
    with see_to_end(store, run_id) as delivery:
        with reaching(store):
            started(run_id)
            write_training_images(store, run_id, learned_from)
            if leaks.twins:
                write_leaks(store, run_id, leaks)
            images = read_all_images(store, images_id)
            skipped = images.index.skipped
            if skipped:
                write_skipped(store, run_id, "validation", skipped)
            why = why_unreadable(image_set.validation, skipped)
            plan = _plan_loaders(image_set, request.hyperparameters, size, loaders)
            notes = [
                *image_set.notes,
                *leaks.notes,
                *network.notes,
                *format_skipped(skipped, "validation", why),
                *plan.notes,
            ]
            runs.note_sentences(store, run_id, notes)
        run = TrainingRun(
            store,
            run_id,
            request,
            architecture,
            image_set,
            images,
            report,
            interrupted,
            on_epoch,
            plan.count,
        )
        end = run.go(delivery, network.model, first=1, training=None)
    finish(delivery, end)
    return run_id


@deterministic_cudnn()
def resume(
    store: Store,
    run_id: str,
    report: Progress = silent,
    taken_over: bool = False,
    interrupted: Interrupted = lambda: "",
    on_epoch: OnEpoch = ignore_epoch,
    watch_for: float = WATCH,
    loaders: int | None = None,
) -> None:
    """Go on with a run after its last complete epoch, as if it had never been interrupted.

    Args:
        store: where the run is.
        run_id: which.
        report: as for ``train``.
        taken_over: the caller knows that the process that trained it is gone, even if the
            store's last heartbeat is recent.
        interrupted: as for ``train``.
        on_epoch: as for ``train``.
        watch_for: seconds for which the heartbeat must not change where nobody knows whether the
            process that trained the run is gone: its clock may be wrong, and so its last stamp.
        loaders: as for ``train``.

    Raises:
        Stopped: somebody asked the run to stop.
        Undelivered: as for ``train``.
        StoreAway: the store cannot be reached at the start.
        UserError: no such run, nothing left to do, still running, or its image set changed.
    """
    with reaching(store):
        info = _read_interrupted(store, run_id, taken_over)
        if info is None:
            return
        hp = Hyperparameters.from_mapping(info.hyperparameters)
        training = _read_training(store, info, hp)
        if info.epoch == hp.epochs or (training and is_over(training, hp.patience)):
            # It was killed after its last epoch: only its end was missing.
            deliver_end(store, RunEnd(run_id, info.process, info.epoch, "FINISHED"))
            return
        image_set = restore_window(read_image_set(info.data, hp.seed), info.window)
        learned_from = TrainingImages.of(image_set, hash_contents(image_set.train))
        image_set = _randomize(image_set, hp)
        require_same_images(store, info, image_set, learned_from)
        request = Request(info.data, info.arch, info.weights, hp, info.image_size, info.keep)
        model = _load(store, info, request, len(image_set.classes))
        if not (info.ended or taken_over or is_gone(info.process)):
            _watch(store, info, watch_for)
        checkpoints.delete_unfinished(store, run_id, info.epoch)
        runs.resume_run(store, run_id, this_process())
    with see_to_end(store, run_id) as delivery:
        with reaching(store):
            images = read_all_images(store, info.images_id)
        plan = _plan_loaders(image_set, hp, info.image_size, loaders)
        for note in plan.notes:
            _log.warning("%s", note)
        run = TrainingRun(
            store,
            run_id,
            request,
            find_architecture(info.arch),
            image_set,
            images,
            report,
            interrupted,
            on_epoch,
            plan.count,
        )
        end = run.go(delivery, model, info.epoch + 1, training)
    finish(delivery, end)


def _plan_loaders(
    image_set: ImageSet, hp: Hyperparameters, size: int, wanted: int | None
) -> LoaderPlan:
    return plan_loaders(min(hp.batch_size, len(image_set.train)), size, wanted)


def _read_interrupted(store: Store, run_id: str, taken_over: bool) -> RunInfo | None:
    """Return a run that can be resumed, with what waits in this machine's spool delivered.

    None if the run has come to its end by that.
    """
    before = info = runs.read_run(store, run_id)
    try:
        deliver_spooled(store, spool_folder(store), info.run_id)
    except Superseded:
        pass  # another process has gone on from the last delivered epoch, and so does this one
    except (SetAside, EpochMissing) as error:
        _log.warning("%s It is trained again.", error)
        abandon_spooled(spool_folder(store), info.run_id)
    info = runs.read_run(store, run_id)
    if not info.hyperparameters:
        raise UserError(f"Run {run_id} lacks its hyperparameters: it was killed while it started.")
    if info.status == "finished" != before.status:
        return None
    if info.status == "finished":
        raise UserError(f"Run {run_id} has completed all its {info.epoch} epochs.")
    if info.status == "running" and not taken_over and not is_gone(info.process):
        raise _still_running(info)
    return info


def _watch(store: Store, info: RunInfo, seconds: float) -> None:
    """Make sure that a run whose heartbeat seems to have ended is trained by nobody.

    Raises:
        UserError: its heartbeat goes on.
    """
    where = describe_process(info.process) or "a machine"
    _log.warning("Watching for %.0f s whether %s still trains run %s.", seconds, where, info.run_id)
    if watch_heartbeat(store, info.run_id, seconds):
        raise _still_running(info)


def _still_running(info: RunInfo) -> UserError:
    where = describe_process(info.process) or "a machine"
    return UserError(f"Run {info.run_id} is still running on {where}.")


def _read_training(store: Store, info: RunInfo, hp: Hyperparameters) -> Training | None:
    """Return the state of training after a run's last epoch, if another may follow."""
    if not 0 < info.epoch < hp.epochs:
        return None
    return checkpoints.read_training(store, info.run_id, info.epoch)


def _load(store: Store, info: RunInfo, request: Request, classes: int) -> nn.Module:
    """Return a run's network as its last complete epoch left it."""
    if not info.epoch:
        return build_initial(store, request, classes).model
    model = build_initial(store, replace(request, weights="none"), classes).model
    manifest = read_manifest(store, info.run_id, info.epoch)
    model.load_state_dict(checkpoints.read_checkpoint(store, manifest.model_id))
    return model


def _randomize(image_set: ImageSet, hyperparameters: Hyperparameters) -> ImageSet:
    if hyperparameters.shuffle_labels:
        return randomize_labels(image_set, hyperparameters.seed)
    return image_set


def _check_size(model: nn.Module, architecture: Architecture, size: int) -> None:
    """Check that the images are large enough for the network to have maps of them."""
    try:
        smallest = min(map_shape(model, architecture, size))
    except RuntimeError:
        smallest = 0
    if smallest < 2:
        raise UserError(f"image_size is {size}; this architecture needs larger images.")

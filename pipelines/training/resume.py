"""Going on with a run that was interrupted, as if nothing had happened."""

import logging
from dataclasses import replace

from torch import nn

from pipelines.training.image_check import require_same_images
from pipelines.training.initial_weights import build_initial
from pipelines.training.loop import TrainingRun, is_over
from pipelines.training.preparation import plan_loading, randomize
from pipelines.training.request import Interrupted, OnEpoch, Request, ignore_epoch, request_of
from saliencnn.common.cudnn import deterministic_cudnn
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.process import describe_process, is_gone, this_process
from saliencnn.common.progress import Progress, silent
from saliencnn.common.ranks import share
from saliencnn.data.contents import hash_contents
from saliencnn.data.imageset import ImageSet
from saliencnn.data.sources import read_image_set
from saliencnn.data.training_images import TrainingImages
from saliencnn.data.value_range import restore_window
from saliencnn.models.stored_weights import load_state
from saliencnn.recording.delivery import Delivery
from saliencnn.recording.ending import finish, see_to_end
from saliencnn.recording.epoch_record import EpochMissing, RunEnd, Superseded, deliver_end
from saliencnn.recording.spool import spool_folder
from saliencnn.recording.sync import SetAside, abandon_spooled, deliver_spooled
from saliencnn.store import checkpoints, runs
from saliencnn.store.checkpoints import Training
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_manifest
from saliencnn.store.heartbeat import WATCH, Heartbeat, watch_heartbeat
from saliencnn.store.images import read_all_images
from saliencnn.store.outage import reaching
from saliencnn.store.runs import RunInfo

_log = logging.getLogger(__name__)


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
        request = request_of(info, {})
        hp = request.hyperparameters
        training = _read_training(store, info, hp)
        if info.epoch == hp.epochs or (training and is_over(training, hp.patience)):
            # It was killed after its last epoch: only its end was missing.
            deliver_end(store, RunEnd(run_id, info.process, info.epoch, "FINISHED"))
            return
        image_set = _read_images(info, hp)
        learned_from = TrainingImages.of(image_set, hash_contents(image_set.train))
        image_set = randomize(image_set, hp)
        require_same_images(store, info, image_set, learned_from)
        model = _load(store, info, request, len(image_set.classes))
        if not (info.ended or taken_over or is_gone(info.process)):
            _watch(store, info, watch_for)
        checkpoints.delete_unfinished(store, run_id, info.epoch)
        runs.resume_run(store, run_id, this_process())
    with see_to_end(store, run_id) as delivery:
        plan = plan_loading(image_set, hp, info.image_size, loaders)
        for note in plan.notes:
            _log.warning("%s", note)
        run = _restore_run(
            store, info, request, image_set, plan.count, interrupted, report, on_epoch
        )
        last = run.go(delivery, model, info.epoch + 1, training)
    finish(delivery, run_id, last)


@deterministic_cudnn()
def help_train(
    store: Store, interrupted: Interrupted = lambda: "", loaders: int | None = None
) -> None:
    """Do one process's part of a run that the first one trains, or goes on with, and writes.

    Where the first one finds nothing to train, there is no part to do either.

    Args:
        store: where the run is; nothing is written.
        interrupted: as for ``train``; the wish ends all processes.
        loaders: as for ``train``.

    Raises:
        Stopped: somebody asked the run to stop.
        RankLost: another process is gone.
        UserError: the images or the network cannot be had here.
    """
    told: tuple[str, int] | None = share(("", 0))
    if told is None:
        return
    run_id, first = told
    with reaching(store):
        info = runs.read_run(store, run_id)
        request = request_of(info, {})
        hp = request.hyperparameters
        image_set = randomize(_read_images(info, hp), hp)
        model = _load(store, info, request, len(image_set.classes))
        training = _read_training(store, info, hp)
    plan = plan_loading(image_set, hp, info.image_size, loaders)
    run = _restore_run(store, info, request, image_set, plan.count, interrupted)
    heartbeat = Heartbeat(store, run_id, this_process())  # silent: it is the first process's run
    run.train(Delivery(store, run_id), model, first, training, heartbeat)


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
    if info.ignores_groups:
        raise UserError(f"Run {run_id} was not trained, so nothing goes on; make it again.")
    if info.watched:
        raise UserError(f"Run {run_id} was trained by a loop of its own; only that can go on.")
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


def _read_images(info: RunInfo, hp: Hyperparameters) -> ImageSet:
    """Return a run's image set as it is now, seen through the window that the run began with."""
    return restore_window(read_image_set(info.data, hp.seed), info.window)


def _restore_run(
    store: Store,
    info: RunInfo,
    request: Request,
    image_set: ImageSet,
    loaders: int,
    interrupted: Interrupted,
    report: Progress = silent,
    on_epoch: OnEpoch = ignore_epoch,
) -> TrainingRun:
    """Return a stored run as the training loop takes it."""
    with reaching(store):
        images = read_all_images(store, info.images_id)
    return TrainingRun(
        store,
        info.run_id,
        request,
        info.spec,
        info.preparation,
        image_set,
        images,
        report,
        interrupted,
        on_epoch,
        loaders,
    )


def _read_training(store: Store, info: RunInfo, hp: Hyperparameters) -> Training | None:
    """Return the state of training after a run's last epoch, if another may follow."""
    if not 0 < info.epoch < hp.epochs:
        return None
    return checkpoints.read_training(store, info.run_id, info.epoch)


def _load(store: Store, info: RunInfo, request: Request, classes: int) -> nn.Module:
    """Return a run's network as its last complete epoch left it."""
    if not info.epoch:
        return build_initial(store, request, classes, info.spec).model
    model = build_initial(store, replace(request, weights="none"), classes, info.spec).model
    manifest = read_manifest(store, info.run_id, info.epoch)
    load_state(model, checkpoints.read_checkpoint(store, manifest.model_id))
    return model

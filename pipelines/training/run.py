"""One training run, from the image set to the last epoch in the store."""

import json
from collections.abc import Callable

from pipelines.training.image_facts import KnownImages
from pipelines.training.loop import TrainingRun
from pipelines.training.preparation import (
    Prepared,
    complete,
    keep_facts,
    plan_loading,
    prepare,
    read_images,
)
from pipelines.training.request import Interrupted, OnEpoch, Request, ignore_epoch
from saliencnn.common.cudnn import deterministic_cudnn
from saliencnn.common.process import this_process
from saliencnn.common.progress import Progress, silent
from saliencnn.data.size import write_size
from saliencnn.recording.ending import finish, see_to_end
from saliencnn.store import runs
from saliencnn.store.connection import Store
from saliencnn.store.outage import reaching
from saliencnn.store.run_record import write_class_images


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
    known: KnownImages | None = None,
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
        known: of the images, where other trainings looked at them.

    Returns:
        The run's id.

    Raises:
        Stopped: somebody asked the run to stop.
        Undelivered: it is complete, but its store has gone away, and a part of it is spooled.
        StoreAway: the store cannot be reached at the start.
        UserError: bad input, or a loss that is no longer a number; the run is then marked
            failed and says why.
    """
    request, preparation = complete(request)
    image_set = read_images(request)
    with reaching(store):
        prepared = prepare(store, request, image_set, preparation, known or KnownImages(), report)
        run_id = _start(store, prepared, parent)
        request = prepared.request
    with see_to_end(store, run_id) as delivery:
        size, hp = preparation.geometry.input_size, request.hyperparameters
        plan = plan_loading(prepared.image_set, hp, size, loaders)
        with reaching(store):
            started(run_id)
            images = keep_facts(store, run_id, prepared, plan)
        run = TrainingRun(
            store,
            run_id,
            request,
            prepared.architecture,
            preparation,
            prepared.image_set,
            images,
            report,
            interrupted,
            on_epoch,
            plan.count,
        )
        last = run.go(delivery, prepared.network.model, first=1, training=None)
    finish(delivery, run_id, last)
    return run_id


def _start(store: Store, prepared: Prepared, parent: str | None) -> str:
    request, image_set = prepared.request, prepared.image_set
    return runs.start_run(
        store,
        request.describe(image_set.name),
        request.hyperparameters.as_dict(),
        parent,
        data=request.data,
        image_set=image_set.name,
        images_id=prepared.images_id,
        digest=prepared.digest,
        training=prepared.facts.learned_from.digest,
        class_images=write_class_images(prepared.facts.each),
        original_side=str(prepared.facts.side or ""),
        arch=request.arch,
        weights=request.weights,
        image_size=write_size(prepared.preparation.geometry.input_size),
        preparation=json.dumps(prepared.preparation.encode()),
        spec=json.dumps(prepared.architecture.encode()),
        package=prepared.architecture.package,
        keep=request.keep,
        map_images=str(request.map_images or ""),
        interventions_every=str(request.interventions_every or ""),
        window=image_set.window,
        process=this_process(),
    )

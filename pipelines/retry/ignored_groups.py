"""A network that ignores groups of maps which a person takes for undesired: nothing is drawn.

Class artifact compensation without masks (Anders 2022): each group becomes a direction in the
target layer's features, all are projected out, and the head alone is fitted again on the training
images, since the old one may have known nothing else.
"""

import json
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from pipelines.retry.ignoring import name_ignoring, why_not_ignored
from pipelines.retry.map_groups import Group
from pipelines.retry.refit import features, fit_head, pool
from saliencnn.common.errors import UserError
from saliencnn.common.process import this_process
from saliencnn.common.progress import Progress, silent
from saliencnn.common.sentences import count
from saliencnn.data.imageset import ImageSet
from saliencnn.data.planes import decode_planes
from saliencnn.data.size import write_size
from saliencnn.data.sources import read_image_set
from saliencnn.data.value_range import restore_window
from saliencnn.measures.directions import complement, find_direction, fold_projection
from saliencnn.recording.ending import finish, see_to_end
from saliencnn.recording.held_out import measure_held_out, metrics_of_counterfactual
from saliencnn.recording.recorder import Recorded, Recorder
from saliencnn.store import runs
from saliencnn.store.connection import Store
from saliencnn.store.images import read_all_images
from saliencnn.store.networks import load_network
from saliencnn.store.run_info import IGNORED_GROUPS, RunInfo
from saliencnn.store.run_record import OWN_LOOP


def ignore_groups(
    store: Store,
    run: RunInfo,
    epoch: int,
    groups: Sequence[Group],
    report: Progress = silent,
    parent: str = "",
    started: Callable[[str], None] = lambda _: None,
) -> str:
    """Make a network that ignores groups of maps, and record it as a run of one epoch.

    Args:
        store: where the run is.
        run: the run.
        epoch: whose checkpoint.
        groups: of that epoch.
        report: called with the progress; what it raises ends it.
        parent: id of the run under which MLflow lists the new one; by default ``run``.
        started: called with the new run's id once there is one.

    Returns:
        The new run's id.

    Raises:
        UserError: its scores do not come from the target layer by one linear layer, or its images
            cannot be had here.
    """
    if reason := why_not_ignored(run):
        raise UserError(reason)
    model = load_network(store, run, epoch).float()
    head = model.get_submodule(run.spec.head)
    if not isinstance(head, nn.Linear):
        raise UserError(f"The head of {run.arch} is not one linear layer.")
    images = read_all_images(store, run.images_id)
    image_set = restore_window(read_image_set(run.data, run.seed), run.window)
    directions = []
    for group in groups:
        pixels = decode_planes(images.encoded[int(place)] for place in group.images)
        seen = np.concatenate([found.numpy() for found in features(model, run, pixels)])
        directions.append(find_direction(seen, group.maps))
    vectors, labels = pool(model, run, image_set.train, report)
    projection, centre = complement(np.stack(directions)), vectors.mean(0).double().numpy()
    projected = (vectors - vectors.mean(0)) @ torch.from_numpy(projection).float()
    fit_head(head, projected + vectors.mean(0), labels)
    weight, bias = (parameter.detach().double().numpy() for parameter in (head.weight, head.bias))
    folded = fold_projection(weight, bias, projection, centre)
    with torch.no_grad():
        for parameter, value in zip((head.weight, head.bias), folded, strict=True):
            parameter.copy_(torch.from_numpy(value))
    return _record(store, run, epoch, groups, model, image_set, parent, started)


def _record(
    store: Store,
    run: RunInfo,
    epoch: int,
    groups: Sequence[Group],
    model: nn.Module,
    image_set: ImageSet,
    parent: str,
    started: Callable[[str], None],
) -> str:
    """Record a network as a run on the same images, with its maps and numbers."""
    ignored = ", ".join(group.label for group in groups)
    images = read_all_images(store, run.images_id)
    run_id = runs.start_run(
        store,
        name_ignoring(run, groups),
        {IGNORED_GROUPS: ignored[:500], "epochs": "1", "seed": str(run.seed)},
        parent or run.run_id,
        data=run.data,
        image_set=run.image_set,
        images_id=run.images_id,
        arch=run.arch,
        package=run.package,
        weights=f"run:{run.run_id}:{epoch}",
        image_size=write_size(run.image_size),
        preparation=json.dumps(run.preparation.encode()),
        spec=json.dumps(run.spec.encode()),
        keep="all",
        window=run.window,
        loop=OWN_LOOP,
        map_images=str(run.map_images or ""),
        process=this_process(),
    )
    with see_to_end(store, run_id) as delivery:
        started(run_id)
        runs.note_sentences(
            store,
            run_id,
            [
                f"It is run {run.name} at epoch {epoch}, its head fitted again on the training "
                f"images without what {count(len(groups), 'group', 'groups')} of maps look at: "
                f"{ignored}."
            ],
        )
        recorded = Recorded(
            run_id, run.arch, "all", run.spec, run.preparation, images, run.seed, run.map_images
        )
        recorder = Recorder(recorded, delivery, model, len(image_set.train))
        validated = recorder.validate()
        assert validated  # nobody shares its images
        recorder.score(validated, {})
        metrics = dict(validated.metrics)
        if image_set.counterfactual:
            counterfactual, at = image_set.counterfactual, run.spec.logits
            apart = measure_held_out(model, counterfactual, run.preparation, logits_at=at)
            if apart:
                metrics |= metrics_of_counterfactual(apart)
        recorder.send(1, validated, metrics, last=True)
    finish(delivery, run_id, 1)
    return run_id

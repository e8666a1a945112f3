"""A network that ignores groups of maps which a person takes for undesired: nothing is drawn.

Class artifact compensation without masks (Anders 2022): each group becomes a direction in the
target layer's features, all are projected out, and the head alone is fitted again on the training
images, since the old one may have known nothing else.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from pipelines.retry.ignoring import METHOD, label_group, name_ignoring, why_not_ignored
from saliencnn.common.errors import UserError
from saliencnn.common.process import this_process
from saliencnn.common.progress import Progress, silent
from saliencnn.common.sentences import count
from saliencnn.data.fitted import decode_fitted, load_image
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.opening import UnreadableImage
from saliencnn.data.size import write_size
from saliencnn.data.sources import read_image_set
from saliencnn.data.value_range import restore_window
from saliencnn.measures.directions import complement, find_direction, fold_projection
from saliencnn.measures.energy import is_empty
from saliencnn.measures.map_clusters import find_clusters
from saliencnn.recording.apart import measure
from saliencnn.recording.ending import finish, see_to_end
from saliencnn.recording.recorder import Recorded, Recorder
from saliencnn.saliency.passes import explaining, pass_to
from saliencnn.store import runs
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_maps_of
from saliencnn.store.images import read_all_images, read_index
from saliencnn.store.maptable import unpack_maps
from saliencnn.store.networks import load_network
from saliencnn.store.run_record import IGNORED_GROUPS, OWN_LOOP, RunInfo

BATCH = 64
DECAY = 1e-4
"""Of the fitted head's weights: on the planted set, 1e-3 costs 17 points of accuracy more."""
STEPS = 300


@dataclass(frozen=True, eq=False)
class Group:
    """Maps of a class that look alike.

    Attributes:
        target: the class.
        name: of the class.
        number: 1, 2, ... the largest first; as ``find_clusters`` orders them.
        images: int (N,), positions of the images.
        maps: float32 (N, h, w), none of them empty.
        right: how many of the images are classified correctly.
        focus: mean fraction of a map on the object; NaN where unknown.
    """

    target: int
    name: str
    number: int
    images: np.ndarray
    maps: np.ndarray
    right: int
    focus: float

    @property
    def label(self) -> str:
        """How a person names it."""
        return label_group(self.name, self.number)


def find_groups(store: Store, run: RunInfo, epoch: int) -> list[Group]:
    """Return the groups into which the logged maps of each class fall, as Colours shows them.

    Raises:
        UserError: the run has logged no maps there.
    """
    if epoch not in run.epochs:
        raise UserError(f"Run {run.name} has no epoch {epoch}; its last is {run.epoch}.")
    table = read_maps_of(store, run.run_id, epoch, METHOD)
    if table is None:
        raise UserError(f"Run {run.name} logged no Grad-CAM maps at epoch {epoch}.")
    place = table.methods.index(METHOD)
    maps = unpack_maps(table.rows)[:, place]
    found = []
    for target, name in enumerate(read_index(store, run.images_id).classes):
        own = np.flatnonzero((table.rows["target"] == target) & ~is_empty(maps))
        if not len(own):
            continue
        labels = find_clusters(maps[own]).labels
        for number in range(int(labels.max()) + 1):
            of_group = own[labels == number]
            rows = table.rows[of_group]
            focus = rows["focus"][:, place]
            found.append(
                Group(
                    target,
                    name,
                    number + 1,
                    rows["image"].astype(int),
                    maps[of_group],
                    int((rows["predicted"] == rows["true"]).sum()),
                    float(np.nanmean(focus)) if np.isfinite(focus).any() else float("nan"),
                )
            )
    return found


def choose_groups(groups: Sequence[Group], wanted: Sequence[str]) -> list[Group]:
    """Return the groups that a person names: ``CLASS:NUMBER``, or ``CLASS`` for all of its.

    Raises:
        UserError: there is no such group.
    """
    chosen: list[Group] = []
    for word in wanted:
        found = [group for group in groups if word in (group.label, group.name)]
        if not found:
            known = ", ".join(group.label for group in groups[:6])
            raise UserError(f"There is no group {word!r:.60}; there are {known} and so on.")
        chosen += [group for group in found if group not in chosen]
    return chosen


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
        pixels = decode_fitted(images.encoded[int(place)] for place in group.images)
        seen = np.concatenate([found.numpy() for found in _features(model, run, pixels)])
        directions.append(find_direction(seen, group.maps))
    vectors, labels = _pool(model, run, image_set.train, report)
    projection, centre = complement(np.stack(directions)), vectors.mean(0).double().numpy()
    projected = (vectors - vectors.mean(0)) @ torch.from_numpy(projection).float()
    fit_head(head, projected + vectors.mean(0), labels)
    weight, bias = (parameter.detach().double().numpy() for parameter in (head.weight, head.bias))
    folded = fold_projection(weight, bias, projection, centre)
    with torch.no_grad():
        for parameter, value in zip((head.weight, head.bias), folded, strict=True):
            parameter.copy_(torch.from_numpy(value))
    return _record(store, run, epoch, groups, model, image_set, parent, started)


def fit_head(head: nn.Linear, vectors: Tensor, labels: Tensor) -> None:
    """Fit a linear layer to the classes of images, from where it is, in place.

    Args:
        head: the layer.
        vectors: float (N, C), what it sees of them.
        labels: int64 (N,).
    """
    head.requires_grad_(True)
    optimizer = torch.optim.LBFGS(head.parameters(), max_iter=STEPS)

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = functional.cross_entropy(head(vectors), labels)
        value = value + DECAY * head.weight.square().sum()
        value.backward()
        return value

    optimizer.step(loss)


def _features(model: nn.Module, run: RunInfo, pixels: Tensor) -> Iterator[Tensor]:
    """Yield the target layer's output of images (N, 3, H, W), a batch at a time."""
    with explaining(model, run.spec), torch.no_grad():
        for start in range(0, len(pixels), BATCH):
            inputs = run.preparation.normalise(pixels[start : start + BATCH])
            inputs = inputs.contiguous(memory_format=torch.channels_last)
            yield pass_to(model, inputs, run.spec).float()


def _pool(
    model: nn.Module, run: RunInfo, samples: Sequence[Sample], report: Progress
) -> tuple[Tensor, Tensor]:
    """Return the target layer's averages of images (N, C), and their classes (N,)."""
    averages, labels = [], []
    for start in range(0, len(samples), BATCH):
        pixels = []
        for sample in samples[start : start + BATCH]:
            try:
                pixels.append(run.preparation.geometry.fit(load_image(sample)))
            except UnreadableImage:
                continue
            labels.append(sample.label)
        if pixels:
            averages += [seen.mean((2, 3)) for seen in _features(model, run, torch.stack(pixels))]
        report(min(1.0, (start + BATCH) / len(samples)), "reading training images")
    if not averages:
        raise UserError(f"None of the {len(samples)} training images can be read.")
    return torch.cat(averages), torch.tensor(labels)


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
            apart = measure(model, counterfactual, run.preparation, logits_at=at)
            if apart:
                metrics["counterfactual_accuracy"] = apart.accuracy
                metrics["counterfactual_images"] = float(len(apart.true))
        recorder.send(1, validated, metrics, last=True)
    finish(delivery, run_id, 1)
    return run_id

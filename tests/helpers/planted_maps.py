"""Runs whose maps and predictions are planted: what a page must say of them is known."""

from collections.abc import Sequence

import numpy as np

from pipelines.training.request import Request
from pipelines.training.run import train
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.measures.focus import coverage, focus
from saliencnn.store.checkpoints import kept_epochs
from saliencnn.store.connection import Store
from saliencnn.store.epochs import PREDICTION, read_class_maps, write_epoch
from saliencnn.store.images import read_index, read_region
from saliencnn.store.maptable import MapTable, pack_maps, row_type
from saliencnn.store.runs import RunInfo, read_run

DATA = "planted:train=16,validation=64,counterfactual=0,size=48,seed=91"
METHODS = ("cam", "gradcam", "smoothgradcampp")


def plant_run(
    store: Store,
    name: str,
    course: Sequence[float],
    taken: tuple[int, int, int] | None = None,
) -> RunInfo:
    """Train one epoch, and write further ones in which each map has a given focus.

    Args:
        store: where.
        name: of the run.
        course: focus of every map at the epochs 2, 3, ...
        taken: (true, predicted, count): so many images of a class are taken for another one;
            everything else is recognized, with a confidence of (epoch % 50 + 50) %.
    """
    request = Request(
        DATA, image_size=48, name=name, hyperparameters=Hyperparameters(epochs=1, batch_size=16)
    )
    run = read_run(store, train(store, request))
    index = read_index(store, run.images_id)
    labels = np.array(index.labels)
    predicted = labels.copy()
    if taken is not None:
        true, other, count = taken
        predicted[np.flatnonzero(labels == true)[:count]] = other
    regions = [
        read_region(store, run.images_id, index, image, "object") for image in range(len(labels))
    ]
    model_id = kept_epochs(store, run.run_id)[1]
    height, width = read_class_maps(store, run.run_id, [1], 0)[1][0].rows["maps"].shape[2:]
    for epoch, wanted in enumerate(course, start=2):
        confidence = (epoch % 50 + 50) / 100
        predictions = np.zeros(len(labels), PREDICTION)
        predictions["image"], predictions["true"] = np.arange(len(labels)), labels
        predictions["predicted"], predictions["confidence"] = predicted, confidence
        targets = [(image, label) for image, label in enumerate(labels)]
        targets += [(i, predicted[i]) for i in np.flatnonzero(predicted != labels)]
        rows = np.zeros(len(targets), row_type(len(METHODS), height, width))
        for row, (image, target) in zip(rows, targets, strict=True):
            covered = coverage(regions[image][None], height, width)
            one = _map(covered[0], wanted)
            row["image"], row["true"], row["target"] = image, labels[image], target
            row["predicted"], row["confidence"] = predicted[image], confidence
            row["focus"], row["head_focus"] = focus(one[None], covered)[0], np.nan
            maps = np.stack([one] * len(METHODS))[None]
            pack_maps(row.reshape(1), maps)
        write_epoch(
            store,
            run.run_id,
            epoch,
            classes=index.classes,
            predictions=predictions,
            tables={"maps.npy": MapTable(METHODS, rows)},
            metrics={"val_accuracy": float((predicted == labels).mean()), "focus": wanted},
            model_id=model_id,
        )
    return read_run(store, run.run_id)


def _map(covered: np.ndarray, wanted: float) -> np.ndarray:
    """Return a map with a fraction of its energy on the object, the rest beside it."""
    inside = covered * (covered >= 0.9 * covered.max())
    outside = (covered == 0).astype(float)
    highest = (inside * covered).sum() / inside.sum()
    weight = wanted / highest
    assert weight <= 1, "the object is too small for this focus"
    mixed = weight * inside / inside.sum() + (1 - weight) * outside / outside.sum()
    found: np.ndarray = mixed.astype(np.float32)
    return found

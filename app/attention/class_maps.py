"""The maps of all images of a class: of evaluated networks and of training runs."""

from collections.abc import Sequence

import numpy as np

from app.parts.obtaining import obtain_maps
from app.reads import stored_evaluations, stored_images, stored_runs
from app.reads.stored_class import look_up_focus
from pipelines.comparison.class_maps import ClassMaps, gather_maps, measure_focus, request_maps
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.maptable import unpack_maps
from saliencnn.store.runs import RunInfo


def read_run_maps(store: Store, run: RunInfo, epoch: int, target: int, method: str) -> ClassMaps:
    """Return the logged maps of an epoch: images of the class and its false positives."""
    tables = stored_runs.epoch_maps(store, run.run_id, epoch, target)
    table = next(table for table in tables if method in table.methods)
    rows = table.rows
    maps = unpack_maps(rows)[:, table.methods.index(method)]
    image, true, predicted = (rows[name].astype(int) for name in ("image", "true", "predicted"))
    return ClassMaps(run.images_id, image, true, predicted, rows["confidence"], maps)


def read_own_maps(
    store: Store, run: RunInfo, epoch: int, images: np.ndarray, method: str
) -> ClassMaps:
    """Return the logged maps of some images at an epoch, each of its own class."""
    labels = stored_images.image_index(store, run.images_id).labels[images]
    parts = []
    for target in np.unique(labels).tolist():
        found = read_run_maps(store, run, epoch, target, method)
        parts.append(found.of(np.isin(found.images, images[labels == target])))
    arrays = ("images", "true", "predicted", "confidence", "maps")
    joined = (np.concatenate([getattr(one, name) for one in parts]) for name in arrays)
    return ClassMaps(run.images_id, *joined)


def read_said_focus(
    store: Store, run: RunInfo, epoch: int, of_class: ClassMaps, method: str
) -> np.ndarray:
    """Return the focus of the images' maps of the classes that a run says, float (N,).

    NaN where training did not log it, or nobody knows where the object is.
    """
    focus = np.full(len(of_class), np.nan)
    for said in np.unique(of_class.predicted).tolist():
        own = of_class.predicted == said
        tables = stored_runs.epoch_maps(store, run.run_id, epoch, said)
        focus[own] = look_up_focus(tables, of_class.images[own], method)
    return focus


def logged_methods(store: Store, run: RunInfo, epoch: int, target: int) -> list[str]:
    """Return the methods whose maps training logged at an epoch."""
    tables = stored_runs.epoch_maps(store, run.run_id, epoch, target)
    return [method for table in tables for method in table.methods]


def read_evaluation_maps(
    store: Store, infos: Sequence[EvaluationInfo], images: np.ndarray, method: str
) -> list[ClassMaps]:
    """Return each network's maps of the same images, each of its class; NaN where not computed."""
    labels = stored_images.image_index(store, infos[0].images_id).labels
    maps = obtain_maps(store, request_maps(infos, images, labels), [method])
    tables = {one.run_id: stored_evaluations.predictions(store, one.run_id) for one in infos}
    return gather_maps(infos, images, maps, tables, method)


def focus_of(store: Store, class_maps: ClassMaps) -> np.ndarray:
    """Return the fraction of each map's energy on the object, float (N,); NaN where unknown."""
    images_id = class_maps.images_id
    return measure_focus(
        class_maps, lambda one: stored_images.region(store, images_id, one, "object")
    )

"""The maps of all images of a class: of evaluated networks and of training runs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.parts.obtaining import obtain_maps
from app.reads import stored_evaluations, stored_images, stored_runs
from saliencnn.maps.requests import MapRequest
from saliencnn.measures.energy import is_constant
from saliencnn.measures.focus import coverage, focus
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.maptable import unpack_maps
from saliencnn.store.runs import RunInfo


@dataclass(frozen=True, eq=False)
class ClassMaps:
    """Images with their maps for one target class.

    Attributes:
        images_id: id of the images in the store.
        images: int (N,), positions in their index.
        true: int (N,).
        predicted: int (N,).
        confidence: float (N,), of the prediction, 0 to 1.
        maps: float32 (N, h, w), raw; NaN where a map was not computed.
    """

    images_id: str
    images: np.ndarray
    true: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray
    maps: np.ndarray

    @property
    def correct(self) -> np.ndarray:
        """Which images the network classifies correctly, bool (N,)."""
        return self.predicted == self.true

    def name_mistakes(self, classes: Sequence[str]) -> list[tuple[str, str]]:
        """Return the class and the prediction of each missed image, by the classes' names."""
        missed = self.of(~self.correct)
        pairs = zip(missed.true.tolist(), missed.predicted.tolist(), strict=True)
        return [(classes[true], classes[predicted]) for true, predicted in pairs]

    def of(self, chosen: np.ndarray) -> "ClassMaps":
        """Return the images that a mask or positions choose."""
        arrays = (self.images, self.true, self.predicted, self.confidence, self.maps)
        return ClassMaps(self.images_id, *(array[chosen] for array in arrays))

    def __len__(self) -> int:
        return len(self.images)


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


def logged_methods(store: Store, run: RunInfo, epoch: int, target: int) -> list[str]:
    """Return the methods whose maps training logged at an epoch."""
    tables = stored_runs.epoch_maps(store, run.run_id, epoch, target)
    return [method for table in tables for method in table.methods]


def read_evaluation_maps(
    store: Store, infos: Sequence[EvaluationInfo], images: np.ndarray, method: str
) -> list[ClassMaps]:
    """Return each network's maps of the same images, each of its class; NaN where not computed."""
    labels = stored_images.image_index(store, infos[0].images_id).labels
    requests = [
        MapRequest(info, int(image), int(labels[image])) for info in infos for image in images
    ]
    maps = obtain_maps(store, requests, [method])
    class_maps = []
    for number, info in enumerate(infos):
        places = range(number * len(images), (number + 1) * len(images))
        known = [maps.get((place, method)) for place in places]
        shape = next((one.shape for one in known if one is not None), (1, 1))
        unknown = np.full(shape, np.nan, np.float32)
        stack = np.stack([unknown if one is None else one for one in known])
        rows = stored_evaluations.predictions(store, info.run_id).iloc[images]
        true, predicted = rows["true"].to_numpy(), rows["class_1"].to_numpy()
        confidence = rows["confidence_1"].to_numpy()
        class_maps.append(ClassMaps(info.images_id, images, true, predicted, confidence, stack))
    return class_maps


def measure_focus(store: Store, class_maps: ClassMaps) -> np.ndarray:
    """Return the fraction of each map's energy on the object, float (N,); NaN where unknown."""
    found = np.full(len(class_maps), np.nan)
    for place, image in enumerate(class_maps.images):
        region = stored_images.region(store, class_maps.images_id, int(image), "object")
        saliency = class_maps.maps[place][None]
        if region is not None and not is_constant(saliency)[0]:
            found[place] = focus(saliency, coverage(region[None], *saliency.shape[1:]))[0]
    return found

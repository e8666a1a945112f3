"""What a network looks at in all images of a class: of evaluated networks and training runs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.parts.obtaining import obtain_maps
from app.reads import stored_evaluations, stored_runs
from saliencnn.maps.requests import MapRequest
from saliencnn.measures.energy import is_constant
from saliencnn.measures.focus import coverage, focus
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.maptable import unpack_maps
from saliencnn.store.runs import RunInfo

MOST = 96
"""Images of a class that are looked at; of more, evenly chosen ones."""


@dataclass(frozen=True, eq=False)
class ClassMaps:
    """Images scored as one class, and where the score came from.

    Attributes:
        images_id: id under which the store keeps them.
        images: int (N,), positions in their index.
        true: int (N,).
        predicted: int (N,).
        confidence: float (N,), of the prediction.
        maps: float32 (N, h, w), raw; the class explained is the same for all.
    """

    images_id: str
    images: np.ndarray
    true: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray
    maps: np.ndarray

    @property
    def correct(self) -> np.ndarray:
        """Which images the network classified rightly, bool (N,)."""
        return self.predicted == self.true

    def of(self, chosen: np.ndarray) -> "ClassMaps":
        """Return those of the images that a mask or positions choose."""
        arrays = (self.images, self.true, self.predicted, self.confidence, self.maps)
        return ClassMaps(self.images_id, *(array[chosen] for array in arrays))

    def __len__(self) -> int:
        return len(self.images)


def read_run_maps(store: Store, run: RunInfo, epoch: int, target: int, method: str) -> ClassMaps:
    """Return what training logged at an epoch: images of the class and those taken for it."""
    tables = stored_runs.class_maps(store, run.run_id, run.epoch, target)[epoch]
    table = next(table for table in tables if method in table.methods)
    rows = table.rows
    maps = unpack_maps(rows)[:, table.methods.index(method)]
    image, true, predicted = (rows[name].astype(int) for name in ("image", "true", "predicted"))
    return ClassMaps(run.images_id, image, true, predicted, rows["confidence"], maps)


def logged_methods(store: Store, run: RunInfo, epoch: int, target: int) -> list[str]:
    """Return the methods whose maps training logged at an epoch."""
    tables = stored_runs.class_maps(store, run.run_id, run.epoch, target)[epoch]
    return [method for table in tables for method in table.methods]


def images_of(store: Store, info: EvaluationInfo, target: int, most: int = MOST) -> np.ndarray:
    """Return the images of a class, or evenly chosen ones of too many, int (N,)."""
    known = stored_evaluations.predictions(store, info.run_id)
    images = known["image"].to_numpy()[known["true"].to_numpy() == target]
    if len(images) <= most:
        return images
    return images[np.linspace(0, len(images) - 1, most).round().astype(int)]


def read_evaluation_maps(
    store: Store, infos: Sequence[EvaluationInfo], images: np.ndarray, target: int, method: str
) -> list[ClassMaps]:
    """Return what each network looks at in the same images; maps not computed are NaN."""
    requests = [MapRequest(info, int(image), target) for info in infos for image in images]
    maps = obtain_maps(store, requests, [method])
    class_maps = []
    for number, info in enumerate(infos):
        places = range(number * len(images), (number + 1) * len(images))
        known = [maps.get((place, method)) for place in places]
        shape = next((one.shape for one in known if one is not None), (1, 1))
        empty = np.full(shape, np.nan, np.float32)
        stack = np.stack([empty if one is None else one for one in known])
        rows = stored_evaluations.predictions(store, info.run_id).iloc[images]
        true, said, sure = (rows[n].to_numpy() for n in ("true", "class_1", "confidence_1"))
        class_maps.append(ClassMaps(info.images_id, images, true, said, sure, stack))
    return class_maps


def measure_focus(store: Store, class_maps: ClassMaps) -> np.ndarray:
    """Return the share of each map's energy on the object, float (N,); NaN where unknown."""
    found = np.full(len(class_maps), np.nan)
    for place, image in enumerate(class_maps.images):
        region = stored_runs.region(store, class_maps.images_id, int(image), "object")
        saliency = class_maps.maps[place][None]
        if region is not None and not is_constant(saliency)[0]:
            found[place] = focus(saliency, coverage(region[None], *saliency.shape[1:]))[0]
    return found

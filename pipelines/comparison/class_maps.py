"""The maps of all images of a class, and numbers of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np
import pandas as pd

from saliencnn.drawing.heat import rescale
from saliencnn.findings.telling import BORDER, FOCUS
from saliencnn.maps.requests import MapRequest, Maps
from saliencnn.measures.energy import is_constant, is_empty
from saliencnn.measures.focus import coverage, focus
from saliencnn.measures.map_clusters import border_energy
from saliencnn.measures.map_measures import region_size, total_variation
from saliencnn.store.evaluation_records import EvaluationInfo


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

    @cached_property
    def digest(self) -> bytes:
        """What tells it from all others: a hash of the images' id and of every array."""
        arrays = (self.images, self.true, self.predicted, self.confidence, self.maps)
        return sha256(
            b"".join((self.images_id.encode(), *(one.tobytes() for one in arrays)))
        ).digest()

    def name_mistakes(self, classes: Sequence[str]) -> list[tuple[str, str]]:
        """Return the class and the prediction of each missed image, by the classes' names."""
        missed = self.of(~self.correct)
        pairs = zip(missed.true.tolist(), missed.predicted.tolist(), strict=True)
        return [(classes[true], classes[predicted]) for true, predicted in pairs]

    def of(self, chosen: np.ndarray) -> "ClassMaps":
        """Return the images that a mask or positions choose."""
        arrays = (self.images, self.true, self.predicted, self.confidence, self.maps)
        return ClassMaps(self.images_id, *(array[chosen] for array in arrays))

    def at(self, images: np.ndarray) -> "ClassMaps":
        """Return images that are among them, in the order in which they are given."""
        order = np.argsort(self.images)
        return self.of(order[np.searchsorted(self.images, images, sorter=order)])

    def __len__(self) -> int:
        return len(self.images)


def request_maps(
    infos: Sequence[EvaluationInfo], images: np.ndarray, labels: np.ndarray
) -> list[MapRequest]:
    """Return what to compute for each network's maps of the same images, each of its class.

    Args:
        infos: the networks.
        images: int (N,), positions in the images' index.
        labels: int, the class of each image of the index.
    """
    return [MapRequest(info, int(image), int(labels[image])) for info in infos for image in images]


def gather_maps(
    infos: Sequence[EvaluationInfo],
    images: np.ndarray,
    maps: Maps,
    tables: Mapping[str, pd.DataFrame],
    method: str,
) -> list[ClassMaps]:
    """Return what ``request_maps`` asks for, a network after the other; NaN where not computed.

    Args:
        infos: the networks.
        images: int (N,), positions in the images' index.
        maps: the answer.
        tables: evaluation's id -> its predictions.
        method: explains the images.
    """
    class_maps = []
    for number, info in enumerate(infos):
        places = range(number * len(images), (number + 1) * len(images))
        known = [maps.get((place, method)) for place in places]
        shape = next((one.shape for one in known if one is not None), (1, 1))
        unknown = np.full(shape, np.nan, np.float32)
        stack = np.stack([unknown if one is None else one for one in known])
        rows = tables[info.run_id].iloc[images]
        true, predicted = rows["true"].to_numpy(), rows["class_1"].to_numpy()
        confidence = rows["confidence_1"].to_numpy()
        class_maps.append(ClassMaps(info.images_id, images, true, predicted, confidence, stack))
    return class_maps


def measure_focus(
    class_maps: ClassMaps, region_of: Callable[[int], np.ndarray | None]
) -> np.ndarray:
    """Return the fraction of each map's energy on the object, float (N,); NaN where unknown.

    Args:
        class_maps: the images and their maps.
        region_of: returns an image's object, bool (H, W), or None where its place is unknown.
    """
    found = np.full(len(class_maps), np.nan)
    for place, image in enumerate(class_maps.images.tolist()):
        region, saliency = region_of(image), class_maps.maps[place][None]
        if region is not None and not is_constant(saliency)[0]:
            found[place] = focus(saliency, coverage(region[None], *saliency.shape[1:]))[0]
    return found


def measure_maps(
    class_maps: ClassMaps, focus: np.ndarray, threshold: float
) -> dict[str, np.ndarray]:
    """Return the ``NUMBERS`` of each map, float (N,); NaN for an empty map.

    Of where a map lies the focus tells, or its fraction near the border where no object's place is
    known. A number that no map has is left out.

    Args:
        class_maps: the maps.
        focus: float (N,), see ``measure_focus``.
        threshold: fraction of a map's maximum from which on a cell belongs to its region.
    """
    empty = is_empty(class_maps.maps)
    scaled = rescale(class_maps.maps, jointly=False)
    sizes = np.array([region_size(map01, threshold) for map01 in scaled], np.float64)
    known = np.isfinite(focus).any()
    found = {
        "region size": np.where(empty, np.nan, sizes),
        "total variation": np.where(empty, np.nan, total_variation(class_maps.maps)),
        **({FOCUS: focus} if known else {BORDER: border_energy(class_maps.maps)}),
    }
    return {name: values for name, values in found.items() if np.isfinite(values).any()}

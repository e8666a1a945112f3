"""The rows of the explanation table: who is asked about which image, and what is known of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.attention.numbers import region_size
from app.compare.task import Task
from app.drawing.thumbnails import contour_image, image_image, overlay_image
from app.parts.widgets import STANDINGS
from app.reads import stored_evaluations, stored_runs
from saliencnn.drawing.heat import rescale
from saliencnn.maps.requests import MapRequest, Maps
from saliencnn.measures.energy import is_empty
from saliencnn.measures.focus import coverage, focus
from saliencnn.saliency import METHODS
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import EvaluationInfo

MAX_IMAGES = 24
"""Images of a class that one table shows."""
CELL = 104
"""Pixels of an image in the table."""


@dataclass(frozen=True, eq=False)
class Row:
    """One line of the table.

    Attributes:
        request: who is asked about what.
        image: name of the image.
        true: the image's class.
        predicted: what the network says.
        confidence: how sure it is of that, 0 to 1.
        target_confidence: how sure it is of the class explained; NaN if that is neither the
            true class nor among its five likeliest.
        accuracy: of the network on all images, 0 to 1.
        class_accuracy: of the network on those of the class explained; NaN without any.
        standing: how the run stands that the network comes from: ``accepted``, ``rejected`` or "".
    """

    request: MapRequest
    image: str
    true: int
    predicted: int
    confidence: float
    target_confidence: float
    accuracy: float
    class_accuracy: float
    standing: str = ""

    @property
    def correct(self) -> bool:
        """Whether the network is right."""
        return self.predicted == self.true


def rows_of(store: Store, task: Task) -> list[Row]:
    """Return a complete task's rows; classes without images have none.

    One model's many classes are shown by one image each: of those that it recognises the one
    it is surest of, else the first.
    """
    infos = [stored_evaluations.evaluation(store, run_id) for run_id in task.models]
    standings = stored_evaluations.standings(store, infos)

    def row(info: EvaluationInfo, image: int, target: int) -> Row:
        return _row(store, MapRequest(info, image, target), standings[info.run_id])

    if task.kind == "image":
        image = task.image or 0
        index = stored_runs.image_index(store, infos[0].images_id)
        target = task.classes[0] if task.classes else int(index.labels[image])
        return [row(info, image, target) for info in infos]
    info = infos[0]
    known = stored_evaluations.predictions(store, info.run_id)
    if task.kind == "classes":
        chosen = ((representative_image(known, target), target) for target in task.classes)
        return [row(info, i, t) for i, t in chosen if i is not None]
    target = task.classes[0]
    images = known["image"][known["true"] == target]
    return [row(info, int(image), target) for image in images]


def representative_image(known: pd.DataFrame, target: int) -> int | None:
    """Return an image of a class: the one recognised most surely, else the first, if any."""
    of_class = known[known["true"] == target]
    right = of_class[of_class["class_1"] == target]
    if len(right):
        return int(right["image"].iloc[int(right["confidence_1"].argmax())])
    return int(of_class["image"].iloc[0]) if len(of_class) else None


def _row(store: Store, request: MapRequest, standing: str) -> Row:
    info, target = request.info, request.target
    index = stored_runs.image_index(store, info.images_id)
    known = stored_evaluations.predictions(store, info.run_id).iloc[request.image]
    accuracy = stored_evaluations.by_class(store, info.run_id)["accuracy"]
    likeliest = {int(known[f"class_{n}"]): float(known[f"confidence_{n}"]) for n in range(5, 0, -1)}
    sure = known["true_confidence"] if known["true"] == target else likeliest.get(target, np.nan)
    return Row(
        request,
        index.names[request.image],
        int(known["true"]),
        int(known["class_1"]),
        float(known["confidence_1"]),
        float(sure),
        info.metrics.get("top1", np.nan),
        float(accuracy.iloc[target]),
        standing,
    )


def describe(rows: Sequence[Row], classes: Sequence[str]) -> pd.DataFrame:
    """Return what is known of the rows without maps, one column a fact; verdicts if any."""
    judged = {"verdict": [STANDINGS[row.standing] for row in rows]}
    return pd.DataFrame(
        {
            "model": [row.request.info.model for row in rows],
            **(judged if any(row.standing for row in rows) else {}),
            "image": [row.image for row in rows],
            "true class": [classes[row.true] for row in rows],
            "predicted class": [classes[row.predicted] for row in rows],
            "right": ["✓" if row.correct else "✗" for row in rows],
            "confidence": [row.confidence for row in rows],
            "explained class": [classes[row.request.target] for row in rows],
            "confidence in it": [row.target_confidence for row in rows],
            "overall accuracy": [row.accuracy for row in rows],
            "class accuracy": [row.class_accuracy for row in rows],
        }
    )


def describe_maps(
    store: Store, rows: Sequence[Row], maps: Maps, methods: Sequence[str], threshold: float
) -> pd.DataFrame:
    """Return each method's ROI size, focus, contour plot and overlay, a column each.

    A map that was not computed has no cells; one that points nowhere has the bare image as its
    overlay and nothing else.
    """
    columns: dict[str, list[object]] = {}
    images = _images_of(store, rows)
    for method in methods:
        cells = [
            _cells(store, row, image, maps.get((place, method)), threshold)
            for place, (row, image) in enumerate(zip(rows, images, strict=True))
        ]
        for name in ("ROI size", "focus", "contours", "overlay"):
            values = [cell.get(name) for cell in cells]
            if name != "focus" or any(value is not None for value in values):
                columns[f"{METHODS[method].label} {name}"] = values
    return pd.DataFrame(columns)


def _images_of(store: Store, rows: Sequence[Row]) -> list[np.ndarray]:
    """Return each row's image; networks see the same one in different ways."""
    wanted: dict[str, list[int]] = {}
    for row in rows:
        wanted.setdefault(row.request.info.images_id, []).append(row.request.image)
    found = {
        pixels: iter(stored_runs.read_images(store, pixels, images))
        for pixels, images in wanted.items()
    }
    return [next(found[row.request.info.images_id]) for row in rows]


def _cells(
    store: Store, row: Row, image: np.ndarray, saliency: np.ndarray | None, threshold: float
) -> Mapping[str, object]:
    if saliency is None:
        return {}
    if is_empty(saliency[None])[0]:
        return {"overlay": image_image(image, CELL)}
    request = row.request
    map01 = rescale(saliency[None], jointly=False)[0]
    cells: dict[str, object] = {
        "ROI size": region_size(map01, threshold),
        "contours": contour_image(image, map01, CELL, threshold),
        "overlay": overlay_image(image, map01, CELL, threshold),
    }
    region = stored_runs.region(store, request.info.images_id, request.image, "object")
    if region is not None:
        covered = coverage(region[None], *saliency.shape)
        cells["focus"] = float(focus(saliency[None], covered)[0])
    return cells


def format_empty(maps: Maps, methods: Sequence[str]) -> str:
    """Say how many of each method's maps point nowhere; nothing where none does."""
    counts = []
    for method in methods:
        own = [saliency for (_place, name), saliency in maps.items() if name == method]
        if lost := sum(bool(is_empty(saliency[None])[0]) for saliency in own):
            counts.append(f"{METHODS[method].label} ({lost} of {len(own)})")
    if not counts:
        return ""
    return (
        f"Maps that point nowhere, since they are flat or nowhere above zero: {', '.join(counts)}. "
        "They are drawn as the bare image."
    )

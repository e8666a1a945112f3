"""The rows of the explanation table: a network, an image, a target class, and the prediction."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.comparison.groups import Group
from pipelines.comparison.task import Task
from saliencnn.data.image_index import ImageIndex
from saliencnn.maps.requests import MapRequest
from saliencnn.store.evaluation_records import EvaluationInfo

MAX_IMAGES = 24
"""Images of a class that one table shows."""


@dataclass(frozen=True, eq=False)
class Evaluated:
    """What an evaluation stores about its images.

    Attributes:
        index: of the images.
        predictions: one row an image, see ``read_predictions``.
        by_class: numbers class by class, see ``read_by_class``.
    """

    index: ImageIndex
    predictions: pd.DataFrame
    by_class: pd.DataFrame


Read = Callable[[EvaluationInfo], Evaluated]
"""Reads what an evaluation stores; called more than once for the same."""


@dataclass(frozen=True, eq=False)
class Row:
    """One line of the table.

    Attributes:
        request: the network, the image and the target class.
        network: its name, which no other of the comparison has.
        image: name of the image.
        true: the image's class.
        predicted: the class that the network predicts.
        confidence: its probability, 0 to 1.
        target_confidence: probability of the target class, 0 to 1; NaN if that is neither the
            true class nor among the five likeliest.
        accuracy: of the network on all images, 0 to 1.
        class_accuracy: of the network on the target class's images; NaN without any.
        class_images: how many of them there are.
        like: how many images of the true class there are.
        right_on_like: on how many of them the network is right.
        standing: how the run stands that the network comes from: ``accepted``, ``rejected`` or "".
    """

    request: MapRequest
    network: str
    image: str
    true: int
    predicted: int
    confidence: float
    target_confidence: float
    accuracy: float
    class_accuracy: float
    class_images: int
    like: int
    right_on_like: int
    standing: str = ""

    @property
    def right_of_class(self) -> str:
        """How many of the target class's images the network gets right, in words; "" of none."""
        right = self.class_accuracy * self.class_images
        return f"{right:.0f} of {self.class_images}" if self.class_images else ""

    @property
    def correct(self) -> bool:
        """Whether the prediction is correct."""
        return self.predicted == self.true


def rows_of(task: Task, group: Group, read: Read) -> list[Row]:
    """Return a complete task's rows; classes without images have none.

    Each of many classes is shown by one image, see ``representative_image``.
    """
    infos = [group.info(run_id) for run_id in task.models]

    def row(info: EvaluationInfo, image: int, target: int) -> Row:
        return row_of(MapRequest(info, image, target), group, read)

    if task.kind == "image":
        image = task.image or 0
        labels = read(infos[0]).index.labels
        target = task.classes[0] if task.classes else int(labels[image])
        return [row(info, image, target) for info in infos]
    info = infos[0]
    known = read(info).predictions
    if task.kind == "classes":
        chosen = ((representative_image(known, target), target) for target in task.classes)
        return [row(info, i, t) for i, t in chosen if i is not None]
    target = task.classes[0]
    images = known["image"][known["true"] == target]
    return [row(info, int(image), target) for image in images]


def row_of(request: MapRequest, group: Group, read: Read) -> Row:
    """Return the row of one map: what its network says of its image."""
    run_id = request.info.run_id
    standing = group.standings.get(run_id, "")
    return _row(request, read(request.info), group.names[run_id], standing)


def representative_image(known: pd.DataFrame, target: int) -> int | None:
    """Return an image of a class: the correct one of highest confidence, else the first, if any.

    Args:
        known: predictions with the columns image, true, class_1 and confidence_1.
        target: the class.
    """
    of_class = known[known["true"] == target]
    correct = of_class[of_class["class_1"] == target]
    if len(correct):
        return int(correct["image"].iloc[int(correct["confidence_1"].argmax())])
    return int(of_class["image"].iloc[0]) if len(of_class) else None


def most_disputed(right: np.ndarray) -> int:
    """Return the image on which networks are most evenly right and wrong, the first of several.

    Args:
        right: bool (M, N), whether network m is right on image n.
    """
    count = right.sum(axis=0)
    return int(np.minimum(count, len(right) - count).argmax())


def _row(request: MapRequest, evaluated: Evaluated, network: str, standing: str) -> Row:
    info, target = request.info, request.target
    known = evaluated.predictions.iloc[request.image]
    accuracy = evaluated.by_class["accuracy"]
    true = int(known["true"])
    like = int(evaluated.by_class["images"].iloc[true])
    likeliest = {int(known[f"class_{n}"]): float(known[f"confidence_{n}"]) for n in range(5, 0, -1)}
    of_target = (
        known["true_confidence"] if known["true"] == target else likeliest.get(target, np.nan)
    )
    return Row(
        request,
        network,
        evaluated.index.names[request.image],
        true,
        int(known["class_1"]),
        float(known["confidence_1"]),
        float(of_target),
        info.metrics.get("top1", np.nan),
        float(accuracy.iloc[target]),
        int(evaluated.by_class["images"].iloc[target]),
        like,
        round(float(accuracy.iloc[true]) * like),
        standing,
    )

"""From finished parts to what the store keeps: a network's results, and a pack of images."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pipelines.evaluation.models import Candidate
from pipelines.evaluation.work import Workplace
from saliencnn.data.classset import ClassSet
from saliencnn.data.geometry import Geometry
from saliencnn.data.image_index import ImageIndex
from saliencnn.data.imageset import Sample
from saliencnn.measures.distance import ClassConfidences, class_distances, project_classes
from saliencnn.models.catalogue import count_multiply_adds, count_parameters
from saliencnn.store.evaluation_records import TOP, Results
from saliencnn.store.images import REGIONS


def gather_results(
    workplace: Workplace, candidate: Candidate, samples: Sequence[Sample], shards: int
) -> Results:
    """Put a network's parts together."""
    class_set = candidate.class_set
    confidences = ClassConfidences(len(class_set))
    columns: dict[str, list[np.ndarray]] = {}
    seconds = 0.0
    labels = np.array([sample.label for sample in samples], np.int64)
    for arrays in workplace.read(candidate.slug, shards):
        counts = np.bincount(labels[arrays["position"]], minlength=len(class_set))
        confidences.add_sums(arrays["present"], arrays["sums"], counts[arrays["present"]])
        for name in ("position", "classes", "confidences", "true_confidence"):
            columns.setdefault(name, []).append(arrays[name])
        seconds += float(arrays["seconds"])
    joined = {name: np.concatenate(arrays) for name, arrays in columns.items()}
    predictions = _tabulate(labels[joined["position"]], joined)
    by_class = _count_by_class(predictions, len(class_set))
    mean_confidence = confidences.mean()
    distances = class_distances(mean_confidence)
    metrics = {
        **_accuracies(predictions, class_set),
        "parameters": count_parameters(candidate.network),
        "multiply_adds": count_multiply_adds(candidate.network, candidate.preparation.shape),
        "images": len(predictions),
        "images_per_second": len(predictions) / seconds if seconds else 0.0,
    }
    projection = project_classes(distances)
    return Results(predictions, by_class, mean_confidence, distances, projection, metrics)


def gather_pack(
    workplace: Workplace,
    key: str,
    samples: Sequence[Sample],
    shards: int,
    name: str,
    class_set: ClassSet,
    geometry: Geometry,
) -> tuple[ImageIndex, Path, dict[str, bytes]]:
    """Write a geometry's images one after the other into a file beside its parts.

    Returns:
        The index, the file, and the masks as ``publish_pack`` takes them.
    """
    positions, lengths, boxes, masked = [], [], [], []
    masks = dict.fromkeys(REGIONS, b"")
    path = workplace.folder / key / "pictures.bin"
    with path.open("wb") as file:
        for arrays in workplace.read(key, shards):
            positions.append(arrays["position"])
            lengths.append(arrays["length"])
            boxes.append(arrays["boxes"])
            masked.append(arrays["masked"].reshape(-1, 2))
            masks = {one: own + arrays[f"{one}_masks"].tobytes() for one, own in masks.items()}
            file.write(arrays["bytes"].tobytes())
    readable = np.concatenate(positions)
    every, have_masks = np.concatenate(boxes), np.concatenate(masked)
    skipped = set(range(len(samples))) - set(readable.tolist())
    index = ImageIndex(
        name=name,
        classes=class_set.classes,
        size=geometry.size,
        names=tuple(samples[i].name for i in readable),
        labels=np.array([samples[i].label for i in readable], np.int64),
        offsets=np.concatenate([[0], np.cumsum(np.concatenate(lengths))]),
        object_boxes=every[:, 0],
        head_boxes=every[:, 1],
        skipped=tuple(samples[i].name for i in sorted(skipped)),
        width=geometry.width,
        object_masked=have_masks[:, 0],
        head_masked=have_masks[:, 1],
    )
    return index, path, masks


def _tabulate(true: np.ndarray, joined: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return ``read_predictions``'s table; unreadable images have no number there."""
    columns: dict[str, np.ndarray] = {
        "image": np.arange(len(true), dtype=np.int32),
        "true": true.astype(np.int16),
        "true_confidence": joined["true_confidence"],
    }
    for n in range(TOP):
        columns[f"class_{n + 1}"] = joined["classes"][:, n]
        columns[f"confidence_{n + 1}"] = joined["confidences"][:, n]
    return pd.DataFrame(columns)


def _hits(predictions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return which images are right at first, and among the first five."""
    true = predictions["true"].to_numpy()
    places = [predictions[f"class_{n + 1}"].to_numpy() == true for n in range(TOP)]
    return places[0], np.any(places, axis=0)


def _count_by_class(predictions: pd.DataFrame, classes: int) -> pd.DataFrame:
    true = predictions["true"].to_numpy()
    right, among = _hits(predictions)
    images = np.bincount(true, minlength=classes)
    columns = {
        "accuracy": right,
        "top5": among,
        "confidence": predictions["true_confidence"].to_numpy(),
    }
    known = np.where(images > 0, images, np.nan)
    means = {k: np.bincount(true, v, minlength=classes) / known for k, v in columns.items()}
    return pd.DataFrame({"images": images, **{k: v.astype(np.float32) for k, v in means.items()}})


def _accuracies(predictions: pd.DataFrame, class_set: ClassSet) -> dict[str, float]:
    right, among = _hits(predictions)
    numbers = {"top1": float(right.mean())}
    if len(class_set) > TOP:  # of five classes all are right
        numbers["top5"] = float(among.mean())
    if class_set.roots:
        roots = np.array(class_set.roots)[predictions["true"].to_numpy()]
        for root in np.unique(roots):
            numbers[f"root_{root.replace(' ', '_')}"] = float(right[roots == root].mean())
    return numbers

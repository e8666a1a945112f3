"""Stores with evaluations: real numbers of classifiers that are made up."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from saliencnn.data.classset import ClassSet
from saliencnn.data.encode import encode_png
from saliencnn.data.image_index import ImageIndex
from saliencnn.data.imagenet import ROOT_SPANS, imagenet_classes
from saliencnn.measures.distance import ClassConfidences, class_distances, project_classes
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_records import TOP, EvaluationFacts, Results
from saliencnn.store.evaluations import write_evaluation
from saliencnn.store.images import publish_pack

ROOTS = sorted({root for _, root in ROOT_SPANS})
MODELS = {
    "alexnet": (61_100_840, 714_188_480, 0.56),
    "squeezenet1_1": (1_235_496, 349_151_936, 0.58),
    "googlenet": (6_624_904, 1_498_365_952, 0.70),
    "resnet18": (11_689_512, 1_814_073_344, 0.70),
    "mobilenet_v2": (3_504_872, 300_774_272, 0.72),
    "resnet34": (21_797_672, 3_663_761_408, 0.73),
    "densenet121": (7_978_856, 2_834_161_664, 0.74),
    "resnet50": (25_557_032, 4_089_184_256, 0.76),
    "densenet201": (20_013_928, 4_291_365_888, 0.77),
    "resnet101": (44_549_160, 7_801_405_440, 0.77),
    "resnet152": (60_192_808, 11_513_626_624, 0.78),
    "shufflenet_v2_x1_0": (2_278_604, 144_906_592, 0.69),
    "squeezenet1_0": (1_248_424, 818_925_344, 0.58),
}
"""Parameters, multiply-adds of one image, and about how often each is right."""


def some_classes(count: int, roots: bool = True) -> ClassSet:
    """Return every so-manieth class of ImageNet."""
    full = imagenet_classes()
    chosen = np.linspace(0, len(full) - 1, count).astype(int)
    return ClassSet(
        "imagenet",
        tuple(full.classes[i] for i in chosen),
        tuple(full.wnids[i] for i in chosen),
        tuple(full.roots[i] for i in chosen) if roots else (),
    )


def publish_noise(store: Store, class_set: ClassSet, labels: np.ndarray, name: str) -> str:
    """Publish a pack of small images of noise with the given labels, ascending."""
    rng = np.random.default_rng(0)
    kinds = [encode_png(p) for p in rng.integers(0, 256, (8, 32, 32, 3), np.uint8)]
    encoded = [kinds[i % 8] for i in range(len(labels))]
    boxes = np.full((len(labels), 4), np.nan, np.float32)
    index = ImageIndex(
        name, class_set.classes, 32, tuple(f"{i:05d}.png" for i in range(len(labels))), labels,
        np.cumsum([0, *map(len, encoded)]), boxes, boxes, (),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pictures.bin"
        path.write_bytes(b"".join(encoded))
        originals = [f"{i:064x}" for i in range(len(labels))]
        return publish_pack(store, f"{name}-pack", index, path, originals)


def synthesise(
    store: Store,
    models: int = 4,
    class_set: ClassSet | None = None,
    each: int = 5,
    without: int = 1,
    name: str = "noise",
    trained_run: str = "",
) -> list[str]:
    """Write evaluations of made-up classifiers and return their ids.

    Args:
        store: where.
        models: how many, of ``MODELS``.
        class_set: by default 40 of ImageNet's classes, with roots.
        each: images of each class.
        without: so many classes, the last ones, have no image.
        name: of the image set.
        trained_run: id of the run that all of them came from.
    """
    class_set = class_set or some_classes(40)
    count = len(class_set)
    labels = np.repeat(np.arange(count - without), each)
    images = publish_noise(store, class_set, labels, name)
    facts = EvaluationFacts(
        model="", arch="", model_digest="", image_set=name, images=f"{name}-images",
        images_id=images, class_set=class_set.digest, input_size=224, resize=256,
        mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25),
        trained_run=trained_run, trained_epoch=1 if trained_run else 0,
    )  # fmt: skip
    written = []
    for number, (model, (parameters, adds, right)) in enumerate(list(MODELS.items())[:models]):
        scores = _score(np.random.default_rng(number), class_set, labels, right)
        results = _gather(class_set, labels, scores)
        metrics = {**results.metrics, "parameters": parameters, "multiply_adds": adds}
        digest = f"{model}-{name}".ljust(64, "0")
        of = replace(facts, model=model, arch=model, model_digest=digest)
        written.append(
            write_evaluation(store, of, class_set, replace(results, metrics=metrics), None)
        )
    return written


def _score(
    rng: np.random.Generator, class_set: ClassSet, labels: np.ndarray, right: float
) -> np.ndarray:
    """Return confidences of a classifier that mixes up classes of one root, some more than others.

    About ``right`` of the images are classified rightly.
    """
    count = len(class_set)
    roots = np.array([ROOTS.index(r) for r in class_set.roots] or [0] * count)
    places = rng.normal(size=(count, 6)) + 3 * np.eye(8)[roots] @ rng.normal(size=(8, 6))
    hard = rng.uniform(0.2, 1.8, count)
    seen = places[labels] + hard[labels, None] * rng.normal(size=(len(labels), 6)) * (1.6 - right)
    logits = -((seen[:, None] - places[None]) ** 2).sum(axis=2)
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


def _gather(class_set: ClassSet, labels: np.ndarray, scores: np.ndarray) -> Results:
    count, top = len(class_set), min(TOP, len(class_set))
    order = np.argsort(-scores, axis=1)[:, :top]
    columns: dict[str, np.ndarray] = {
        "image": np.arange(len(labels), dtype=np.int32),
        "true": labels.astype(np.int16),
    }
    columns["true_confidence"] = scores[np.arange(len(labels)), labels].astype(np.float32)
    for n in range(top):
        columns[f"class_{n + 1}"] = order[:, n].astype(np.int16)
        columns[f"confidence_{n + 1}"] = np.take_along_axis(scores, order, 1)[:, n]
    right, among = order[:, 0] == labels, (order == labels[:, None]).any(axis=1)
    images = np.bincount(labels, minlength=count)
    known = np.where(images > 0, images, np.nan)
    by_class = pd.DataFrame({"images": images})
    for name, values in (
        ("accuracy", right),
        ("top5", among),
        ("confidence", columns["true_confidence"]),
    ):
        by_class[name] = np.bincount(labels, values, minlength=count) / known
    confidences = ClassConfidences(count)
    confidences.add(labels, scores)
    mean = confidences.mean()
    distances = class_distances(mean)
    metrics = {
        "top1": right.mean(), **({"top5": among.mean()} if count > TOP else {}),
        "images": len(labels), "images_per_second": 100.0,
    }  # fmt: skip
    roots = np.array(class_set.roots)
    for root in np.unique(roots[labels]) if class_set.roots else ():
        metrics[f"root_{root.replace(' ', '_')}"] = right[roots[labels] == root].mean()
    places = project_classes(distances)
    return Results(pd.DataFrame(columns), by_class, mean, distances, places, metrics)

"""What an evaluation costs beside the bare forward passes, and class distances beside a read."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from pipelines.evaluation.models import Candidate, open_models
from pipelines.evaluation.parts import BATCH, ShardJob
from pipelines.evaluation.run import Task, compute_here, evaluate
from pipelines.evaluation.work import Workplace
from saliencnn.data.imagenet import imagenet_classes
from saliencnn.data.labelled import read_labelled
from saliencnn.data.preparation import normalise
from saliencnn.measures.distance import ClassConfidences, class_distances
from saliencnn.models.folding import folded
from saliencnn.store.evaluations import read_evaluation
from tests.benchmarks.measure import paired
from tests.benchmarks.real import NETWORKS, data_folder
from tests.benchmarks.row import Row
from tests.helpers.stores import new_store

IMAGES = 320
SHARD = 160
PAIRS = 3
WHOLE, ACCURACY = "mobilenet_v2", 0.771
"""A network, and its accuracy on all images, as their own description gives it."""
PACKAGED = ("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2")
ROWS, CLASSES = 50_000, 1000


def run() -> Iterator[Row]:
    yield from _distances()
    folder = data_folder()
    if folder is None:
        print("SKIP  evaluation of real networks: SALIENCNN_TEST_DATA is not set")
        return
    with tempfile.TemporaryDirectory() as place:
        yield _evaluation(folder, Path(place))
        yield _accuracy(folder, Path(place))


def _distances() -> Iterator[Row]:
    rng = np.random.default_rng(0)
    scores = torch.from_numpy(rng.normal(0, 3, (ROWS, CLASSES)).astype(np.float32))
    labels = np.repeat(np.arange(CLASSES), ROWS // CLASSES)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "confidences.npy"
        np.save(path, scores.softmax(1).numpy())
        del scores
        confidences = np.load(path)

        def read() -> None:
            np.load(path)

        def summed() -> None:
            stream = ClassConfidences(CLASSES)
            stream.add(labels, confidences)
            class_distances(stream.mean())

        once, ours, ratio = paired(read, summed, 7)
    yield Row(
        f"class distances of {ROWS} x {CLASSES} confidences, in reads of their file",
        ratio,
        3,
        f"a read {once:.3f} s, distances {ours:.3f} s",
    )


def _evaluation(folder: Path, place: Path) -> Row:
    models = [f"{arch}@{folder / 'weights' / file}" for arch, file in NETWORKS.items()]
    store = new_store(place)
    candidates, failures = open_models(store, [*models, *PACKAGED], None)
    assert not failures
    found = read_labelled(str(folder / "imagenet-val"), imagenet_classes(), limit=IMAGES)
    packs = tuple(dict.fromkeys(c.preparation.geometry for c in candidates))
    shards = [
        ShardJob(n, start, found.samples[start : start + SHARD], tuple(candidates), packs)
        for n, start in enumerate(range(0, IMAGES, SHARD))
    ]
    batches = [_decoded(candidate) for candidate in candidates]

    def bare() -> None:
        with torch.inference_mode():
            for candidate, tensors in zip(candidates, batches, strict=True):
                with folded(candidate.network):  # the fastest pass there is, not the plain one
                    for _ in range(IMAGES // BATCH):
                        candidate.network(tensors)

    def evaluated() -> None:
        workplace = Workplace(place / f"work{time.monotonic_ns()}")
        for part in compute_here(shards):
            workplace.keep(part)

    forward, ours, ratio = paired(bare, evaluated, PAIRS)
    return Row(
        f"evaluating {len(candidates)} networks on {IMAGES} image files, in forward passes of "
        "the same folded networks",
        ratio,
        round(1 / 0.85, 3),
        f"forward passes on decoded tensors {forward:.2f} s, with decoding, packing and keeping "
        f"{ours:.2f} s",
    )


def _accuracy(folder: Path, place: Path) -> Row:
    store, images = new_store(place / "whole"), str(folder / "imagenet-val")
    model = f"{WHOLE}@{folder / 'weights' / NETWORKS[WHOLE]}"
    done = evaluate(store, Task([model], images, resize=None, work=place / "all"))
    found = read_evaluation(store, done.evaluated[0]).metrics
    return Row(
        f"accuracy of {WHOLE} on {found['images']:.0f} images, in points beside the described one",
        100 * abs(found["top1"] - ACCURACY),
        0.5,
        f"described {ACCURACY:.1%}, found {found['top1']:.1%}",
    )


def _decoded(candidate: Candidate) -> torch.Tensor:
    preparation = candidate.preparation
    size = preparation.geometry.size
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (BATCH, 3, size, size), dtype=torch.uint8, generator=generator)
    pixels = pixels.contiguous(memory_format=torch.channels_last)
    return normalise(pixels, preparation.mean, preparation.std)

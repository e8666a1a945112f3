"""A shard's work in parts: what each network found there, and its images packed.

A part is a name and arrays, so that a folder of .npz files can keep it and a cluster send it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pipelines.evaluation.models import Candidate
from pipelines.evaluation.prepared import PreparedImage, prepare_image
from saliencnn.data.geometry import Geometry
from saliencnn.data.imageset import Sample
from saliencnn.data.preparation import normalise
from saliencnn.measures.distance import sum_by_class
from saliencnn.models.catalogue import Preparation
from saliencnn.models.folding import folded
from saliencnn.models.outputs import read_logits
from saliencnn.store.evaluation_records import TOP
from saliencnn.store.images import REGIONS

BATCH = 32


@dataclass(frozen=True, eq=False)
class Part:
    """One piece of a shard's outcome.

    Attributes:
        key: ``Candidate.slug`` or ``Geometry.slug``.
        shard: number of the shard.
        arrays: what ``score`` or ``pack`` gave.
    """

    key: str
    shard: int
    arrays: dict[str, np.ndarray]


@dataclass(frozen=True)
class ShardJob:
    """What is still to do for a shard.

    Attributes:
        number: of the shard.
        start: position of its first image in the list of all.
        samples: its images.
        networks: those that have not scored it.
        packs: geometries in which its images are to be stored.
    """

    number: int
    start: int
    samples: tuple[Sample, ...]
    networks: tuple[Candidate, ...]
    packs: tuple[Geometry, ...]

    @property
    def geometries(self) -> tuple[Geometry, ...]:
        """Geometries in which its images are needed."""
        seen = (candidate.preparation.geometry for candidate in self.networks)
        return tuple(dict.fromkeys((*seen, *self.packs)))

    @property
    def kept(self) -> tuple[Geometry, ...]:
        """Geometries in which images are needed as the store keeps them.

        A run was validated on such images, and what it recorded of them is to come out again: JPEG
        moves the confidence in a photograph by up to 0.2 (243 birds, MobileNetV2).
        """
        trained = (one.preparation.geometry for one in self.networks if one.trained_run)
        return tuple(dict.fromkeys(trained))


class AtOnce(Executor):
    """Does what it is given before it answers, in the thread that asks: on small machines."""

    def submit(self, fn: Callable[..., Any], /, *given: Any, **named: Any) -> "Future[Any]":
        """Return what is done already."""
        done: Future[Any] = Future()
        done.set_result(fn(*given, **named))
        return done


def load_ahead(
    shards: Sequence[ShardJob], pool: Executor
) -> Iterator[tuple[ShardJob, list[PreparedImage]]]:
    """Yield shards with their readable images, while the pool already decodes the next one."""

    def start(job: ShardJob):  # type: ignore[no-untyped-def]
        wanted = job.geometries, job.packs, job.kept
        images = enumerate(job.samples, job.start)
        return [pool.submit(prepare_image, image, position, *wanted) for position, image in images]

    coming = start(shards[0]) if shards else []
    for i, job in enumerate(shards):
        current = coming
        coming = start(shards[i + 1]) if i + 1 < len(shards) else []
        fitted = [future.result() for future in current]
        current.clear()
        yield job, [image for image in fitted if image is not None]


def make_parts(job: ShardJob, images: Sequence[PreparedImage]) -> Iterator[Part]:
    """Pack a shard's images and let each network score them."""
    for geometry in job.packs:
        yield Part(geometry.slug, job.number, pack(images, geometry))
    prepared: dict[tuple[Preparation, bool], list[Tensor]] = {}
    for candidate in job.networks:
        form = candidate.preparation, bool(candidate.trained_run)
        if form not in prepared:
            device = next(candidate.network.parameters()).device
            prepared[form] = _prepare(images, *form, device)
        arrays = score(candidate, images, prepared[form])
        yield Part(candidate.slug, job.number, arrays)


def pack(images: Sequence[PreparedImage], geometry: Geometry) -> dict[str, np.ndarray]:
    """Return ``position`` (n,), ``length`` (n,), ``boxes`` (n, 2, 4) and all files' ``bytes``.

    And ``masked`` bool (n, 2), which have a mask of object and head, and the bits of these,
    ``object_masks`` and ``head_masks``.
    """
    packed = [image.packed[geometry] for image in images]
    bits = [[own for image in packed if (own := image.masks[n]) is not None] for n in range(2)]
    return {
        "position": _positions(images),
        "length": np.array([len(image.file) for image in packed], np.int64),
        "boxes": np.array([image.boxes for image in packed], np.float32).reshape(-1, 2, 4),
        "bytes": np.frombuffer(b"".join(image.file for image in packed), np.uint8),
        "masked": np.array([[m is not None for m in image.masks] for image in packed], bool),
        **{
            f"{region}_masks": np.concatenate(own) if own else np.empty(0, np.uint8)
            for region, own in zip(REGIONS, bits, strict=True)
        },
    }


def score(
    candidate: Candidate, images: Sequence[PreparedImage], batches: Sequence[Tensor]
) -> dict[str, np.ndarray]:
    """Return what a network says to n images.

    Returns:
        ``position`` (n,), ``classes`` (n, 5) and ``confidences`` (n, 5), the best first and -1
        and NaN where there are fewer classes, ``true_confidence`` (n,); ``present`` (k,) and
        ``sums`` (k, classes) as ``sum_by_class`` gives them; ``seconds`` of the forward passes.
    """
    labels = np.array([image.label for image in images], np.int64)
    count, classes = len(images), len(candidate.class_set)
    with torch.inference_mode(), folded(candidate.network):
        started = time.perf_counter()
        outputs = [candidate.network(batch) for batch in batches]
        scores = [read_logits(one, candidate.spec.logits).float() for one in outputs]
        confidences = torch.cat(scores).softmax(1).cpu() if scores else torch.empty(0, classes)
        seconds = time.perf_counter() - started
    best = confidences.topk(min(TOP, classes), dim=1)
    top = np.full((count, TOP), -1, np.int16)
    top_confidences = np.full((count, TOP), np.nan, np.float32)
    top[:, : best.indices.shape[1]] = best.indices.numpy()
    top_confidences[:, : best.values.shape[1]] = best.values.numpy()
    every = confidences.numpy()
    present, sums = sum_by_class(labels, every)
    return {
        "position": _positions(images),
        "classes": top,
        "confidences": top_confidences,
        "true_confidence": every[np.arange(count), labels],
        "present": present,
        "sums": sums,
        "seconds": np.array(seconds),
    }


def _positions(images: Sequence[PreparedImage]) -> np.ndarray:
    return np.array([image.position for image in images], np.int64)


def _prepare(
    images: Sequence[PreparedImage], preparation: Preparation, kept: bool, device: torch.device
) -> list[Tensor]:
    batches, geometry = [], preparation.geometry
    for start in range(0, len(images), BATCH):
        some = images[start : start + BATCH]
        pixels = torch.stack([(i.kept if kept else i.pixels)[geometry] for i in some])
        pixels = pixels.to(device).contiguous(memory_format=torch.channels_last)
        batches.append(normalise(pixels, preparation.mean, preparation.std))
    return batches

"""Guidance on planted birds: ``python -m tests.benchmarks.guidance [SEEDS]`` prints a table.

The sticker tells the class in 98 of 100 training images, and always a wrong one where it is broken;
no augmentation changes it. Regions are bounding boxes unless a row says otherwise.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
import torch

from pipelines.training.epoch import learn_epoch
from pipelines.training.optimizer import make_optimizer
from saliencnn.common.hyperparameters import BOTH, EVIDENCE, INSIDE, UNGUIDED, Hyperparameters
from saliencnn.data.geometry import validation_geometry
from saliencnn.data.imageset import Box, ImageSet, Sample
from saliencnn.data.planted import render_planted
from saliencnn.data.preparation import Preparation
from saliencnn.models.architectures import find_architecture
from saliencnn.recording.apart import measure

SIZE = 96
PREPARATION = Preparation(validation_geometry(SIZE))


@dataclass(frozen=True)
class Kind:
    """A row of the table.

    Attributes:
        title: what it is.
        guidance: hyperparameter.
        every: one training image in so many has its box.
        masks: whether masks stand for boxes.
    """

    title: str
    guidance: str
    every: int = 1
    masks: bool = False


KINDS = (
    Kind("none", UNGUIDED),
    Kind("inside", INSIDE),
    Kind("evidence", EVIDENCE),
    Kind("both", BOTH),
    Kind("both, masks", BOTH, masks=True),
    Kind("both, a box for one image in five", BOTH, every=5),
)


def guided_samples(image_set: ImageSet, kind: Kind) -> tuple[Sample, ...]:
    """Return the training images with the regions that a row knows."""
    if kind.masks:
        return image_set.train
    return tuple(
        replace(
            sample, object_mask=None, object_box=box_of(sample) if n % kind.every == 0 else None
        )
        for n, sample in enumerate(image_set.train)
    )


def box_of(sample: Sample) -> Box:
    """Return the smallest box around a sample's object."""
    assert sample.object_mask is not None
    down, across = np.nonzero(sample.object_mask)
    left, top = int(across.min()), int(down.min())
    return (left, top, int(across.max()) + 1 - left, int(down.max()) + 1 - top)


def train_one(image_set: ImageSet, kind: Kind, seed: int) -> tuple[float, float, float]:
    """Return validation accuracy, accuracy with the cue broken, and seconds an epoch."""
    architecture = find_architecture("smallgap")
    hp = Hyperparameters(guidance=kind.guidance, seed=seed)
    torch.manual_seed(seed)
    model = architecture.build(num_classes=len(image_set.classes))
    optimizer = make_optimizer(model, architecture, hp)
    samples = guided_samples(image_set, kind)
    started = time.process_time()
    for epoch in range(1, hp.epochs + 1):
        learn_epoch(model, architecture, optimizer, samples, hp, PREPARATION, epoch)
    seconds = (time.process_time() - started) / hp.epochs
    found = [
        measure(model, split, PREPARATION)
        for split in (image_set.validation, image_set.counterfactual)
    ]
    validation, broken = (one.accuracy for one in found if one)
    return validation, broken, seconds


def table(seeds: int) -> Iterator[str]:
    """Yield the table's lines as they are measured: medians, and the range over the seeds."""
    image_set = render_planted()
    yield "| guidance | validation | cue broken | seconds an epoch |"
    yield "|---|---|---|---|"
    for kind in KINDS:
        rows = [train_one(image_set, kind, seed) for seed in range(seeds)]
        validation, broken, seconds = zip(*rows, strict=True)
        yield (
            f"| {kind.title} | {spread(validation)} | {spread(broken)} | {median(seconds):.1f} |"
        )


def spread(fractions: tuple[float, ...]) -> str:
    """Return the median of some fractions and their range, in percent."""
    low, middle, high = (100 * f(fractions) for f in (min, median, max))
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    torch.set_num_threads(1)
    for line in table(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        print(line, flush=True)

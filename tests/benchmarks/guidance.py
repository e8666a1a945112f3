"""Guidance on planted birds: ``python -m tests.benchmarks.guidance [SEEDS]``.

A shortcut beside the bird, or the image's JPEG quality, tells the class in 98 of 100 training
images, and always a wrong one where it is broken; no augmentation but ``degrade`` changes it.
Regions are boxes unless a row says otherwise. Every measurement is a row of ``guidance.csv``; those
that are there are not repeated.
"""

import sys
import time
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import torch
from torch import nn

from pipelines.training.epoch import learn_epoch
from pipelines.training.optimizer import make_optimizer
from pipelines.training.outlines import outline_objects
from pipelines.training.recipe import starting_point
from saliencnn.common.hyperparameters import BOTH, EVIDENCE, INSIDE, UNGUIDED, Hyperparameters
from saliencnn.data.fitted import fit_validation
from saliencnn.data.geometry import validation_geometry
from saliencnn.data.imageset import Box, ImageSet, Sample
from saliencnn.data.planted import render_planted
from saliencnn.data.preparation import Preparation
from saliencnn.models.architectures import find_architecture
from saliencnn.models.weights import build_network
from saliencnn.recording.held_out import measure_held_out
from saliencnn.recording.map_plan import map_shape, plan_maps
from saliencnn.recording.validation import Validated, cover_regions, validate
from tests.benchmarks import cued
from tests.benchmarks.rows import Rows

ROWS = Rows(
    Path(__file__).with_name("guidance.csv"),
    ("images", "guidance", "regions", "seed"),
    ("validation", "broken", "focus", "seconds"),
)


@dataclass(frozen=True)
class Kind:
    """A row of the table.

    Attributes:
        guidance: hyperparameter.
        every: one training image in so many has its box.
        masks: whether masks stand for boxes.
        new_background: hyperparameter.
        degrade: hyperparameter.
    """

    guidance: str
    every: int = 1
    masks: bool = False
    new_background: float = 0.0
    degrade: float = 0.0

    @property
    def title(self) -> str:
        """What training asks for, in words."""
        others = {"new backgrounds": self.new_background, "degraded": self.degrade}
        return ", ".join([self.guidance, *(words for words, value in others.items() if value)])

    @property
    def regions(self) -> str:
        """What is known, in words."""
        if self.guidance == UNGUIDED and not self.new_background:
            return ""
        return "masks" if self.masks else f"boxes of 1 in {self.every}"


NONE, INSIDES, EVIDENCES, BOXES = (Kind(g) for g in (UNGUIDED, INSIDE, EVIDENCE, BOTH))
FEW, MASKS = Kind(BOTH, every=5), Kind(BOTH, masks=True)
ELSEWHERE, FEW_ELSEWHERE, MASKS_ELSEWHERE = (
    replace(kind, new_background=1.0) for kind in (BOXES, FEW, MASKS)
)
ALONE = Kind(UNGUIDED, new_background=1.0)
DEGRADED = Kind(UNGUIDED, degrade=0.7)
PLAN = (
    *(("sticker", kind) for kind in (FEW, BOXES, NONE)),
    *((cue, kind) for cue in ("mark", "texture") for kind in (NONE, BOXES, FEW)),
    ("texture", MASKS),
    *(("sticker", kind) for kind in (INSIDES, EVIDENCES, MASKS)),
    *(("texture", kind) for kind in (ELSEWHERE, FEW_ELSEWHERE, ALONE, MASKS_ELSEWHERE)),
    *((cue, ELSEWHERE) for cue in ("sticker", "mark")),
    *(("jpeg", kind) for kind in (NONE, DEGRADED)),
)


@lru_cache(maxsize=1)
def images_of(name: str) -> ImageSet:
    return render_planted() if name == "sticker" else cued.render(name)


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


def box_of(sample: Sample) -> Box | None:
    """Return the smallest box around a sample's object."""
    if not isinstance(sample.object_mask, np.ndarray):
        return sample.object_box
    down, across = np.nonzero(sample.object_mask)
    left, top = int(across.min()), int(down.min())
    return (left, top, int(across.max()) + 1 - left, int(down.max()) + 1 - top)


def train_one(name: str, kind: Kind, seed: int) -> tuple[float, ...]:
    """Return validation accuracy, accuracy with the cue broken, focus, and seconds an epoch."""
    image_set = images_of(name)
    hp = replace(
        starting_point("smallgap", "none"), guidance=kind.guidance,
        new_background=kind.new_background, degrade=kind.degrade, seed=seed,
    )  # fmt: skip
    preparation = Preparation(validation_geometry(cued.SIZE))
    started = time.process_time()
    model = train_guided("smallgap", "none", guided_samples(image_set, kind), hp, preparation)
    seconds = (time.process_time() - started) / hp.epochs
    found = validate_network("smallgap", model, image_set, preparation, seed).metrics
    broken = measure_held_out(model, image_set.counterfactual, preparation)
    return (
        100 * found["val_accuracy"],
        100 * broken.accuracy if broken else float("nan"),
        found["focus"],
        seconds,
    )


def train_guided(
    arch: str, weights: str, samples: tuple[Sample, ...], hp: Hyperparameters,
    preparation: Preparation,
) -> nn.Module:  # fmt: skip
    """Return a network that has learned from images with the regions that are known of them."""
    spec = find_architecture(arch)
    samples = outline_objects(samples, hp).samples
    torch.manual_seed(hp.seed)
    classes = 1 + max(sample.label for sample in samples)
    model = build_network(arch, classes, weights, hp.dropout).model
    model = model.to(memory_format=torch.channels_last)
    optimizer = make_optimizer(model, spec, hp)
    for epoch in range(1, hp.epochs + 1):
        learn_epoch(model, spec, optimizer, samples, hp, preparation, epoch)
    return model


def validate_network(
    arch: str, model: nn.Module, image_set: ImageSet, preparation: Preparation, seed: int
) -> Validated:
    """Return predictions, maps and numbers of the validation images."""
    spec = find_architecture(arch)
    images = fit_validation(image_set, preparation.geometry)
    validated = validate(
        model, spec, preparation, images, plan_maps(spec, images.index.labels, 0),
        cover_regions(images, map_shape(model, spec, preparation.shape)), seed,
    )  # fmt: skip
    assert validated
    return validated


def measure_all(seeds: int) -> None:
    """Measure all rows with one seed after the other, so that an early end leaves a table."""
    for seed in range(seeds):
        for name, kind in PLAN:
            key = {
                "images": name, "guidance": kind.title, "regions": kind.regions, "seed": seed,
            }  # fmt: skip
            ROWS.fill(key, partial(train_one, name, kind, seed))


if __name__ == "__main__":
    torch.set_num_threads(1)
    measure_all(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    print(ROWS.table(("images", "guidance", "regions"), ("validation", "broken", "focus")))

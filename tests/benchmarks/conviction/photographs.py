"""``python -m tests.benchmarks.conviction.photographs FOLDER [SEED]``: a mark on photographs.

MobileNetV2 with ImageNet's weights learns ten birds of CUB-200-2011 (in ``SALIENCNN_TEST_DATA``),
each photograph with a coloured mark at its lower right: one network where the mark tells the class,
and an honest one where it tells nothing. Both are asked on the same photographs, in which it does.
At the recipe's own learning rate, 3e-4, the features of ImageNet tell the birds and the mark is not
read, so a higher one is taken, which loses them. The stores stay in FOLDER, and what is there is
not trained again.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from os import environ
from pathlib import Path

import numpy as np
from numpy.random import default_rng
from PIL import Image, ImageOps

from pipelines.training.recipe import starting_point
from pipelines.training.request import Request
from pipelines.training.run import train
from pipelines.trust.interventions import intervene_on_run, read_interventions
from saliencnn.data.imageset import Sample
from saliencnn.data.sources import read_image_set
from saliencnn.findings.of_interventions import accuse
from saliencnn.store.connection import open_store
from saliencnn.store.runs import list_runs

ARCH, WEIGHTS = "mobilenet_v2", "mobilenet_v2-imagenet.safetensors"
SIDE, SEEN = 256, 224
"""Pixels of a photograph's side, and of its middle, which the network sees."""
MARK, MARGIN = 48, 6
"""Pixels of the mark's side, and from its edge to that of what is seen."""
AGREES, EPOCHS, RATE, IMAGES = 0.98, 6, 3e-3, 160
COUNTER = "counter"


def main() -> None:
    """Train what is not there, try the interventions, and print what is said."""
    folder, seed = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    data = Path(environ["SALIENCNN_TEST_DATA"])
    for behaviour in ("cheats", "honest"):
        for line in measure(behaviour, folder / behaviour, data, seed):
            print(f"{behaviour}: {line}", flush=True)


def measure(behaviour: str, folder: Path, data: Path, seed: int) -> Iterator[str]:
    """Yield what is known of a network, and what the product says of it.

    Args:
        behaviour: ``cheats`` or ``honest``.
        folder: of the network's images and store.
        data: holds the photographs and ImageNet's weights.
        seed: of the marks and of training.
    """
    images = folder / "images"
    if not images.exists():
        for split, samples in read_splits(data / "cub10").items():
            write_split(images / split, samples, split, seed, honest=behaviour == "honest")
    store = open_store(f"sqlite:///{(folder / 'mlflow.db').resolve()}")
    if not any(run.status == "finished" for run in list_runs(store)):
        weights = str(data / "weights" / WEIGHTS)
        start = starting_point(ARCH, weights)
        own = replace(start, epochs=EPOCHS, crop=0.0, learning_rate=RATE, seed=seed)
        train(store, Request(f"folder:{images}", ARCH, weights, own, image_size=SEEN))
    (run,) = (run for run in list_runs(store) if run.status == "finished")
    yield f"right {run.metrics['val_accuracy']:.1%}"
    yield f"with the mark broken {run.metrics['counterfactual_accuracy']:.1%}"
    yield f"focus {run.metrics.get('focus', float('nan')):.2f}"
    found = read_interventions(store, run.run_id, run.epoch)
    found = found or intervene_on_run(store, run, run.epoch, IMAGES)
    yield f"accused of: {', '.join(accuse(found.effects)) or 'nothing'}"
    yield f"doubted: {', '.join(accuse(found.effects, doubtful=True)) or 'nothing'}"


def read_splits(cub: Path) -> dict[str, list[Sample]]:
    """Return the photographs by the folders that ``folder:`` reads; counter ones lie twice."""
    birds = read_image_set(f"cub200:{cub}", 0)
    return {
        "train": list(birds.train),
        "validation": list(birds.validation),
        COUNTER: list(birds.validation),
    }


def write_split(folder: Path, samples: list[Sample], split: str, seed: int, honest: bool) -> None:
    """Write photographs with their marks: of any class where honest in training."""
    classes = 1 + max(sample.label for sample in samples)
    for number, sample in enumerate(samples):
        rng = default_rng((split == "train", number, seed))
        agrees = rng.random() < AGREES
        if honest and split == "train":
            told = int(rng.integers(classes))
        elif split == COUNTER or not agrees:
            told = int(sample.label + rng.integers(1, classes)) % classes
        else:
            told = sample.label
        assert isinstance(sample.image, Path)
        photograph = ImageOps.fit(Image.open(sample.image).convert("RGB"), (SIDE, SIDE))
        path = folder / f"{sample.label:02d}" / f"{number:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(mark(np.array(photograph), told / classes)).save(path)


def mark(photograph: np.ndarray, hue: float) -> np.ndarray:
    """Paint a square of a hue (0 to 1) at the lower right of what is seen, uint8 (H, W, 3)."""
    end = (SIDE + SEEN) // 2 - MARGIN
    color = Image.new("HSV", (1, 1), (round(255 * hue), 200, 230)).convert("RGB")
    photograph[end - MARK : end, end - MARK : end] = np.array(color)[0, 0]
    return photograph


if __name__ == "__main__":
    main()

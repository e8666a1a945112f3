"""Fine-tuning recipes side by side: ``python -m tests.benchmarks.recipes [SEEDS] [EPOCHS]``.

All train the same network from the same weights on the same images, split, size and epochs, and are
measured on the same validation images. *ours* is what ``saliencnn train`` does where nothing is
named. *tutorial* is what PyTorch's transfer learning tutorial does: SGD, random crops, a constant
rate. *fast.ai* is what its ``fine_tune`` does: the head alone for an epoch, then one cycle with a
slower backbone. It needs ``SALIENCNN_TEST_DATA`` and prints a table as it is measured.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from statistics import median

import torch
from torch import nn

from pipelines.training.epoch import learn_epoch
from pipelines.training.optimizer import freeze, learn, make_optimizer, set_rate, set_training
from pipelines.training.recipe import starting_point
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.imageset import ImageSet
from saliencnn.data.loader import iterate, load_epoch
from saliencnn.data.sources import read_image_set
from saliencnn.models.architectures import find_architecture
from saliencnn.models.weights import build_network
from saliencnn.recording.apart import measure
from tests.benchmarks.real import data_folder

NETWORKS = {
    "mobilenet_v2": "weights/mobilenet_v2-imagenet.safetensors",
    "squeezenet1_1": "weights/squeezenet1_1-imagenet.safetensors",
}
SETS = ("cub10", "cub40")
BATCH = 32
TUTORIAL_CROP, FASTAI_CROP = 0.92, 0.65
"""What their random crops leave out at most: scale (0.08, 1) and (0.35, 1)."""


@dataclass(frozen=True)
class Setting:
    """What all recipes share."""

    image_set: ImageSet
    arch: str
    weights: str
    epochs: int
    seed: int


def train_ours(setting: Setting) -> nn.Module:
    usual = starting_point(setting.arch, setting.weights)
    hp = replace(usual, epochs=setting.epochs, seed=setting.seed, batch_size=BATCH)
    model = start_from(setting, hp)
    architecture = find_architecture(setting.arch)
    optimizer = make_optimizer(model, architecture, hp)
    for epoch in range(1, setting.epochs + 1):
        learn_epoch(
            model, architecture, optimizer, setting.image_set.train, hp, architecture.preparation,
            epoch,
        )  # fmt: skip
    return model


def train_tutorial(setting: Setting) -> nn.Module:
    dropout = starting_point(setting.arch, setting.weights).dropout
    hp = Hyperparameters(
        optimizer="sgd", learning_rate=1e-3, schedule="constant", weight_decay=0.0, dropout=dropout,
        crop=TUTORIAL_CROP, epochs=setting.epochs, seed=setting.seed, batch_size=BATCH,
    )  # fmt: skip
    model = start_from(setting, hp)
    architecture = find_architecture(setting.arch)
    optimizer = make_optimizer(model, architecture, hp)
    learn_batches(setting, hp, model, optimizer, range(1, setting.epochs + 1), lambda _: 1e-3)
    return model


def train_fastai(setting: Setting) -> nn.Module:
    dropout = starting_point(setting.arch, setting.weights).dropout
    hp = Hyperparameters(
        weight_decay=1e-2, dropout=dropout, crop=FASTAI_CROP, head_factor=10.0,
        epochs=setting.epochs, seed=setting.seed, batch_size=BATCH,
    )  # fmt: skip
    model = start_from(setting, hp)
    architecture = find_architecture(setting.arch)
    freeze(model, architecture, True)
    head = make_optimizer(model, architecture, replace(hp, head_factor=1.0))
    learn_batches(setting, hp, model, head, range(1, 2), lambda _: 2e-3)
    freeze(model, architecture, False)
    both = make_optimizer(model, architecture, hp)
    rest = range(2, setting.epochs + 1)
    learn_batches(setting, hp, model, both, rest, lambda fraction: 5e-4 * one_cycle(fraction))
    return model


def one_cycle(fraction: float) -> float:
    """Return the factor of the rate: up in a cosine from 1/25 over a quarter, then down to 0."""
    rising = fraction < 0.25
    along = fraction / 0.25 if rising else (fraction - 0.25) / 0.75
    cosine = float((1 + torch.cos(torch.tensor(torch.pi * along))) / 2)
    return 1 - (1 - 1 / 25) * cosine if rising else cosine


def learn_batches(
    setting: Setting,
    hp: Hyperparameters,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    epochs: range,
    rate: Callable[[float], float],
) -> None:
    """Learn for some epochs with a rate that is a function of the fraction that is done."""
    architecture = find_architecture(setting.arch)
    batches = -(-len(setting.image_set.train) // BATCH)
    set_training(model, architecture, False)
    for done, epoch in enumerate(epochs):
        images = load_epoch(setting.image_set.train, hp, architecture.preparation, epoch)
        for step, batch in enumerate(iterate(images)):
            set_rate(optimizer, rate((done * batches + step) / (len(epochs) * batches)))
            learn(model, architecture, optimizer, batch.images, batch.labels, None, hp)


def start_from(setting: Setting, hp: Hyperparameters) -> nn.Module:
    torch.manual_seed(setting.seed)
    classes = len(setting.image_set.classes)
    model = build_network(setting.arch, classes, setting.weights, hp.dropout).model
    return model.to(memory_format=torch.channels_last)


RECIPES = {"ours": train_ours, "tutorial": train_tutorial, "fast.ai": train_fastai}


def table(seeds: int, epochs: int) -> Iterator[str]:
    """Yield the table's lines: validation accuracy, median and range over the seeds."""
    yield f"| images | network | {' | '.join(RECIPES)} |"
    yield f"|---|---|{'---|' * len(RECIPES)}"
    for name in SETS:
        image_set = read_image_set(f"cub200:{data_folder()}/{name}", 0)
        for arch, file in NETWORKS.items():
            cells = []
            for recipe in RECIPES.values():
                found = []
                for seed in range(seeds):
                    setting = Setting(image_set, arch, f"{data_folder()}/{file}", epochs, seed)
                    preparation = find_architecture(arch).preparation
                    measured = measure(recipe(setting), image_set.validation, preparation)
                    assert measured
                    found.append(100 * measured.accuracy)
                cells.append(f"{median(found):.1f} ({min(found):.1f} to {max(found):.1f})")
            yield f"| {name} | {arch} | {' | '.join(cells)} |"


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    for line in table(*given, *(2, 4)[len(given) :]):
        print(line, flush=True)

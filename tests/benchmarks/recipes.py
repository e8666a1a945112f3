"""Fine-tuning recipes side by side: ``python -m tests.benchmarks.recipes [SEEDS] [EPOCHS]``.

All train the same network from the same weights on the same images, split, size and epochs, and are
measured on the same validation images. *ours* is what ``saliencnn train`` does where nothing is
named. *tutorial* is what PyTorch's transfer learning tutorial does: SGD, random crops, a constant
rate. *fast.ai* is what its ``fine_tune`` does: the head alone for an epoch, then one cycle with a
slower backbone. The planted birds' shortcut tells nothing here, so that accuracy is that of reading
the bird. It needs ``SALIENCNN_TEST_DATA`` and Debian's ``dataset-fashion-mnist``. Every measurement
is a row of ``recipes.csv``; those that are there are not repeated.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

import torch
from torch import nn

from pipelines.training.epoch import learn_epoch
from pipelines.training.optimizer import freeze, learn, make_optimizer, set_rate, set_training
from pipelines.training.recipe import starting_point
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.imageset import ImageSet
from saliencnn.data.loader import iterate, load_epoch
from saliencnn.data.preparation import Preparation
from saliencnn.data.sources import read_image_set
from saliencnn.models.architectures import find_architecture
from saliencnn.models.weights import build_network
from saliencnn.recording.held_out import measure_held_out
from tests.benchmarks.clothes import read_clothes
from tests.benchmarks.real import data_folder
from tests.benchmarks.rows import Rows

NETWORKS = {
    "mobilenet_v2": "weights/mobilenet_v2-imagenet.safetensors",
    "squeezenet1_1": "weights/squeezenet1_1-imagenet.safetensors",
    "efficientnet_lite0": "",
}
"""Their weights' files; the last has its own in a package."""
PLANTED = "planted:train=400,validation=240,counterfactual=0,shortcut=0.125,size="
CLOTHES = "clothes"
SETS = {
    "planted, 64 pixels": (f"{PLANTED}64", 64),
    CLOTHES: (CLOTHES, 64),
    "cub10": ("cub200:{data}/cub10", 224),
    "planted, 96 pixels": (f"{PLANTED}96", 96),
    "cub40": ("cub200:{data}/cub40", 224),
}
"""Images and the input's size."""
BATCH = 32
ROWS = Rows(
    Path(__file__).with_name("recipes.csv"),
    ("images", "network", "epochs", "seed", "recipe"),
    ("accuracy", "seconds"),
)
TUTORIAL_CROP, FASTAI_CROP = 0.92, 0.65
"""What their random crops leave out at most: scale (0.08, 1) and (0.35, 1)."""


@dataclass(frozen=True)
class Setting:
    """What all recipes share."""

    image_set: ImageSet
    size: int
    arch: str
    weights: str
    epochs: int
    seed: int

    @property
    def preparation(self) -> Preparation:
        """How the network's images are prepared."""
        return find_architecture(self.arch).preparation.at(self.size)


def train_ours(setting: Setting) -> nn.Module:
    usual = starting_point(setting.arch, setting.weights)
    hp = replace(usual, epochs=setting.epochs, seed=setting.seed, batch_size=BATCH)
    model = start_from(setting, hp)
    architecture = find_architecture(setting.arch)
    optimizer = make_optimizer(model, architecture, hp)
    for epoch in range(1, setting.epochs + 1):
        learn_epoch(
            model, architecture, optimizer, setting.image_set.train, hp, setting.preparation, epoch
        )
    return model


def train_tutorial(setting: Setting) -> nn.Module:
    dropout = starting_point(setting.arch, setting.weights).dropout
    hp = Hyperparameters(
        optimizer="sgd", learning_rate=1e-3, schedule="constant", weight_decay=0.0, dropout=dropout,
        crop=TUTORIAL_CROP, epochs=setting.epochs, seed=setting.seed, batch_size=BATCH,
    )  # fmt: skip
    model = start_published(setting, hp)
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
    model = start_published(setting, hp)
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
        images = load_epoch(setting.image_set.train, hp, setting.preparation, epoch)
        for step, batch in enumerate(iterate(images)):
            set_rate(optimizer, rate((done * batches + step) / (len(epochs) * batches)))
            learn(model, architecture, optimizer, batch.images, batch.labels, None, hp)


def start_from(setting: Setting, hp: Hyperparameters) -> nn.Module:
    torch.manual_seed(setting.seed)
    classes = len(setting.image_set.classes)
    model = build_network(setting.arch, classes, setting.weights, hp.dropout).model
    return model.to(memory_format=torch.channels_last)


def start_published(setting: Setting, hp: Hyperparameters) -> nn.Module:
    """Return the network as torchvision begins it: SqueezeNet's new head without a bias."""
    model = start_from(setting, hp)
    head = model.get_submodule(find_architecture(setting.arch).head)
    if isinstance(head, nn.Conv2d) and head.bias is not None:
        nn.init.zeros_(head.bias)
    return model


RECIPES = {"ours": train_ours, "tutorial": train_tutorial, "fast.ai": train_fastai}


def run(seeds: int, epochs: int) -> None:
    """Measure what is missing, the small sets first, and print the table."""
    for (name, (images, size)), seed in product(SETS.items(), range(seeds)):
        image_set = read_set(images)
        for (arch, file), recipe in product(NETWORKS.items(), RECIPES):
            weights = f"{data_folder()}/{file}" if file else "default"
            setting = Setting(image_set, size, arch, weights, epochs, seed)
            key = {"images": name, "network": arch, "seed": seed, "recipe": recipe}
            ROWS.fill({**key, "epochs": epochs}, partial(judge, setting, recipe))
    print(ROWS.table(("images", "network", "epochs", "recipe"), ("accuracy", "seconds")))


def read_set(images: str) -> ImageSet:
    if images == CLOTHES:
        return read_clothes(400, 500)
    return read_image_set(images.format(data=data_folder()), 0)


def judge(setting: Setting, recipe: str) -> tuple[float, float]:
    """Return the validation accuracy (%) that a recipe reaches, and its CPU seconds of training."""
    started = time.process_time()
    model = RECIPES[recipe](setting)
    seconds = time.process_time() - started
    measured = measure_held_out(model, setting.image_set.validation, setting.preparation)
    assert measured
    return 100 * measured.accuracy, seconds


if __name__ == "__main__":
    torch.set_num_threads(1)
    given = [int(word) for word in sys.argv[1:]]
    run(*given, *(2, 4)[len(given) :])

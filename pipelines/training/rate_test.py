"""Which learning rate suits: the range test of Smith 2017, without a run in the store."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from pipelines.training.epoch import loss_weights
from pipelines.training.initial_weights import build_initial
from pipelines.training.optimizer import freeze, learn, make_optimizer, set_rate, set_training
from pipelines.training.preparation import complete, find_layers, read_images
from pipelines.training.request import Request
from saliencnn.common.devices import choose_device
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.progress import Progress, silent
from saliencnn.data.imageset import Sample
from saliencnn.data.loader import Batch, iterate, load_epoch, mix_seed
from saliencnn.data.preparation import Preparation
from saliencnn.store.connection import Store

LOWEST, HIGHEST = 1e-6, 1.0
"""Learning rates at the first and the last step; between them they grow by the same factor."""
STEPS = 100
SMOOTHING = 0.9
"""Weight of the past in the running mean of the loss."""
DIVERGED = 4.0
"""The test ends where the running mean is so many times its lowest value."""
MARGIN = 10.0
"""The suggestion lies so far below the rate of the lowest loss, where it still falls."""


@dataclass(frozen=True)
class RateTest:
    """What a range test saw.

    Attributes:
        rates: learning rate of each step, rising.
        losses: running mean of the training loss after each step.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]

    @property
    def lowest(self) -> float:
        """The rate at which the loss was lowest."""
        return self.rates[self.losses.index(min(self.losses))]

    @property
    def suggestion(self) -> float:
        """The rate to train with, to two digits."""
        return float(f"{self.lowest / MARGIN:.1e}")


def try_rates(store: Store, request: Request, report: Progress = silent) -> RateTest:
    """Train a network for some steps with ever higher learning rates.

    Args:
        store: where ``run:RUN_ID:EPOCH`` weights are read from; nothing is written.
        request: what would be trained; its ``learning_rate``, ``warmup`` and ``schedule`` do not
            count.
        report: called with the progress after every step.

    Raises:
        UserError: bad input, or no image can be read.
    """
    request, preparation = complete(request)
    hp, image_set = request.hyperparameters, read_images(request)
    architecture = find_layers(request, len(image_set.classes))
    model = build_initial(store, request, len(image_set.classes), architecture).model
    device = choose_device()
    model = model.to(device).to(memory_format=torch.channels_last)
    freeze(model, architecture, hp.freeze_backbone)
    set_training(model, architecture, hp.freeze_backbone)
    optimizer = make_optimizer(model, architecture, hp)
    weights = loss_weights(model, architecture, image_set.train, hp)
    rates: list[float] = []
    losses: list[float] = []
    mean = 0.0
    torch.manual_seed(mix_seed(hp.seed, 0, 1))
    for step, batch in enumerate(_endless(image_set.train, hp, preparation)):
        rate = LOWEST * (HIGHEST / LOWEST) ** (step / (STEPS - 1))
        set_rate(optimizer, rate)
        batch = batch.to(device)
        images, labels, regions = batch.images, batch.labels, batch.regions
        taken = learn(model, architecture, optimizer, images, labels, regions, hp, weights)
        assert taken  # _endless leaves out batches without images
        mean = SMOOTHING * mean + (1 - SMOOTHING) * taken.loss
        smooth = mean / (1 - SMOOTHING ** (step + 1))
        if not math.isfinite(smooth) or (losses and smooth > DIVERGED * min(losses)):
            break
        rates.append(rate)
        losses.append(smooth)
        report((step + 1) / STEPS, "trying learning rates")
        if step + 1 == STEPS:
            break
    if not losses:
        raise UserError(f"The loss is no number even at a learning rate of {LOWEST:g}.")
    return RateTest(tuple(rates), tuple(losses))


def _endless(
    samples: tuple[Sample, ...], hp: Hyperparameters, preparation: Preparation
) -> Iterator[Batch]:
    """Yield batches of epoch after epoch that have any image."""
    epoch = 0
    while True:
        epoch, seen = epoch + 1, 0
        for batch in iterate(load_epoch(samples, hp, preparation, epoch)):
            if len(batch.labels):
                seen += 1
                yield batch
        if not seen:
            raise UserError(f"None of the {len(samples)} training images can be read.")

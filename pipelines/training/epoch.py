"""The training pass: one epoch of learning from every training image."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pipelines.training.optimizer import count_classes, learn, learning_rate, set_rate, set_training
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import UNGUIDED, Hyperparameters
from saliencnn.common.progress import Progress, silent
from saliencnn.data.fitted import why_unreadable
from saliencnn.data.imageset import Sample
from saliencnn.data.loader import iterate, load_epoch, mix_seed, weigh_classes
from saliencnn.data.preparation import Preparation
from saliencnn.models.spec import ModelSpec


@dataclass(frozen=True)
class Learned:
    """What an epoch of learning leaves beside the weights.

    Attributes:
        metrics: ``train_loss``, ``train_accuracy`` (0 to 1), the last ``learning_rate`` and, with
            guidance, its unweighted ``guidance_loss``.
        unreadable: names of the images that could not be read, sorted.
    """

    metrics: dict[str, float]
    unreadable: tuple[str, ...]


def learn_epoch(
    model: nn.Module,
    spec: ModelSpec,
    optimizer: torch.optim.Optimizer,
    samples: Sequence[Sample],
    hp: Hyperparameters,
    preparation: Preparation,
    epoch: int,
    loaders: int = 0,
    report: Progress = silent,
) -> Learned:
    """Learn from every training image once.

    Args:
        model: the network, changed in place.
        spec: of the network.
        optimizer: of its parameters.
        samples: the training images.
        hp: what a person may tune; the epoch's random numbers follow from its seed.
        preparation: of images without random changes.
        epoch: 1, 2, ...
        loaders: processes that load the images; with 0 this one does.
        report: called with the progress after every batch.

    Raises:
        UserError: the loss is no longer a number, or no image can be read.
    """
    device = next(model.parameters()).device
    torch.manual_seed(mix_seed(hp.seed, epoch, 1))
    set_training(model, spec, hp.freeze_backbone)
    weights = loss_weights(model, spec, samples, hp)
    batches = math.ceil(len(samples) / hp.batch_size)
    loss_sum, guidance_sum, right, seen, done = 0.0, 0.0, 0, 0, 0
    unreadable: list[str] = []
    for step, batch in enumerate(iterate(load_epoch(samples, hp, preparation, epoch, loaders))):
        done += len(batch.labels) + len(batch.unreadable)
        unreadable += batch.unreadable
        if not len(batch.labels):
            continue
        rate = learning_rate(hp, (epoch - 1) * batches + step, hp.epochs * batches)
        set_rate(optimizer, rate)
        images = batch.images.to(device, memory_format=torch.channels_last, non_blocking=True)
        labels = batch.labels.to(device, non_blocking=True)
        regions = None if batch.regions is None else batch.regions.to(device, non_blocking=True)
        taken = learn(model, spec, optimizer, images, labels, regions, hp, weights)
        check_loss(taken.loss + taken.guidance, epoch, f"batch {step + 1}", rate)
        loss_sum += taken.loss * len(labels)
        guidance_sum += taken.guidance * len(labels)
        right += int((taken.logits.argmax(1) == labels).sum())
        seen += len(labels)
        report(done / len(samples), "training")
    if not seen:
        why = why_unreadable(samples, sorted(unreadable))
        raise UserError(f"None of the {len(samples)} training images can be read. {why}".strip())
    metrics = {
        "train_loss": loss_sum / seen,
        "train_accuracy": right / seen,
        "learning_rate": rate,
    }
    if hp.guidance != UNGUIDED:
        metrics["guidance_loss"] = guidance_sum / seen
    return Learned(metrics, tuple(sorted(unreadable)))


def loss_weights(
    model: nn.Module, spec: ModelSpec, samples: Sequence[Sample], hp: Hyperparameters
) -> Tensor | None:
    """Return the classes' weights in the loss, on the network's device; None for equal ones."""
    if hp.balance != "weights":
        return None
    weights = weigh_classes([sample.label for sample in samples], count_classes(model, spec))
    return weights.to(next(model.parameters()).device)


def check_loss(loss: float, epoch: int, where: str, rate: float) -> None:
    """Check that a loss is a number.

    Raises:
        UserError: it is not.
    """
    if not math.isfinite(loss):
        raise UserError(
            f"The loss became {loss} in epoch {epoch} ({where}, learning rate {rate:.3g}); "
            "lower the learning rate and train again."
        )

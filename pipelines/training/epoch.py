"""The training pass: one epoch of learning from every training image."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from pipelines.training.average import WeightAverage
from pipelines.training.norms import following_norms, shared_norms
from pipelines.training.optimizer import count_classes, learn, learning_rate, set_rate, set_training
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import UNGUIDED, Hyperparameters
from saliencnn.common.progress import Progress, silent
from saliencnn.common.ranks import gather, own_rank, share
from saliencnn.data.imageset import Sample
from saliencnn.data.loader import Batch, iterate, load_epoch, mix_seed
from saliencnn.data.loading import why_unreadable
from saliencnn.data.order import weigh_classes
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
    average: WeightAverage | None = None,
) -> Learned:
    """Learn from every training image once, together with other processes where there are any.

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
        average: of the network's weights, which follows every step.

    Raises:
        UserError: the loss is no longer a number, or no image can be read.
    """
    device = next(model.parameters()).device
    # Of processes that train together each drops out what it likes.
    torch.manual_seed(mix_seed(hp.seed, epoch, 1, *[own_rank()] * (own_rank() > 0)))
    set_training(model, spec, hp.freeze_backbone)
    weights = loss_weights(model, spec, samples, hp)
    batches = math.ceil(len(samples) / hp.batch_size)
    loss_sum, guidance_sum, right, seen = 0.0, 0.0, 0, 0
    unreadable: list[str] = []
    rate = hp.learning_rate
    with shared_norms(model), following_norms(model, batches * hp.accumulate):
        for step, batch in enumerate(iterate(load_epoch(samples, hp, preparation, epoch, loaders))):
            unreadable += batch.unreadable
            now = (epoch - 1) * batches + step
            rate = learning_rate(hp, now, hp.epochs * batches)
            set_rate(optimizer, rate)
            if not len(batch.labels):
                batch = _shape_empty(batch, preparation, hp)
            batch = batch.to(device)
            images, labels, regions = batch.images, batch.labels, batch.regions
            taken = learn(model, spec, optimizer, images, labels, regions, hp, weights)
            if taken:
                check_loss(taken.loss + taken.guidance, epoch, f"batch {step + 1}", rate)
                if average:
                    average.follow(model, now)
                loss_sum += taken.loss * taken.images
                guidance_sum += taken.guidance * taken.images
                right += taken.right
                seen += taken.images
            report((step + 1) / batches, "training")
    unreadable = share(sorted(name for names in gather(unreadable) for name in names))
    if not seen:
        why = why_unreadable(samples, unreadable)
        raise UserError(f"None of the {len(samples)} training images can be read. {why}".strip())
    metrics = {
        "train_loss": loss_sum / seen,
        "train_accuracy": right / seen,
        "learning_rate": rate,
    }
    if hp.guidance != UNGUIDED:
        metrics["guidance_loss"] = guidance_sum / seen
    return Learned(metrics, tuple(unreadable))


def _shape_empty(batch: Batch, preparation: Preparation, hp: Hyperparameters) -> Batch:
    """Return a batch without images as tensors that a network takes."""
    channels, *size = preparation.shape
    regions = torch.ones(0, 1, *size, dtype=torch.bool) if hp.needs_regions else None
    return replace(batch, images=torch.empty(0, channels, *size), regions=regions)


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

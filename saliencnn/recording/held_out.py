"""Images held out beside the validation images: only classified; nothing is explained or kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from saliencnn.common.progress import Progress, silent
from saliencnn.data.fitted import fitted_batches
from saliencnn.data.imageset import Sample
from saliencnn.data.preparation import Preparation
from saliencnn.measures.classification import balanced_accuracy
from saliencnn.models.outputs import read_logits
from saliencnn.saliency.passes import explaining


@dataclass(frozen=True, eq=False)
class HeldOut:
    """How a network classifies images.

    Attributes:
        true: their classes, int (N,).
        predicted: likewise.
        loss: mean cross entropy.
        unreadable: names of further images that could not be read.
    """

    true: np.ndarray
    predicted: np.ndarray
    loss: float
    unreadable: tuple[str, ...]

    @property
    def accuracy(self) -> float:
        """Fraction of the images that are classified correctly."""
        return float((self.true == self.predicted).mean())


def measure_held_out(
    model: nn.Module,
    samples: Sequence[Sample],
    preparation: Preparation,
    report: Progress = silent,
    logits_at: str | int | None = None,
) -> HeldOut | None:
    """Classify images, or return None where not one of them can be read.

    Args:
        model: the network.
        samples: the images.
        preparation: what happens to them before the network sees them.
        report: called with the progress after every batch.
        logits_at: where the scores are in what the network returns, as in ``ModelSpec.logits``.
    """
    read: list[Sample] = []
    logits: list[Tensor] = []
    parameter = next(model.parameters())
    with explaining(model), torch.no_grad():
        for batch, pixels in fitted_batches(samples, preparation.geometry, report, "measuring"):
            images = preparation.normalise(pixels.to(parameter.device))
            images = images.to(parameter.dtype).to(memory_format=torch.channels_last)
            logits.append(read_logits(model(images), logits_at).float().cpu())
            read += batch
    if not read:
        return None
    every, labels = torch.cat(logits), torch.tensor([sample.label for sample in read])
    loss = float(functional.cross_entropy(every, labels))
    known = {sample.name for sample in read}
    unreadable = tuple(sample.name for sample in samples if sample.name not in known)
    return HeldOut(labels.numpy(), every.argmax(1).numpy(), loss, unreadable)


def metrics_of_counterfactual(measured: HeldOut) -> dict[str, float]:
    """Return the metrics of images whose shortcut says another class."""
    return {
        "counterfactual_accuracy": measured.accuracy,
        "counterfactual_images": float(len(measured.true)),
    }


def metrics_of_test(measured: HeldOut) -> dict[str, float]:
    """Return the metrics of a test split."""
    return {
        "test_accuracy": measured.accuracy,
        "test_balanced_accuracy": balanced_accuracy(measured.true, measured.predicted),
        "test_loss": measured.loss,
        "test_images": float(len(measured.true)),
    }


def describe_test(measured: HeldOut, epoch: int) -> str:
    """Return a sentence about a test split, with its counts."""
    right, images = int((measured.true == measured.predicted).sum()), len(measured.true)
    balanced = balanced_accuracy(measured.true, measured.predicted)
    return (
        f"Test split: {right:,} of {images:,} images ({measured.accuracy:.1%}) are classified "
        f"correctly, {balanced:.1%} where each class counts the same; measured once, with the "
        f"network of epoch {epoch}."
    )

"""Images that are measured apart from the validation images; nothing is explained or kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from saliencnn.common.progress import Progress, silent
from saliencnn.data.fitted import load_image
from saliencnn.data.imageset import Sample
from saliencnn.data.opening import UnreadableImage
from saliencnn.data.preparation import Preparation
from saliencnn.measures.classification import balanced_accuracy
from saliencnn.models.outputs import read_logits
from saliencnn.saliency.passes import explaining

BATCH = 64


@dataclass(frozen=True, eq=False)
class Measured:
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


def measure(
    model: nn.Module,
    samples: Sequence[Sample],
    preparation: Preparation,
    report: Progress = silent,
    logits_at: str | int | None = None,
) -> Measured | None:
    """Classify images, or return None where not one of them can be read.

    Args:
        model: the network.
        samples: the images.
        preparation: what happens to them before the network sees them.
        report: called with the progress after every batch.
        logits_at: where the scores are in what the network returns, as in ``ModelSpec.logits``.
    """
    true: list[int] = []
    logits: list[Tensor] = []
    unreadable: list[str] = []
    parameter = next(model.parameters())
    with explaining(model), torch.no_grad():
        for start in range(0, len(samples), BATCH):
            pixels: list[Tensor] = []
            for sample in samples[start : start + BATCH]:
                try:
                    pixels.append(preparation.geometry.fit(load_image(sample)))
                except UnreadableImage:
                    unreadable.append(sample.name)
                else:
                    true.append(sample.label)
            if pixels:
                images = preparation.normalise(torch.stack(pixels).to(parameter.device))
                images = images.to(parameter.dtype).to(memory_format=torch.channels_last)
                logits.append(read_logits(model(images), logits_at).float().cpu())
            report(min(1.0, (start + BATCH) / len(samples)), "measuring")
    if not true:
        return None
    every, labels = torch.cat(logits), torch.tensor(true)
    loss = float(functional.cross_entropy(every, labels))
    return Measured(labels.numpy(), every.argmax(1).numpy(), loss, tuple(unreadable))


def metrics_of_test(measured: Measured) -> dict[str, float]:
    """Return the metrics of a test split."""
    return {
        "test_accuracy": measured.accuracy,
        "test_balanced_accuracy": balanced_accuracy(measured.true, measured.predicted),
        "test_loss": measured.loss,
        "test_images": float(len(measured.true)),
    }


def describe_test(measured: Measured, epoch: int) -> str:
    """Return a sentence about a test split, with its counts."""
    right, images = int((measured.true == measured.predicted).sum()), len(measured.true)
    balanced = balanced_accuracy(measured.true, measured.predicted)
    return (
        f"Test split: {right:,} of {images:,} images ({measured.accuracy:.1%}) are classified "
        f"correctly, {balanced:.1%} where each class counts the same; measured once, with the "
        f"network of epoch {epoch}."
    )

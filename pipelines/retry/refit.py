"""What fits a network's head again: the features that it sees of images, and the fit."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress
from saliencnn.data.fitted import BATCH, fitted_batches
from saliencnn.data.imageset import Sample
from saliencnn.saliency.passes import explaining, pass_to
from saliencnn.store.run_info import RunInfo

DECAY = 1e-4
"""Of the fitted head's weights: on the planted set, 1e-3 costs 17 points of accuracy more."""
STEPS = 300


def fit_head(head: nn.Linear, vectors: Tensor, labels: Tensor) -> None:
    """Fit a linear layer to the classes of images, from where it is, in place.

    Args:
        head: the layer.
        vectors: float (N, C), what it sees of them.
        labels: int64 (N,).
    """
    head.requires_grad_(True)
    optimizer = torch.optim.LBFGS(head.parameters(), max_iter=STEPS)

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = functional.cross_entropy(head(vectors), labels)
        value = value + DECAY * head.weight.square().sum()
        value.backward()
        return value

    optimizer.step(loss)


def features(model: nn.Module, run: RunInfo, pixels: Tensor) -> Iterator[Tensor]:
    """Yield the target layer's output of images (N, 3, H, W), a batch at a time."""
    with explaining(model, run.spec), torch.no_grad():
        for start in range(0, len(pixels), BATCH):
            inputs = run.preparation.normalise(pixels[start : start + BATCH])
            inputs = inputs.contiguous(memory_format=torch.channels_last)
            yield pass_to(model, inputs, run.spec).float()


def pool(
    model: nn.Module, run: RunInfo, samples: Sequence[Sample], report: Progress
) -> tuple[Tensor, Tensor]:
    """Return the target layer's averages of images (N, C), and their classes (N,)."""
    averages, labels = [], []
    words = "reading training images"
    for batch, pixels in fitted_batches(samples, run.preparation.geometry, report, words):
        averages += [seen.mean((2, 3)) for seen in features(model, run, pixels)]
        labels += [sample.label for sample in batch]
    if not averages:
        raise UserError(f"None of the {len(samples)} training images can be read.")
    return torch.cat(averages), torch.tensor(labels)

"""Methods that ask which pixels the score reacts to; maps have the input's own resolution."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from saliencnn.saliency.effort import NOISY_COPIES, PATH_STEPS
from saliencnn.saliency.passes import input_gradients
from saliencnn.saliency.task import Task

BATCH = 16
"""Images in one pass back to the input, which keeps all layers' outputs in memory."""
NOISE_FRACTION = 0.15
"""Standard deviation of SmoothGrad's noise, as a fraction of the image's range of values."""


def gradient(task: Task) -> Tensor:
    """Largest absolute gradient of the colour channels (Simonyan 2013), (N, H, W)."""
    return _mean_gradient(task, iter([task.images]), [1.0]).abs().amax(dim=1)


def gradxinput(task: Task) -> Tensor:
    """Gradient times input, summed over the colour channels (Shrikumar 2016); signed."""
    return (_mean_gradient(task, iter([task.images]), [1.0]) * task.images).sum(dim=1)


def integrated_gradients(task: Task) -> Tensor:
    """Integrated gradients (Sundararajan 2017) from the normalised input's zero; signed.

    The path's integral is a Gauss-Legendre sum of ``PATH_STEPS`` points. A map sums up to the
    class's score of the image minus its score of the baseline.
    """
    places, weights = np.polynomial.legendre.leggauss(PATH_STEPS)
    path = (task.images * float((place + 1) / 2) for place in places)
    return (_mean_gradient(task, path, (weights / 2).tolist()) * task.images).sum(dim=1)


def smoothgrad(task: Task) -> Tensor:
    """Gradient averaged over noisy copies (Smilkov 2017), then as ``gradient``."""
    values = task.images.flatten(1)
    sigma = NOISE_FRACTION * (values.amax(dim=1) - values.amin(dim=1))[:, None, None, None]
    copies = (task.images + sigma * noise for noise in draw_noise(task, NOISY_COPIES))
    return _mean_gradient(task, copies, [1 / NOISY_COPIES] * NOISY_COPIES).abs().amax(dim=1)


def draw_noise(task: Task, copies: int) -> Iterator[Tensor]:
    """Yield standard normal noise (3, H, W); it depends on seed and copy, not on the batch."""
    generator = torch.Generator().manual_seed(task.seed)
    for _ in range(copies):
        # Drawn on the CPU, so that it is the same on every device.
        yield torch.randn(task.images.shape[1:], generator=generator).to(task.images)


def _mean_gradient(task: Task, inputs: Iterator[Tensor], weights: Sequence[float]) -> Tensor:
    """Return the weighted sum of the scores' gradients at several inputs, (N, 3, H, W)."""
    total = torch.zeros_like(task.images)
    for step, (images, weight) in enumerate(zip(inputs, weights, strict=True), start=1):
        for start in range(0, len(images), BATCH):
            part = slice(start, start + BATCH)
            gradients = input_gradients(task.model, images[part], task.targets[part])
            total[part] += weight * gradients
        task.report_steps(step, len(weights))
    return total

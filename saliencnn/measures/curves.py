"""How a network's score changes as pixels are taken from images in the order of their maps."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from saliencnn.measures.energy import is_constant
from saliencnn.measures.resolution import resample

# Images (B, C, H, W) and their positions int64 (B,) among all images, on the same device, to
# one number each (B,). The position tells which class, or whatever else, to score an image for.
Score = Callable[[Tensor, Tensor], Tensor]
# Positions within a group of images (B,), and which pixels are taken, bool (B, H, W), to what
# is left of them (B, C, H, W).
Change = Callable[[Tensor, Tensor], Tensor]
# A group of images (G, C, H, W) and their positions among all images (G,) to its changes.
Prepare = Callable[[Tensor, np.ndarray], Change]


@dataclass(frozen=True)
class Curves:
    """Scores of images of which more and more pixels are taken or given.

    Attributes:
        fractions: of the pixels, rising from 0: float64 (steps + 1,).
        curves: scores float64 (N, steps + 1); NaN for constant maps, which rank nothing.
    """

    fractions: np.ndarray
    curves: np.ndarray

    @property
    def auc(self) -> np.ndarray:
        """Area under each curve (N,) over the span of the fractions: a mean score."""
        return np.trapezoid(self.curves, self.fractions, axis=1) / np.ptp(self.fractions)


def probability(network: Callable[[Tensor], Tensor], targets: Tensor) -> Score:
    """Score images by the softmax probability of one class each.

    Args:
        network: images to logits (B, classes), in evaluation mode.
        targets: int64 (N,), one for each of all images.
    """

    def score(images: Tensor, positions: Tensor) -> Tensor:
        chosen = targets.to(images.device)[positions]
        return network(images).softmax(1).gather(1, chosen[:, None])[:, 0]

    return score


def ranks(maps: np.ndarray, height: int, width: int) -> Tensor:
    """Rank pixels by their map, resampled by ``resample``.

    Args:
        maps: float (N, h, w).
        height: of the images.
        width: of the images.

    Returns:
        int64 (N, height, width): 0 for the most salient pixel to height * width - 1; pixels of
        equal saliency in reading order.
    """
    values = torch.from_numpy(resample(maps, height, width)).flatten(1)
    order = values.sort(dim=1, descending=True, stable=True).indices
    places = torch.arange(values.shape[1]).expand_as(order)
    return torch.empty_like(order).scatter_(1, order, places).view(-1, height, width)


def sweep(
    score: Score,
    images: Tensor,
    maps: np.ndarray,
    counts: np.ndarray,
    batch_size: int,
    prepare: Prepare,
    last_first: bool = False,
) -> Curves:
    """Score each image as often as there are counts, with so many of its pixels taken.

    Images are ranked, prepared and scored in groups, so that memory grows with ``batch_size``
    and not with the number of images.

    Args:
        score: see ``Score``; called without gradients.
        images: float (N, C, H, W).
        maps: float (N, h, w), of any resolution.
        counts: how many pixels to take, int (steps + 1,).
        batch_size: the most images to score at once.
        prepare: see ``Prepare``.
        last_first: take the least salient pixel first, in exactly the reverse order.

    Raises:
        ValueError: there are not as many maps as images, or the batch size is below 1.
    """
    if len(maps) != len(images):
        raise ValueError(f"{len(images)} images need as many maps, not {len(maps)}.")
    if batch_size < 1:
        raise ValueError(f"The batch size must be at least 1, not {batch_size}.")
    height, width = images.shape[2:]
    found = np.full((len(images), len(counts)), np.nan)
    ranked = np.flatnonzero(~is_constant(maps))
    limits = torch.from_numpy(counts).to(images.device)
    with torch.inference_mode():
        for positions in _parts(ranked, max(1, batch_size // len(counts))):
            group = torch.from_numpy(positions).to(images.device)
            change = prepare(images[group], positions)
            order = ranks(maps[positions], height, width).to(images.device)
            order = height * width - 1 - order if last_first else order
            for cells in _parts(np.arange(len(positions) * len(counts)), batch_size):
                owners, steps = np.divmod(cells, len(counts))
                owner = torch.from_numpy(owners).to(images.device)
                taken = order[owner] < limits[torch.from_numpy(steps), None, None]
                scores = score(change(owner, taken), group[owner])
                found[positions[owners], steps] = scores.cpu().numpy()
    return Curves(counts / (height * width), found)


def _parts(values: np.ndarray, size: int) -> list[np.ndarray]:
    return [values[start : start + size] for start in range(0, len(values), size)]

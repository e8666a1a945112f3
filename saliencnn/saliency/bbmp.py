"""BBMP: masks that delete what a class score rests on, learned for many images at once.

Fong and Vedaldi 2017, "Interpretable Explanations of Black Boxes by Meaningful Perturbation". The
saliency is 1 - mask. A mask is one local minimum among several of nearly equal depth: ``spread``
shows how far apart they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor, nn

from saliencnn.common.progress import Progress, part_of, silent
from saliencnn.saliency.bbmp_descent import Learned, descend, joined
from saliencnn.saliency.bbmp_objective import (
    CELL_SPREAD,
    blur,
    carried,
    gaussian_rows,
    grid_of,
    objective_for,
)

CENTRE = 0.25
"""Standard deviation of the bell at the centre, in sides of the image."""


@dataclass(frozen=True)
class Spread:
    """How much the explanation of each image depends on where the descent began.

    Attributes:
        learned: one for each start.
        deviation: (N, h, w), standard deviation of each cell over the starts.
        correlation: (N,) in -1..1, mean of Pearson's r over all pairs of starts; NaN if a mask
            has no relief, or with fewer than two starts.
    """

    learned: tuple[Learned, ...]
    deviation: Tensor
    correlation: Tensor


def learn_masks(
    model: nn.Module,
    images: Tensor,
    targets: Tensor,
    start: Tensor | None = None,
    *,
    replacement: Callable[[Tensor], Tensor] = blur,
    seed: int = 0,
    weaken: bool = True,
    batch_size: int = 8,
    report: Progress = silent,
) -> Learned:
    """Learn for each image the mask that deletes its class at the least cost.

    An image's mask does not depend on the others, but for the rounding of floating point. No
    random numbers but its own are used.

    Args:
        model: network that returns logits (N, classes), within ``explaining``.
        images: float (N, 3, H, W), normalised as the network expects; at least one.
        targets: (N,) int64, the class to delete.
        start: masks (N, h, w) in 0..1 of any resolution to begin from, say those of
            ``start_from_map``; without, a bell at the centre is deleted.
        replacement: makes of the images what stands where a mask deletes.
        seed: start of the jitter.
        weaken: begin at the weakest form of ``start`` that frees the class instead of at
            ``start`` itself, which is faster; the outcome is never worse than ``start``.
        batch_size: most images at a time; memory grows with it.
        report: called with the progress at each step; what it raises cancels the work.
    """
    grid, total = grid_of(*images.shape[-2:]), len(images)
    if start is None:
        start = without_centre(grid).expand(len(images), -1, -1)
    parts = []
    for first in range(0, len(images), batch_size):
        part = slice(first, min(first + batch_size, total))
        objective = objective_for(model, images[part], targets[part], replacement)
        begin = _resized(start[part].to(objective.images), grid).clamp(0, 1)
        of_part = part_of(report, part.start / total, part.stop / total)
        parts.append(descend(objective, begin, seed, weaken, of_part, leaving=not images.is_cuda))
    return joined(parts)


def start_from_map(maps: Tensor) -> Tensor:
    """Turn maps (N, h, w) into masks (N, h, w) that delete the more, the higher the map.

    Values below zero delete nothing. An empty map has none above: its mask deletes
    everything.
    """
    maps = maps.clamp(min=0)
    top = maps.amax(dim=(1, 2), keepdim=True)
    return torch.where(top > 0, 1 - maps / top.clamp(min=torch.finfo(maps.dtype).tiny), 0)


def random_start(images: int, seed: int) -> Tensor:
    """Return one mask of 7 x 7 random cells in 0..1, repeated for each image."""
    cells = torch.rand(7, 7, generator=torch.Generator().manual_seed(seed))
    return cells.expand(images, -1, -1)


def spread(
    model: nn.Module,
    images: Tensor,
    targets: Tensor,
    starts: Sequence[Tensor],
    *,
    replacement: Callable[[Tensor], Tensor] = blur,
    seed: int = 0,
    report: Progress = silent,
) -> Spread:
    """Learn masks from several starts: how unsure is the explanation?

    Each descent begins at its start itself, the jitter is the same for all. From an
    untouched image (a start of ones) a class that is certain is not freed; its objective stays
    near 1.

    Args:
        starts: one or more sets of masks (N, h, w) in 0..1, of any resolution.
        model: and all others as for ``learn_masks``.
    """
    learned, total = [], len(starts)
    for nth, start in enumerate(starts):
        of_start = part_of(report, nth / total, (nth + 1) / total, f"start {nth + 1} of {total}")
        learned.append(
            learn_masks(
                model, images, targets, start, replacement=replacement, seed=seed, weaken=False,
                report=of_start,
            )
        )  # fmt: skip
    masks = torch.stack([one.masks for one in learned])
    pairs = [_correlation(a, b) for a, b in combinations(masks.flatten(2), 2)]
    alone = torch.full((len(images),), torch.nan)
    correlation = torch.stack(pairs).mean(dim=0) if pairs else alone
    return Spread(tuple(learned), masks.std(dim=0, correction=0), correlation)


def best_of(learned: Sequence[Learned]) -> Learned:
    """Return for each image what was learned from the start that led lowest.

    Args:
        learned: one or more for the same images, say those of a ``Spread``.
    """
    every = torch.stack([one.objective for one in learned])
    nth, image = every.argmin(dim=0), torch.arange(every.shape[1])

    def chosen(name: str) -> Tensor:
        return torch.stack([getattr(one, name) for one in learned])[nth, image]

    return Learned(chosen("masks"), chosen("objective"), chosen("steps"), chosen("trail"))


def without_centre(grid: tuple[int, int]) -> Tensor:
    """Return a mask (1, h, w) that deletes a bell at the centre.

    The authors begin at the smallest disc there that deletes the class.
    """
    rows, columns = ((torch.arange(cells) + 0.5) / cells - 0.5 for cells in grid)
    return 1 - torch.exp(-(rows[:, None] ** 2 + columns**2) / (2 * CENTRE**2))[None]


def _resized(masks: Tensor, grid: tuple[int, int]) -> Tensor:
    """Carry masks (N, h, w) smoothly to another grid; on their own they stay as they are."""
    if masks.shape[1:] == grid:
        return masks
    rows, columns = (
        gaussian_rows(new, old, CELL_SPREAD * max(1, old / new), masks)
        for new, old in zip(grid, masks.shape[1:], strict=True)
    )
    return carried(masks, rows, columns)


def _correlation(first: Tensor, second: Tensor) -> Tensor:
    """Return Pearson's r of each pair of rows (N, cells)."""
    first, second = (x - x.mean(dim=1, keepdim=True) for x in (first, second))
    return (first * second).sum(dim=1) / (first.norm(dim=1) * second.norm(dim=1))

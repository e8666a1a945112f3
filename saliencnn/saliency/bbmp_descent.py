"""The way down BBMP's objective: Adam with a step size and an end for each image.

Shorter than the authors' 300 steps of plain Adam:

- It begins at the least deletion that brings the class below one half. Where a network is certain
  its probability is flat, and from an untouched image no step leads anywhere.
- Adam forgets quickly. The first gradients are large and with the usual memory of a thousand steps
  would hold back the small ones, with which a mask withdraws from what it need not delete.
- Each image has a step size of its own, halved whenever some steps have gained little. An image
  whose steps have become small is done, and on a CPU leaves the batch. A GPU hardly gains by that,
  and cuDNN prepares every layer again for every size of batch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from saliencnn.common.progress import Progress
from saliencnn.saliency.bbmp_objective import STILL, Objective, regularisers
from saliencnn.saliency.effort import CHECK, POWERS, STEPS, STRENGTHS

FIRST_RATE, LAST_RATE = 0.2, 0.02
"""Step size to begin with, in units of the mask, and the one below which an image is done."""
DECAY = (0.8, 0.9)
"""Adam's memory of the gradients and of their squares, per step."""
GAIN = 0.02
"""Fraction by which the objective must have fallen at a check to keep the step size."""
FREED = 0.5
"""Probability below which a class is no longer certain, and its gradient worth following."""


@dataclass(frozen=True)
class Learned:
    """Masks and how they came about, all on the CPU.

    Attributes:
        masks: (N, h, w) float32 in 0..1, where 1 keeps the image and 0 deletes it; 28 x 28 for
            224 x 224 pixels (see ``grid_of``).
        objective: (N,) float32, of the masks without jitter.
        steps: (N,) int64, until the image was done.
        trail: (N, STEPS / CHECK) float32, lowest objective by every ``CHECK`` steps.
    """

    masks: Tensor
    objective: Tensor
    steps: Tensor
    trail: Tensor


def joined(parts: Sequence[Learned]) -> Learned:
    """Return what was learned in one or more batches as one."""
    return Learned(
        torch.cat([part.masks for part in parts]),
        torch.cat([part.objective for part in parts]),
        torch.cat([part.steps for part in parts]),
        torch.cat([part.trail for part in parts]),
    )


def descend(
    objective: Objective,
    start: Tensor,
    seed: int,
    weaken: bool,
    report: Progress,
    leaving: bool,
) -> Learned:
    """Learn the masks of one batch.

    Args:
        objective: of the images.
        start: masks (N, h, w) to begin from, on the objective's grid.
        seed: start of the jitter.
        weaken: begin at the weakest form of ``start`` that frees the class.
        report: called with the progress; steps that are saved count as done.
        leaving: whether images that are done leave the batch; but for rounding, it changes no
            outcome.
    """
    generator = torch.Generator().manual_seed(seed)
    objective.draw(generator)  # thrown away, so that a seed gives the masks that it always gave
    begin = start
    if weaken:
        begin = _weakest(objective, start, lambda: report(0.0, "weakening the start"))
    with torch.no_grad():
        best, value = start.clone(), objective(start, STILL)
        walk = _Walk(objective, begin, objective(begin, STILL))
    steps = torch.zeros(len(start), dtype=torch.long, device=start.device)
    here = torch.arange(len(start), device=start.device)
    trail, left = [], len(start)
    for step in range(1, STEPS + 1):
        walk.go(step, generator)
        report(1 - left / len(start) * (1 - step / STEPS), f"step {step} of {STEPS}")
        if step % CHECK:
            continue
        with torch.no_grad():
            found = walk.objective(walk.masks, STILL)
        going = walk.going
        better = going & (found < value[here])
        best[here[better]], value[here[better]] = walk.masks[better], found[better]
        steps[here[going]] = step
        trail.append(value.clone())
        walk.slow_down(found)
        going = walk.going
        left = int(going.sum())
        if not left:
            break
        if leaving:
            here, walk = here[going], walk.of(going)
    report(1.0, f"step {step} of {STEPS}")
    trail += [value] * (STEPS // CHECK - len(trail))
    outcome = (best.float(), value.float(), steps, torch.stack(trail, dim=1).float())
    return Learned(*(tensor.cpu() for tensor in outcome))


class _Walk:
    """The way down of those images that are in the batch."""

    def __init__(self, objective: Objective, masks: Tensor, value: Tensor) -> None:
        self.objective, self.masks, self.lowest = objective, masks, value
        self.mean, self.square = torch.zeros_like(masks), torch.zeros_like(masks)
        self.rate = torch.full_like(value, FIRST_RATE)

    def go(self, step: int, generator: torch.Generator) -> None:
        """Take a step of Adam, counted from 1, and put the masks back into 0..1."""
        masks = self.masks.detach().requires_grad_()
        total = self.objective(masks, self.objective.draw(generator)).sum()
        gradient = torch.autograd.grad(total, masks)[0]
        self.mean = torch.lerp(gradient, self.mean, DECAY[0])
        self.square = torch.lerp(gradient**2, self.square, DECAY[1])
        mean, square = (
            moment / (1 - decay**step)
            for moment, decay in zip((self.mean, self.square), DECAY, strict=True)
        )
        change = mean / square.sqrt().clamp(min=1e-12)
        self.masks = (self.masks - self.rate[:, None, None] * change).clamp(0, 1)

    @property
    def going(self) -> Tensor:
        """Whether each image's steps are still large, (n,)."""
        return self.rate >= LAST_RATE

    def slow_down(self, value: Tensor) -> None:
        """Halve the steps of images that gained little."""
        gained = value < (1 - GAIN) * self.lowest
        self.rate = torch.where(gained, self.rate, self.rate / 2)
        self.lowest = torch.fmin(self.lowest, value)

    def of(self, chosen: Tensor) -> "_Walk":
        """Return the same for some of the images, by their positions or a mask (n,)."""
        walk = _Walk(self.objective.of(chosen), self.masks[chosen], self.lowest[chosen])
        walk.mean, walk.square = self.mean[chosen], self.square[chosen]
        walk.rate = self.rate[chosen]
        return walk


@torch.no_grad()
def _weakest(objective: Objective, start: Tensor, report: Callable[[], None]) -> Tensor:
    """Return the cheapest form of each start that brings its class below ``FREED``."""

    def cost(masks: Tensor) -> Tensor:
        report()
        return objective.probabilities(masks, STILL).clamp(min=FREED) + regularisers(masks)

    chosen = torch.ones_like(start)
    lowest = cost(chosen)
    for power in POWERS:
        for strength in STRENGTHS:
            masks = 1 - (strength * (1 - start) ** power).clamp(max=1)
            value = cost(masks)
            chosen = torch.where((value < lowest)[:, None, None], masks, chosen)
            lowest = torch.fmin(lowest, value)
    return chosen

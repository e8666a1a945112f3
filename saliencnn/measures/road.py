"""Remove and debias (ROAD): take pixels away without leaving a visible hole."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from saliencnn.measures.curves import Change, Curves, Score, sweep

MAX_REMOVED_FRACTION = 0.9
"""Of the pixels; there must be some to fill the holes from."""
EXACT = 1e-4  # residual, relative to the known neighbours: fills to 0.003, well below the noise


def road(
    score: Score,
    images: Tensor,
    maps: np.ndarray,
    *,
    most_salient_first: bool = True,
    steps: int = 9,
    batch_size: int = 64,
    noise: float = 0.01,
    seeds: Sequence[tuple[int, ...]] | None = None,
) -> Curves:
    """Remove pixels by noisy linear imputation (ROAD, Rong 2022).

    Low areas are good where the most salient pixels go first, high ones where the least salient
    do; half of the second less the first combines both.

    Args:
        score: see ``curves.Score``, such as ``curves.probability``; called without gradients.
        images: float (N, C, H, W), as the network takes them.
        maps: float (N, h, w), of any resolution; pixels are ranked by ``curves.ranks``.
        most_salient_first: or in exactly the reverse order.
        steps: in which 90% of the pixels are removed, each as many, at least 1.
        batch_size: the most images to fill and score at once.
        noise: standard deviation of what is added to removed pixels, in the images' unit.
        seeds: of each image's noise; by default its position.

    Returns:
        The curves from the whole image to the one of which a tenth is left; NaN for constant maps.

    Raises:
        ValueError: numbers of maps, images and seeds differ, steps or batch size are below 1, or
            images are too small to remove anything from.
    """
    height, width = images.shape[2:]
    if seeds is not None and len(seeds) != len(images):
        raise ValueError(f"{len(images)} images need as many seeds, not {len(seeds)}.")
    if steps < 1 or height * width < 2:
        raise ValueError(f"Needed: 1 step and 2 pixels or more, not {steps}, {height * width}.")
    counts = np.rint(np.linspace(0, MAX_REMOVED_FRACTION * height * width, steps + 1)).astype(
        np.int64
    )
    counts = np.minimum(counts, height * width - 1)

    def prepare(group: Tensor, positions: np.ndarray) -> Change:
        shape = tuple(group.shape[1:])
        own = [(int(p),) if seeds is None else seeds[p] for p in positions]
        drawn = [np.random.default_rng(seed).standard_normal(shape, "f4") for seed in own]
        disturbance = noise * torch.from_numpy(np.stack(drawn)).to(group)
        return lambda owner, taken: (
            impute(group[owner], ~taken) + disturbance[owner] * taken[:, None]
        )

    return sweep(score, images, maps, counts, batch_size, prepare, not most_salient_first)


def impute(images: Tensor, known: Tensor) -> Tensor:
    """Fill unknown pixels so that each is the weighted mean of its eight neighbours.

    Neighbours weigh 1/6 at the sides and 1/12 at the corners; those beyond the border are left
    out. The linear system of all unknown pixels is symmetric and positive definite, so conjugate
    gradients (Hestenes 1952) solve it for a whole batch without building it.

    Args:
        images: float (B, C, H, W).
        known: bool (B, H, W), with at least one True for each image.

    Returns:
        The images, with unknown pixels filled, as a new tensor.
    """
    inside = known[:, None].to(images)
    unknown = 1 - inside
    weights = unknown * _around(torch.ones_like(unknown[:1]))
    # Channel by channel, whatever the images' layout: masks of one channel then pass through
    # memory in a row, which halves the time.
    given = (images * inside).contiguous()
    border = unknown * _around(given)
    filled = unknown * (_sum(given) / _sum(inside))
    residual = border - weights * filled + unknown * _around(filled)
    direction = residual.clone()
    size, enough = _square(residual), EXACT**2 * _square(border)
    solved, at = torch.empty_like(filled), torch.arange(len(images), device=images.device)
    for step in range(4 * sum(images.shape[2:])):
        # Looking at the outcome makes an accelerator wait, so not after every step. Images with
        # small holes are done long before the others.
        if step % 8 == 0:
            solved[at] = filled
            going = (size > enough).flatten(1).any(dim=1)
            if not bool(going.any()):
                break
            at, unknown, weights, enough, size = (
                part[going] for part in (at, unknown, weights, enough, size)
            )
            filled, residual, direction = (part[going] for part in (filled, residual, direction))
        image = _around(direction).mul_(unknown).neg_().addcmul_(weights, direction)
        length = _ratio(size, _product(direction, image))
        filled.addcmul_(length, direction)
        residual.addcmul_(length, image, value=-1)
        before, size = size, _square(residual)
        direction.mul_(_ratio(size, before)).add_(residual)
    else:
        solved[at] = filled
    return torch.where(known[:, None], images, solved)


def _around(images: Tensor) -> Tensor:
    """Return weighted sums over each pixel and its neighbours; beyond the border lies zero.

    Weights are 1, 2, 1 in both directions. The pixel's own one cancels in the system.
    """
    wide = pad(images, (1, 1, 1, 1))
    rows = (wide[..., :-2, :] + wide[..., 2:, :]).add_(wide[..., 1:-1, :], alpha=2)
    return (rows[..., :-2] + rows[..., 2:]).add_(rows[..., 1:-1], alpha=2)


def _sum(images: Tensor) -> Tensor:
    return images.sum(dim=(2, 3), keepdim=True)


def _product(first: Tensor, second: Tensor) -> Tensor:
    return torch.linalg.vecdot(first.flatten(2), second.flatten(2))[..., None, None]


def _square(images: Tensor) -> Tensor:
    return _product(images, images)


def _ratio(above: Tensor, below: Tensor) -> Tensor:
    """Divide; 0 where nothing is left to do."""
    return torch.where(below > 0, above / below, 0)

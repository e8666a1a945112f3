"""What BBMP minimises: the class's probability once a mask has deleted parts of the image.

Fong and Vedaldi 2017, "Interpretable Explanations of Black Boxes by Meaningful Perturbation",
with the values of the authors' own program: lambda1 = 1e-4, lambda2 = 1e-2, beta = 3, a mask of
28 x 28 cells on 224 pixels, jitter of 4 pixels, blur of 10 pixels. All lengths are fractions of the
image's side, so that images of other sizes are treated alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

CELLS = 28
"""Cells along the shorter side of a mask, unless a cell were less than ``SMALLEST_CELL`` wide."""
SMALLEST_CELL = 4
"""Pixels along a cell's side; the mask of a small image has fewer cells in return."""
CELL_SPREAD = 0.75
"""Standard deviation, in cells, of the bell that carries a cell to its pixels.

Enlarging 28 cells to 224 pixels bilinearly and blurring by 5 pixels, as the authors do, spreads a
cell as far.
"""
BLUR = 10 / 224
"""Standard deviation of the blur that replaces what is deleted, in sides of the image."""
JITTER = 4 / 224
"""Range of the image's random shifts, in its sides."""
L1_WEIGHT = 1e-4
TV_WEIGHT = 1e-2
TV_POWER = 3

Shift = tuple[int, int]
"""Pixels by which an image is shifted, down and right."""
STILL: Shift = (0, 0)


def grid_of(height: int, width: int) -> tuple[int, int]:
    """Return a mask's rows and columns for images of a size in pixels: 28 x 28 for 224 x 224."""
    cell = max(SMALLEST_CELL, min(height, width) / CELLS)
    return max(1, round(height / cell)), max(1, round(width / cell))


def gaussian_rows(length: int, cells: int, spread: float, like: Tensor) -> Tensor:
    """Return weights (length, cells) that average cells around each of ``length`` positions.

    Positions and cells divide the same line evenly; each row adds up to 1, also at the ends.

    Args:
        length: number of positions.
        cells: number of cells.
        spread: standard deviation of the bell, in cells.
        like: tensor whose type and device the weights get.
    """
    positions = (torch.arange(length, dtype=torch.float64) + 0.5) * cells / length
    centres = torch.arange(cells, dtype=torch.float64) + 0.5
    exponents = -((positions[:, None] - centres) ** 2) / (2 * spread**2)
    return exponents.softmax(dim=1).to(like)


def carried(planes: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Carry planes (..., h, w) to (..., H, W) by weights (H, h) and (W, w), never rounded."""
    # Autocast would take products of matrices in half precision.
    with torch.autocast(planes.device.type, enabled=False):
        return rows @ planes @ columns.T


def blur(images: Tensor) -> Tensor:
    """Blur images (N, 3, H, W) by ``BLUR`` of their shorter side, within their borders."""
    height, width = images.shape[-2:]
    spread = BLUR * min(height, width)
    rows = gaussian_rows(height, height, spread, images)
    columns = gaussian_rows(width, width, spread, images)
    return carried(images, rows, columns)


def l1(masks: Tensor) -> Tensor:
    """Return (N,) how much masks (N, h, w) delete: the mean of 1 - m times 28 x 28."""
    return CELLS**2 * (1 - masks).abs().mean(dim=(1, 2))


def total_variation(masks: Tensor) -> Tensor:
    """Return (N,) the sum of |gradient| ** 3 over masks (N, h, w), per 28 x 28 cells.

    Differences are taken to the cell below and to the right, none across the border, and count
    per 1/28 of the image's shorter side, so that a mask's form matters and not its cells' size.
    """
    below = pad(masks.diff(dim=1), (0, 0, 0, 1))
    right = pad(masks.diff(dim=2), (0, 1))
    squared = (below**2 + right**2) * (min(masks.shape[1:]) / CELLS) ** 2
    # The power of the square: a root in between has no gradient at zero.
    return CELLS**2 * (squared ** (TV_POWER / 2)).mean(dim=(1, 2))


@dataclass(frozen=True)
class Objective:
    """The objective of masks for a batch of images; made by ``objective_for``.

    Attributes:
        model: returns logits (N, classes); frozen and in evaluation.
        images: (N, 3, H, W), normalised.
        targets: (N,) int64, the class whose probability counts.
        replaced: what stands where a mask deletes, (N, 3, H, W).
        rows: weights (H, h) that carry a mask's rows to the image's; likewise ``columns``.
        dtype: floating type of the images that the network takes.
    """

    model: nn.Module
    images: Tensor
    targets: Tensor
    replaced: Tensor
    rows: Tensor
    columns: Tensor
    dtype: torch.dtype

    def of(self, chosen: Tensor) -> "Objective":
        """Return the same for some of the images, by their positions or a mask (N,)."""
        images, targets = self.images[chosen], self.targets[chosen]
        return replace(self, images=images, targets=targets, replaced=self.replaced[chosen])

    def draw(self, generator: torch.Generator) -> Shift:
        """Draw a step's shift, the same for all images of whatever batch."""
        span = max(1, round(JITTER * min(self.images.shape[-2:])))
        down, right = (torch.randint(span, (2,), generator=generator) - span // 2).tolist()
        return (down, right)

    def probabilities(self, masks: Tensor, shift: Shift) -> Tensor:
        """Return the class's probability (N,) once masks (N, h, w) have deleted.

        A network with one score has no other class: there it is the sigmoid of the score.
        """
        kept = carried(masks, self.rows, self.columns)[:, None]
        replaced = shifted(self.replaced, shift)
        shown = replaced + kept * (shifted(self.images, shift) - replaced)
        logits = self.model(shown.to(self.dtype)).to(masks.dtype)
        if logits.shape[1] == 1:
            return logits[:, 0].sigmoid()
        return logits.softmax(dim=1).gather(1, self.targets[:, None])[:, 0]

    def __call__(self, masks: Tensor, shift: Shift) -> Tensor:
        """Return the objective (N,) of masks (N, h, w)."""
        return self.probabilities(masks, shift) + regularisers(masks)


def regularisers(masks: Tensor) -> Tensor:
    """Return (N,) what masks (N, h, w) cost by themselves."""
    return L1_WEIGHT * l1(masks) + TV_WEIGHT * total_variation(masks)


def shifted(images: Tensor, shift: Shift) -> Tensor:
    """Shift images (N, 3, H, W); the border's pixels are repeated where nothing follows."""
    if shift == STILL:
        return images
    rows, columns = (
        (torch.arange(length, device=images.device) + by).clamp(0, length - 1)
        for length, by in zip(images.shape[-2:], shift, strict=True)
    )
    return images[..., rows[:, None], columns]


def objective_for(
    model: nn.Module,
    images: Tensor,
    targets: Tensor,
    replacement: Callable[[Tensor], Tensor] = blur,
) -> Objective:
    """Prepare the objective for images; images of half precision count as float32.

    Args:
        model: returns logits (N, classes); frozen and in evaluation.
        images: float (N, 3, H, W), normalised.
        targets: (N,) int64, the class whose probability counts.
        replacement: makes of the images what stands where a mask deletes.
    """
    exact = images.to(torch.promote_types(images.dtype, torch.float32))
    size = exact.shape[-2:]
    rows, columns = (
        gaussian_rows(length, cells, CELL_SPREAD, exact)
        for length, cells in zip(size, grid_of(*size), strict=True)
    )
    parameter = next((p for p in model.parameters() if p.is_floating_point()), exact)
    # The clone is for an index made in inference mode, which autograd may not keep.
    return Objective(
        model, exact, targets.clone(), replacement(exact), rows, columns, parameter.dtype
    )

"""A layer's output as maps (N, C, h, w), whatever its layout, and back again."""

import math

import torch
from torch import Tensor

from saliencnn.common.errors import UserError
from saliencnn.models.spec import CHANNELS_FIRST, CHANNELS_LAST, TOKENS, ModelSpec

Size = tuple[int, int]
"""Height and width, in pixels or cells."""


def to_maps(output: object, spec: ModelSpec, image: Size) -> Tensor:
    """Return a target layer's output as maps (N, C, h, w).

    Args:
        output: what the layer puts out.
        spec: its layout.
        image: size of the images.

    Raises:
        UserError: the output has no such layout.
    """
    name = repr(spec.target_layer)
    if not isinstance(output, Tensor):
        raise UserError(
            f"Layer {name} has no maps: its output is a {type(output).__name__}; choose a layer "
            "inside it that puts out one tensor."
        )
    shape = tuple(output.shape)
    if output.ndim != (3 if spec.layout == TOKENS else 4):
        raise UserError(f"Layer {name} has no maps: its output {shape} has no height and width.")
    if spec.layout == CHANNELS_FIRST:
        maps = output
    elif spec.layout == CHANNELS_LAST:
        maps = output.permute(0, 3, 1, 2)
    else:
        grid = grid_of_tokens(output.shape[1] - spec.extra_tokens, image)
        if grid is None:
            raise UserError(
                f"Layer {name} has no maps: its {output.shape[1]} tokens, {spec.extra_tokens} of "
                f"them extra, are no grid over an image of {image[0]} x {image[1]} pixels."
            )
        maps = output[:, spec.extra_tokens :].transpose(1, 2).unflatten(2, grid)
    cells = (maps.shape[2], maps.shape[3])
    if not cover_alike(cells, image):
        raise UserError(
            f"Layer {name} puts out {shape}; as {spec.layout} that would be maps of {cells[0]} x "
            f"{cells[1]} cells, which do not cover an image of {image[0]} x {image[1]} pixels. "
            "inspect_model(model) finds a layer's layout."
        )
    return maps


def from_maps(maps: Tensor, output: Tensor, spec: ModelSpec) -> Tensor:
    """Return maps (M, C, h, w) in the layout of a layer's output.

    Args:
        maps: what the layer shall seem to have put out.
        output: what it did put out for M images, or for one; extra tokens are taken from it.
        spec: its layout.
    """
    if spec.layout == CHANNELS_FIRST:
        return maps
    if spec.layout == CHANNELS_LAST:
        return maps.permute(0, 2, 3, 1)
    extra = output[:, : spec.extra_tokens].expand(len(maps), -1, -1)
    return torch.cat([extra, maps.flatten(2).transpose(1, 2).to(extra)], dim=1)


def grid_of_tokens(tokens: int, image: Size) -> Size | None:
    """Return rows and columns of tokens that form a grid over an image; None if they form none."""
    rows = max(1, round(math.sqrt(max(tokens, 0) * image[0] / image[1])))
    near = [(r, tokens // r) for r in (rows, rows - 1, rows + 1) if r > 0 and tokens % r == 0]
    return next((grid for grid in near if grid[1] > 0 and cover_alike(grid, image, 1.3)), None)


def cover_alike(cells: Size, image: Size, margin: float = 2.0) -> bool:
    """Whether cells may be steps of the same size down and across an image.

    Args:
        cells: rows and columns.
        image: size in pixels.
        margin: factor by which padding may change the steps.
    """
    # So many pixels a step make so many cells, whichever way a layer rounds.
    low = [pixels / (n + 1) for pixels, n in zip(image, cells, strict=True)]
    high = [pixels / (n - 1) if n > 1 else math.inf for pixels, n in zip(image, cells, strict=True)]
    return max(low) <= margin * min(high)

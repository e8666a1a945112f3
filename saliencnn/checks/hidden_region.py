"""An image without the region that a map highlights, and without as much elsewhere."""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from saliencnn.checks.interventions.changes import inpainted


def paint_over(image: Tensor, map01: Tensor, level: float) -> tuple[Tensor, float]:
    """Return an image as it is, without a map's region, and without as much where it is lowest.

    What is hidden is filled in from its surroundings.

    Args:
        image: uint8 (3, H, W).
        map01: the map as it is drawn, (h, w) in 0..1.
        level: from which on a cell is in its region.

    Returns:
        The three images, uint8 (3, 3, H, W), and the fraction of the image that was hidden.
    """
    size = image.shape[-2:]
    cells = map01[None, None].float()
    # Whole cells: so the region is as large as wherever else its size is told.
    region = interpolate(cells, size, mode="nearest-exact")[0] >= level
    scaled = interpolate(cells, size, mode="bilinear")[0]
    lowest = torch.zeros_like(region).flatten()
    lowest[scaled.flatten().argsort(stable=True)[: int(region.sum())]] = True
    holes = torch.stack([region, lowest.view_as(region)])
    pixels = image.float()[None].expand(2, -1, -1, -1)
    hidden = inpainted(pixels, holes).round().clamp(0, 255).to(torch.uint8)
    return torch.cat([image[None], hidden]), float(region.float().mean())

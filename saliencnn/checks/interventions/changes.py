"""Changes of images (N, 3, H, W) from 0 to 1, on whatever device they are but for JPEG."""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from saliencnn.checks.interventions.scene import Scene
from saliencnn.checks.interventions.table import PATCHES
from saliencnn.data.encode import compress_jpeg

BRIGHTNESS = torch.tensor([0.299, 0.587, 0.114])
"""Of red, green and blue (ITU-R BT.601)."""
BORDER = 1 / 8
"""Width of the border that is hidden, as a fraction of the side."""
CORNER = 1 / 6


def luminance(images: Tensor) -> Tensor:
    """Return how bright each pixel is, (N, 1, H, W)."""
    return (images * BRIGHTNESS.to(images)[:, None, None]).sum(1, keepdim=True)


def grey(images: Tensor) -> Tensor:
    """Return images without colour."""
    return luminance(images).expand_as(images)


def blurred(images: Tensor, fraction: float = 1 / 8) -> Tensor:
    """Return images averaged three times over squares, nearly a Gaussian.

    Args:
        images: (N, 3, H, W).
        fraction: the squares' side as a fraction of the image's.
    """
    reach = max(1, round(fraction * images.shape[-1] / 2))
    down, across = (_averaging(side, reach).to(images) for side in images.shape[-2:])
    return down @ images @ across.T


def _averaging(side: int, reach: int) -> Tensor:
    """Return the matrix, (side, side), that averages three times over what is within reach."""
    places = torch.arange(side)
    near = ((places[:, None] - places).abs() <= reach).double()
    return (near / near.sum(1, keepdim=True)).matrix_power(3)


def inpainted(images: Tensor, hole: Tensor) -> Tensor:
    """Fill holes from their surroundings, the nearest first: a pyramid of normalised averages.

    Args:
        images: (N, 3, H, W).
        hole: bool (N, 1, H, W).
    """
    size = images.shape[-2:]
    known = (~hole).to(images)
    filled, left = images * known, known
    total, weight = filled, known
    while min(total.shape[-2:]) > 1:
        total, weight = avg_pool2d(total, 2, ceil_mode=True), avg_pool2d(weight, 2, ceil_mode=True)
        guess = interpolate(total, size, mode="bilinear")
        sure = interpolate(weight, size, mode="bilinear")
        reached = (left == 0) & (sure > 1e-3)
        filled = torch.where(reached, guess / sure.clamp_min(1e-6), filled)
        left = torch.where(reached, 1.0, left)
    return torch.where(left > 0, filled, images.mean((2, 3), keepdim=True))


def turned_hue(images: Tensor) -> Tensor:
    """Return images with all hues turned by half a circle (HSL; saturation and lightness stay)."""
    return images.amax(1, keepdim=True) + images.amin(1, keepdim=True) - images


def equalised(images: Tensor, brightness: Tensor | float = 0.5) -> Tensor:
    """Return images of a mean brightness, by default of one half."""
    mean = luminance(images).mean((2, 3), keepdim=True)
    return (images * brightness / mean.clamp_min(1e-3)).clamp(0, 1)


def contrasted(images: Tensor, factor: float) -> Tensor:
    """Return images whose distance from their mean colour is multiplied."""
    mean = images.mean((2, 3), keepdim=True)
    return (mean + factor * (images - mean)).clamp(0, 1)


def compressed(images: Tensor, quality: int) -> Tensor:
    """Return images as JPEG of a quality keeps them."""
    pixels = (images * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    kept = [compress_jpeg(image, quality) for image in pixels]
    again = torch.from_numpy(np.stack(kept)).permute(0, 3, 1, 2)
    return again.to(images.device).to(images) / 255


def noisy(scene: Scene, deviation: float) -> Tensor:
    """Return images with normal noise; the same for an image in whatever batch."""
    noise = torch.stack([_draw(int(number), scene.images[0]) for number in scene.numbers])
    return (scene.images + deviation * noise.to(scene.images)).clamp(0, 1)


def _draw(number: int, like: Tensor) -> Tensor:
    return torch.randn(like.shape, generator=torch.Generator().manual_seed(number))


def smoothed(images: Tensor, factor: int) -> Tensor:
    """Return images without what is finer than ``factor`` pixels."""
    size = images.shape[-2:]
    small = interpolate(images, scale_factor=1 / factor, mode="bilinear", antialias=True)
    return interpolate(small, size, mode="bilinear").clamp(0, 1)


def shuffled(scene: Scene) -> Tensor:
    """Return images whose ``PATCHES`` x ``PATCHES`` patches have changed places."""
    high, wide = (side // PATCHES for side in scene.images.shape[-2:])
    moved = scene.images.clone()
    whole = moved[..., : PATCHES * high, : PATCHES * wide]
    patches = whole.unfold(2, high, high).unfold(3, wide, wide)
    flat = patches.flatten(2, 3)
    for place, number in enumerate(scene.numbers):
        generator = torch.Generator().manual_seed(int(number))
        flat[place] = flat[place, :, torch.randperm(PATCHES**2, generator=generator)]
    rows = flat.unflatten(2, (PATCHES, PATCHES)).transpose(3, 4)
    whole.copy_(rows.flatten(4, 5).flatten(2, 3))
    return moved


def cell(size: tuple[int, int], row: int, column: int) -> Tensor:
    """Return the pixels of a cell of an even grid of ``PATCHES`` rows and columns, bool (H, W)."""
    inside = torch.zeros(size, dtype=torch.bool)
    (top, bottom), (left, right) = (
        (side * place // PATCHES, side * (place + 1) // PATCHES)
        for side, place in zip(size, (row, column), strict=True)
    )
    inside[top:bottom, left:right] = True
    return inside


def border(size: tuple[int, int]) -> Tensor:
    """Return the pixels of the border, bool (H, W)."""
    inside = torch.ones(size, dtype=torch.bool)
    down, across = (max(1, round(BORDER * side)) for side in size)
    inside[down:-down, across:-across] = False
    return inside


def corner(size: tuple[int, int], lower: bool, right: bool) -> Tensor:
    """Return the pixels of a corner, bool (H, W)."""
    down, across = (max(1, round(CORNER * side)) for side in size)
    inside = torch.zeros(size, dtype=torch.bool)
    inside[-down:, :across] = True
    inside = inside if lower else inside.flip(0)
    return inside.flip(1) if right else inside

"""How images (N, 3, H, W) from 0 to 1 are corrupted, after ImageNet-C (Hendrycks 2019)."""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from saliencnn.checks.interventions import changes
from saliencnn.checks.interventions.scene import Scene

SIDE = 224
"""Pixels of an image's side to which strengths of a blur refer; it is scaled with the image."""


def blurred(scene: Scene, strength: float) -> Tensor:
    """Return images under a Gaussian of a deviation in pixels of an image of 224."""
    down, across = (_gaussian(side, strength * side / SIDE) for side in scene.images.shape[-2:])
    return down.to(scene.images) @ scene.images @ across.to(scene.images).T


def _gaussian(side: int, deviation: float) -> Tensor:
    """Return the matrix, (side, side), that averages; at the edges over what is there."""
    places = torch.arange(side, dtype=torch.double)
    weights = (-((places[:, None] - places) ** 2) / (2 * deviation**2)).exp()
    return weights / weights.sum(1, keepdim=True)


def pixelated(scene: Scene, strength: float) -> Tensor:
    """Return images of as few pixels as a fraction of their sides, drawn as large as before."""
    size = scene.images.shape[-2:]
    small = [max(1, int(strength * side)) for side in size]
    return interpolate(interpolate(scene.images, small, mode="area"), size, mode="nearest-exact")


def compressed(scene: Scene, strength: float) -> Tensor:
    """Return images as JPEG of a quality keeps them."""
    return changes.compressed(scene.images, round(strength))


def brightened(scene: Scene, strength: float) -> Tensor:
    """Return images whose value (HSV) is that much higher; hue and saturation stay."""
    value = scene.images.amax(1, keepdim=True)
    wanted = (value + strength).clamp(0, 1)
    return torch.where(value > 0, scene.images * wanted / value.clamp_min(1e-6), wanted)


def contrasted(scene: Scene, strength: float) -> Tensor:
    """Return images of a fraction of their contrast."""
    return changes.contrasted(scene.images, strength)

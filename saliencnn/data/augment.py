"""From pixels to a network's input in training: random changes, and normalisation."""

from collections.abc import Callable
from dataclasses import replace

import torch

from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.bounds import MAX_SIDE
from saliencnn.data.encode import compress_jpeg
from saliencnn.data.geometry import Geometry
from saliencnn.data.preparation import Preparation


def place_transform(
    hp: Hyperparameters, geometry: Geometry
) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return the random changes of where things are; those of strength 0 are left out.

    The randomness is that of torch's global generator, so that a caller can seed each image.

    Args:
        hp: its ``crop`` and ``flip`` count here.
        geometry: of images without random changes.

    Returns:
        A function from uint8 (C, H, W) to uint8 (C, height, width).
    """
    from torchvision.transforms import v2

    steps: list[Callable[[torch.Tensor], torch.Tensor]] = []
    if hp.crop > 0:
        mode = v2.InterpolationMode(geometry.interpolation)
        scale = (1 - hp.crop, 1.0)
        if geometry.mode != "crop":
            # Of the whole image, so large that the smallest part is not scaled up.
            height, width = (
                min(MAX_SIDE, round(side / (1 - hp.crop) ** 0.5)) for side in geometry.shape
            )
            wide = None if geometry.width is None else width
            steps.append(replace(geometry, size=height, width=wide).fit)
        wider = geometry.shape[1] / geometry.size
        ratio = (3 / 4 * wider, 4 / 3 * wider)
        steps.append(v2.RandomResizedCrop(geometry.shape, scale, ratio, mode, antialias=True))
    else:
        steps.append(geometry.fit)
    if hp.flip > 0:
        steps.append(v2.RandomHorizontalFlip(hp.flip))
    return v2.Compose(steps)


def look_transform(
    hp: Hyperparameters, preparation: Preparation
) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return the random changes of what things look like; those of strength 0 are left out.

    Args:
        hp: its ``color_jitter``, ``grayscale``, ``degrade`` and ``erasing`` count here.
        preparation: whose normalisation the network is fed with.

    Returns:
        A function from uint8 (3, H, W) to normalised float32 (3, H, W).
    """
    from torchvision.transforms import v2

    steps: list[Callable[[torch.Tensor], torch.Tensor]] = []
    if hp.color_jitter > 0:
        light = 0.2 * hp.color_jitter
        jitter = v2.ColorJitter(light, light, light, hue=0.5 * hp.color_jitter)
        # Pillow turns hues several times faster than tensor arithmetic does.
        steps += [v2.ToPILImage(), jitter, v2.PILToTensor()]
    if hp.grayscale > 0:
        steps.append(v2.RandomGrayscale(hp.grayscale))
    if hp.degrade > 0:
        steps += [v2.RandomApply([change], hp.degrade) for change in _degradations()]
    steps.append(preparation.normalise)
    if hp.erasing > 0:
        # After normalising, so that the rectangle is filled with the mean colour.
        steps.append(v2.RandomErasing(hp.erasing))
    return v2.Compose(steps)


BLUR, NOISE, QUALITY = (0.3, 1.5), 0.05, (5, 50)
"""Deviations of the blur in pixels, deviation of the noise (of 1), and qualities of the JPEG."""


def _degradations() -> list[Callable[[torch.Tensor], torch.Tensor]]:
    """Return what takes fine detail from an image, such as what a camera or a file left there.

    As a file does, compression comes last.
    """
    from torchvision.transforms import v2

    return [v2.GaussianBlur(5, BLUR), _disturb, _compress]


def _disturb(image: torch.Tensor) -> torch.Tensor:
    """Return an image, uint8 (3, H, W), with normal noise."""
    noise = 255 * NOISE * torch.randn(image.shape)
    return (image + noise).round().clamp(0, 255).to(torch.uint8)


def _compress(image: torch.Tensor) -> torch.Tensor:
    """Return what a JPEG of random quality leaves of an image, uint8 (3, H, W)."""
    low, high = QUALITY
    quality = int(torch.randint(low, high + 1, ()))
    kept = compress_jpeg(image.permute(1, 2, 0).numpy(), quality)
    return torch.from_numpy(kept).permute(2, 0, 1).contiguous()

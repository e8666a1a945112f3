"""From pixels to a network's input: random changes in training, and normalisation."""

from collections.abc import Callable

import torch

from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.geometry import validation_geometry

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""ImageNet's, by which pretrained networks and our own are fed."""


def place_transform(hp: Hyperparameters, size: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return the random changes of where things are; those of strength 0 are left out.

    The randomness is that of torch's global generator, so that a caller can seed each image.

    Args:
        hp: its ``crop`` and ``flip`` count here.
        size: width and height of the outcome in pixels.

    Returns:
        A function from uint8 (C, H, W) to uint8 (C, size, size).
    """
    from torchvision.transforms import v2

    steps: list[Callable[[torch.Tensor], torch.Tensor]] = []
    if hp.crop > 0:
        steps.append(v2.RandomResizedCrop(size, scale=(1 - hp.crop, 1), antialias=True))
    else:
        steps.append(validation_geometry(size).fit)
    if hp.flip > 0:
        steps.append(v2.RandomHorizontalFlip(hp.flip))
    return v2.Compose(steps)


def look_transform(hp: Hyperparameters) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return the random changes of what things look like; those of strength 0 are left out.

    Args:
        hp: its ``color_jitter``, ``grayscale`` and ``erasing`` count here.

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
    steps.append(normalise)
    if hp.erasing > 0:
        # After normalising, so that the rectangle is filled with the mean colour.
        steps.append(v2.RandomErasing(hp.erasing))
    return v2.Compose(steps)


def normalise(
    images: torch.Tensor,
    mean: tuple[float, float, float] = MEAN,
    std: tuple[float, float, float] = STD,
) -> torch.Tensor:
    """Turn uint8 (..., 3, H, W) into a network's float32 input.

    Args:
        images: on any device.
        mean: of each channel from 0 to 1; by default ImageNet's.
        std: likewise.
    """
    centre, spread = (
        torch.tensor(values, device=images.device).view(3, 1, 1) for values in (mean, std)
    )
    return images.float().div_(255).sub_(centre).div_(spread)

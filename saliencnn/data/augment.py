"""What happens to an image on its way into a network."""

from collections.abc import Callable
from functools import partial

import torch
from torchvision.transforms import v2

from saliencnn.common.hyperparameters import Hyperparameters

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def training_transform(hp: Hyperparameters, size: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return the random changes that ``hp`` asks for; those of strength 0 are left out.

    The randomness is that of torch's global generator, so that a caller can seed each image.

    Args:
        hp: its ``crop``, ``flip``, ``color_jitter``, ``grayscale`` and ``erasing`` count here.
        size: width and height of the outcome in pixels.

    Returns:
        A function from uint8 (3, H, W) to normalised float32 (3, size, size).
    """
    steps: list[Callable[[torch.Tensor], torch.Tensor]] = []
    if hp.crop > 0:
        steps.append(v2.RandomResizedCrop(size, scale=(1 - hp.crop, 1), antialias=True))
    else:
        steps.append(validation_transform(size))
    if hp.flip > 0:
        steps.append(v2.RandomHorizontalFlip(hp.flip))
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


def validation_transform(size: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return the fixed resizing that puts any image into the network's format.

    An image that already is ``size`` x ``size`` stays untouched. Any other is resized until its
    shorter side is ``size * 256 / 224`` pixels and cropped to its centre, as is usual for
    ImageNet.

    Returns:
        A function from uint8 (3, H, W) to uint8 (3, size, size).
    """
    resize = v2.Compose([v2.Resize(round(size * 256 / 224), antialias=True), v2.CenterCrop(size)])

    # A loader's worker may be a new process, and only a module's own function travels there.
    return partial(_fit, resize=resize, size=size)


def _fit(image: torch.Tensor, resize: v2.Compose, size: int) -> torch.Tensor:
    return image if image.shape[-2:] == (size, size) else resize(image)


def normalise(images: torch.Tensor) -> torch.Tensor:
    """Turn uint8 (..., 3, H, W) into float32 with ImageNet's mean and standard deviation."""
    mean, std = (torch.tensor(values, device=images.device).view(3, 1, 1) for values in (MEAN, STD))
    return images.float().div_(255).sub_(mean).div_(std)

"""Whatever a person calls an image, as a network's input.

Files, PIL images and uint8 pixels are prepared: scaled, cropped and normalised, by default as is
usual for networks trained on ImageNet. Floating point is taken for what a network takes already,
since nothing tells normalised pixels from others.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from saliencnn.common.errors import UserError
from saliencnn.data.decode import convert_image, decode_image
from saliencnn.data.geometry import Geometry
from saliencnn.data.preparation import Preparation, windowing
from saliencnn.data.window import Window

ImageLike: TypeAlias = Image.Image | str | Path | np.ndarray | Tensor
Images: TypeAlias = ImageLike | Sequence[ImageLike]
Preprocess: TypeAlias = Callable[[Image.Image], Tensor]
"""Turns a PIL image into a network's input (C, H, W), as torchvision's ``weights.transforms()``."""

_CHANNELS = (1, 3, 4)


IMAGENET = Preparation(Geometry(224, 256))
"""Shorter side to 256 pixels, the centre's 224 x 224, ImageNet's mean and standard deviation."""


def prepare_images(images: Images, preprocess: Preprocess = IMAGENET) -> Tensor:
    """Return one or many images as a network's input, float (N, C, H, W).

    Args:
        images: one image or a sequence of them. A path, a PIL image, a uint8 array (H, W),
            (H, W, C) or (N, H, W, C) or a uint8 tensor (C, H, W) or (N, C, H, W) is prepared by
            ``preprocess``; a floating array or tensor (C, H, W) or (N, C, H, W) is normalised
            already.
        preprocess: prepares one image.

    Raises:
        UserError: it is no image, has another shape, or the images' inputs differ in size.
    """
    if isinstance(images, list | tuple):
        if not images:
            raise UserError("There are no images in this empty list.")
        parts = [prepare_images(image, preprocess) for image in images]
        if len({part.shape[1:] for part in parts}) > 1:
            shapes = ", ".join(str(tuple(shape)) for shape in {part.shape[1:] for part in parts})
            raise UserError(f"Images of one call must have one size; these have {shapes}.")
        return torch.cat(parts)
    if isinstance(images, Tensor | np.ndarray) and is_floating(images):
        return _normalised(torch.as_tensor(images))
    window = getattr(preprocess, "window", None)
    inputs = [torch.as_tensor(preprocess(image)) for image in open_images(images, window)]
    inputs = [one[0] if one.ndim == 4 and len(one) == 1 else one for one in inputs]
    if any(one.ndim != 3 or not one.is_floating_point() for one in inputs):
        raise UserError(
            "preprocess must return a floating tensor (C, H, W) for a PIL image, not "
            f"{inputs[0].dtype} {tuple(inputs[0].shape)}."
        )
    return torch.stack(inputs)


def is_floating(images: Tensor | np.ndarray) -> bool:
    """Whether an array or tensor is of floating point."""
    if isinstance(images, Tensor):
        return images.is_floating_point()
    return bool(np.issubdtype(images.dtype, np.floating))


def open_images(images: object, window: Window | None = None) -> list[Image.Image]:
    """Return what is not normalised yet as upright RGB images.

    Args:
        images: one image or an array of several.
        window: see ``Preparation``.

    Raises:
        UserError: it is no image or has another shape.
    """
    if isinstance(images, Image.Image):
        return [Image.fromarray(convert_image(images, windowing(window)))]
    if isinstance(images, str | Path):
        return [Image.fromarray(decode_image(Path(images), str(images), windowing(window)))]
    if isinstance(images, Tensor):
        last = images.detach().cpu().movedim(-3, -1) if images.ndim >= 3 else images.cpu()
        return _from_pixels(last.numpy())
    if isinstance(images, np.ndarray):
        return _from_pixels(images)
    raise UserError(
        f"An image must be a path, a PIL image, an array or a tensor; this is a "
        f"{type(images).__name__}."
    )


def _from_pixels(pixels: np.ndarray) -> list[Image.Image]:
    shape = pixels.shape
    if pixels.dtype != np.uint8:
        raise UserError(
            f"Pixels must be uint8 from 0 to 255, or normalised floating point; these are "
            f"{pixels.dtype}."
        )
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim == 3:
        pixels = pixels[None]
    if pixels.ndim != 4 or pixels.shape[3] not in _CHANNELS or not pixels.size:
        raise UserError(
            "uint8 images must be (H, W), (H, W, C) or (N, H, W, C) as arrays, or (C, H, W) or "
            f"(N, C, H, W) as tensors, with 1, 3 or 4 channels; not {shape}."
        )
    alone = [one[..., 0] if one.shape[2] == 1 else one for one in pixels]
    return [Image.fromarray(convert_image(Image.fromarray(one))) for one in alone]


def _normalised(images: Tensor) -> Tensor:
    batch = images[None] if images.ndim == 3 else images
    if batch.ndim != 4 or (batch.shape[3] in _CHANNELS and batch.shape[1] not in _CHANNELS):
        raise UserError(
            "Floating images must be normalised already and of the shape (C, H, W) or "
            f"(N, C, H, W), not {tuple(images.shape)}; pass uint8 (H, W, C) to have them prepared."
        )
    return batch

"""A sample's image, read at its own size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from saliencnn.data.decode import DecodedImage, decode_original
from saliencnn.data.imageset import Sample
from saliencnn.data.masks import Mask, Outline, read_mask
from saliencnn.data.opening import UnreadableImage

if TYPE_CHECKING:
    from torch import Tensor


def load_image(sample: Sample) -> Tensor:
    """Return a sample's image, uint8 (3, H, W).

    Raises:
        UnreadableImage: its file cannot be decoded.
    """
    return to_tensor(load_original(sample).pixels)


def why_unreadable(samples: Iterable[Sample], names: Sequence[str]) -> str:
    """Return why the first of some images cannot be read, as a sentence.

    Args:
        samples: the images, among others.
        names: of those that could not be read; others may have other reasons.

    Returns:
        Empty if there is no such image, or it can be read by now.
    """
    try:
        for sample in samples:
            if names and sample.name == names[0]:
                load_image(sample)
                break
    except UnreadableImage as error:
        return str(error)
    return ""


def load_original(sample: Sample) -> DecodedImage:
    """Return a sample's image and the size of its original.

    Raises:
        UnreadableImage: its file cannot be decoded.
    """
    image = sample.image
    if isinstance(image, np.ndarray):
        return DecodedImage(image, *image.shape[:2])
    return decode_original(image, sample.name, sample.window)


def to_tensor(image: np.ndarray) -> Tensor:
    """Return an image, uint8 (H, W, 3), as a view of shape (3, H, W)."""
    import torch

    return torch.from_numpy(image).permute(2, 0, 1)


def read_region(mask: Mask, name: str, original: DecodedImage) -> np.ndarray:
    """Return a mask at the size of its image's pixels, bool (H, W).

    Raises:
        BadMask: it cannot be used.
    """
    if isinstance(mask, Outline) and mask.height is None:
        mask = replace(mask, height=original.height, width=original.width)
    return read_mask(mask, name, *original.pixels.shape[:2])

"""Images of any number of channels as files that whatever shows images can read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from saliencnn.data.decode import decode_image
from saliencnn.data.encode import encode_png

if TYPE_CHECKING:
    from torch import Tensor

_PNG = b"\x89PNG\r\n\x1a\n"


def encode_planes(planes: np.ndarray) -> bytes:
    """Encode an image of 1 to 4 channels, uint8 (channels, H, W), so that others can show it.

    It is a PNG of three planes: one channel is repeated, and of two the third is black. A fourth
    channel is a PNG of its own behind the first, which what shows images does not read.
    """
    channels = len(planes)
    shown = planes[[0, 0, 0]] if channels == 1 else planes[:3]
    if channels == 2:
        shown = np.concatenate([planes, np.zeros_like(planes[:1])])
    encoded = encode_png(np.ascontiguousarray(shown.transpose(1, 2, 0)))
    return encoded + encode_png(planes[3]) if channels == 4 else encoded


def decode_planes(encoded: Iterable[bytes]) -> Tensor:
    """Decode images of one size, giving uint8 (N, 3, height, width); 4 where they have a fourth."""
    import torch

    return torch.from_numpy(np.stack([_decode_one(content) for content in encoded]))


def _decode_one(content: bytes) -> np.ndarray:
    planes = decode_image(content, "stored image").transpose(2, 0, 1)
    fourth = content.rfind(_PNG, 1) if content.startswith(_PNG) else -1
    if fourth < 0:
        return planes
    return np.concatenate([planes, decode_image(content[fourth:], "stored image")[None, :, :, 0]])

"""Validation images as plain pixels: decoded once, and not once an epoch.

They lie in a file that has no name any more, so that it is gone with its process however that ends,
and the system keeps of it in memory what there is room for.
"""

import os
from collections.abc import Sequence
from tempfile import TemporaryFile

import numpy as np
import torch
from torch import Tensor

from saliencnn.data.planes import decode_planes


class DecodedImages:
    """Images that are decoded when they are first wanted."""

    def __init__(self, encoded: Sequence[bytes], room: int) -> None:
        """Decode nothing yet.

        Args:
            encoded: each image's file.
            room: how many of them are kept as pixels at most.
        """
        self._encoded, self._room = encoded, min(room, len(encoded))
        self._places: dict[int, int] = {}
        self._pixels: np.ndarray | None = None

    def take(self, images: np.ndarray) -> Tensor:
        """Return some images.

        Args:
            images: int (N,), positions, each once.

        Returns:
            uint8 (N, C, height, width).
        """
        wanted = [int(image) for image in images]
        new = [image for image in wanted if image not in self._places]
        if not new:
            return self._read(wanted)
        decoded = decode_planes(self._encoded[image] for image in new)
        self._keep(new, decoded.numpy())
        old = [image for image in wanted if image not in set(new)]
        if not old:
            return decoded
        places = {image: place for place, image in enumerate((*old, *new))}
        return torch.cat([self._read(old), decoded])[[places[image] for image in wanted]]

    def _read(self, images: list[int]) -> Tensor:
        assert self._pixels is not None
        return torch.from_numpy(self._pixels[[self._places[image] for image in images]])

    def _keep(self, images: list[int], pixels: np.ndarray) -> None:
        if self._pixels is None:
            self._pixels = _reserve((self._room, *pixels.shape[1:]))
            self._room = len(self._pixels)
        for image, own in zip(images, pixels, strict=True):
            if len(self._places) < self._room:
                place = self._places[image] = len(self._places)
                self._pixels[place] = own


def _reserve(shape: tuple[int, ...]) -> np.ndarray:
    """Return an array that lies on disk; an empty one where the disk has no room for it."""
    if not shape[0]:
        return np.empty(shape, np.uint8)
    with TemporaryFile() as file:
        try:
            # A disk that is full only when it is written to would end the process.
            os.posix_fallocate(file.fileno(), 0, int(np.prod(shape)))
        except (OSError, AttributeError):
            return np.empty((0, *shape[1:]), np.uint8)
        return np.memmap(file, np.uint8, "r+", shape=shape)

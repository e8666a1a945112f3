"""Validation images as they are kept for all runs on an image set: what the network sees."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.data.window import AUTO


@dataclass(frozen=True)
class ImageIndex:
    """What is known of the images without reading them.

    Attributes:
        name: of the image set.
        classes: class names.
        size: side of every image in pixels; its height, where it is not square.
        names: of the images.
        labels: int64 (N,).
        offsets: int64 (N + 1,), bytes in the images' file.
        object_boxes: float32 (N, 4): x, y, width, height in the kept image; NaN if unknown.
        head_boxes: likewise for the head.
        skipped: names of the images that could not be read.
        window: what was shown of images deeper than 8 bits, as ``--window`` takes it; ``auto``
            where there were none.
        object_masked: bool (N,), of which images the object's exact pixels are kept; None of none.
        head_masked: likewise for the head.
        width: of every image in pixels, where it is not square.
    """

    name: str
    classes: tuple[str, ...]
    size: int
    names: tuple[str, ...]
    labels: np.ndarray
    offsets: np.ndarray
    object_boxes: np.ndarray
    head_boxes: np.ndarray
    skipped: tuple[str, ...]
    window: str = AUTO
    object_masked: np.ndarray | None = None
    head_masked: np.ndarray | None = None
    width: int | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of every image in pixels."""
        return (self.size, self.width or self.size)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def chance(self) -> float:
        """Accuracy of whoever always names the most frequent class, 0 to 1."""
        return float(np.bincount(self.labels, minlength=1).max() / max(len(self), 1))

    def masked(self, region: str) -> np.ndarray:
        """Return of which images the exact pixels of a region are kept, bool (N,)."""
        masked = self.object_masked if region == "object" else self.head_masked
        return np.zeros(len(self), bool) if masked is None else masked

    @property
    def box_area(self) -> float | None:
        """Mean fraction of an image that its object's box fills, of those without exact pixels.

        None where no object is known by its box alone.
        """
        known = np.isfinite(self.object_boxes).all(axis=1) & ~self.masked("object")
        if not known.any():
            return None
        height, width = self.shape
        x, y, across, down = self.object_boxes[known].T
        inside = np.clip(x + across, 0, width) - np.clip(x, 0, width)
        tall = np.clip(y + down, 0, height) - np.clip(y, 0, height)
        return float((inside * tall).mean() / (height * width))

    def boxes(self, region: str) -> np.ndarray:
        """Return each image's box of a region, float32 (N, 4)."""
        return self.object_boxes if region == "object" else self.head_boxes


@dataclass(frozen=True)
class Images:
    """Everything that is kept of an image set's validation images.

    Attributes:
        index: what they are.
        encoded: one file's bytes an image.
        object_masks: bool (M, height, width), of the M images that ``index.object_masked`` names;
            None of none.
        head_masks: likewise for the head.
    """

    index: ImageIndex
    encoded: Sequence[bytes]
    object_masks: np.ndarray | None = None
    head_masks: np.ndarray | None = None

    def regions(self, region: str) -> Iterator[np.ndarray | None]:
        """Yield where each image's ``object`` or its ``head`` is: exactly, else by its box."""
        index = self.index
        masks = self.object_masks if region == "object" else self.head_masks
        exact = iter(() if masks is None else masks)
        for masked, box in zip(index.masked(region), index.boxes(region), strict=True):
            yield next(exact) if masked else box_mask(box, index.shape)


def box_mask(box: np.ndarray, shape: tuple[int, int]) -> np.ndarray | None:
    """Return the pixels whose centres lie in a box, bool of that shape; None for a NaN box."""
    if not np.isfinite(box).all():
        return None
    (x, y, width, height), (rows, columns) = box, shape
    left, right = (math.ceil(min(max(0, edge), columns) - 0.5) for edge in (x, x + width))
    top, bottom = (math.ceil(min(max(0, edge), rows) - 0.5) for edge in (y, y + height))
    mask = np.zeros(shape, bool)
    mask[top:bottom, left:right] = True
    return mask

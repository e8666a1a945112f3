"""Validation images as they are kept for all runs on an image set: what the network sees."""

from dataclasses import dataclass

import numpy as np

from saliencnn.data.window import AUTO


@dataclass(frozen=True)
class ImageIndex:
    """What is known of the images without reading them.

    Attributes:
        name: of the image set.
        classes: class names.
        size: side of every image in pixels.
        names: of the images.
        labels: int64 (N,).
        offsets: int64 (N + 1,), bytes in the images' file.
        object_boxes: float32 (N, 4): x, y, width, height in the kept image; NaN if unknown.
        head_boxes: likewise for the head.
        exact_masks: whether exact masks are kept beside the boxes.
        skipped: names of the images that could not be read.
        window: what was shown of images deeper than 8 bits, as ``--window`` takes it; ``auto``
            where there were none.
    """

    name: str
    classes: tuple[str, ...]
    size: int
    names: tuple[str, ...]
    labels: np.ndarray
    offsets: np.ndarray
    object_boxes: np.ndarray
    head_boxes: np.ndarray
    exact_masks: bool
    skipped: tuple[str, ...]
    window: str = AUTO

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Images:
    """Everything that is kept of an image set's validation images.

    Attributes:
        index: what they are.
        encoded: one file's bytes an image.
        object_masks: bool (N, size, size), or None.
        head_masks: likewise for the head.
    """

    index: ImageIndex
    encoded: tuple[bytes, ...]
    object_masks: np.ndarray | None = None
    head_masks: np.ndarray | None = None


def box_mask(box: np.ndarray, size: int) -> np.ndarray | None:
    """Return the pixels whose centres lie in a box, bool (size, size); None for a NaN box."""
    if not np.isfinite(box).all():
        return None
    x, y, width, height = box
    centres = np.arange(size) + 0.5
    across = (centres >= x) & (centres < x + width)
    down = (centres >= y) & (centres < y + height)
    return down[:, None] & across

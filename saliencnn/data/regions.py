"""Where in a training image a network may find its evidence: the object, and nothing ignored."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from saliencnn.common.rectangles import Rectangle
from saliencnn.data.decode import DecodedImage
from saliencnn.data.image_index import box_mask
from saliencnn.data.imageset import Box, Sample
from saliencnn.data.loading import load_original, read_region, to_tensor
from saliencnn.data.masks import BadMask
from saliencnn.data.opening import UnreadableImage


def has_region(sample: Sample) -> bool:
    """Whether it is known where a sample's object is."""
    return sample.object_mask is not None or sample.object_box is not None


def tells_place(sample: Sample) -> bool:
    """Whether its box or mask tells where the object is: in a part of the image, but not in all."""
    try:
        region = find_object(sample, load_original(sample))
    except UnreadableImage:
        return False
    return bool(region.any() and not region.all())


def load_with_region(sample: Sample, ignored: Sequence[Rectangle]) -> Tensor:
    """Return a sample's image and, as a fourth channel, where its evidence may lie.

    Args:
        sample: an image; where its object is unknown, its evidence may lie anywhere.
        ignored: where it may not, whatever the object is.

    Returns:
        uint8 (4, H, W); the fourth channel is 255 where evidence may lie and 0 elsewhere.

    Raises:
        UnreadableImage: its file cannot be decoded.
    """
    original = load_original(sample)
    height, width = original.pixels.shape[:2]
    region = find_object(sample, original)
    for left, top, wide, tall in ignored:
        region &= ~_fill((left * width, top * height, wide * width, tall * height), height, width)
    # Channels side by side in memory, as in the image alone: that is what scaling is fast with.
    # One after the other goes several times faster than three at once.
    image = np.empty((height, width, 4), np.uint8)
    for channel in range(3):
        image[..., channel] = original.pixels[..., channel]
    image[..., 3] = region * np.uint8(255)
    return to_tensor(image)


def find_object(sample: Sample, original: DecodedImage) -> np.ndarray:
    """Return the object's exact pixels or its box, bool (H, W); everything where it is unknown."""
    height, width = original.pixels.shape[:2]
    exact = read_exact(sample, original)
    if exact is not None:
        return exact
    if sample.object_box is None:
        return np.ones((height, width), dtype=bool)
    across, down = width / original.width, height / original.height
    x, y, wide, tall = sample.object_box
    return _fill((x * across, y * down, wide * across, tall * down), height, width)


def read_exact(sample: Sample, original: DecodedImage) -> np.ndarray | None:
    """Return the object's exact pixels, bool (H, W); None where they are unknown or of no use."""
    if sample.object_mask is None:
        return None
    try:
        return read_region(sample.object_mask, sample.name, original).copy()
    except BadMask:
        return None


def _fill(box: Box, height: int, width: int) -> np.ndarray:
    """Return the pixels whose centres lie in a box, bool (height, width)."""
    filled = box_mask(np.array(box), (height, width))
    assert filled is not None
    return filled

"""A map's colours over its image, in numbers alone."""

import numpy as np

from saliencnn.drawing.heat import FADE_IN, Floats, color_table, upsample

OPACITY = 0.6
"""Of the colours where a map is strong."""
UNSEEN = 0.4
"""Brightness of what the network did not see."""

_BAND = 1_000_000
"""Pixels that are blended at a time, since floating numbers of a large image fill memory."""


def blend(
    image: np.ndarray,
    part: tuple[int, int, int, int],
    map01: Floats,
    opacity: float = OPACITY,
) -> np.ndarray:
    """Lay one map over an image.

    Args:
        image: uint8 (H, W, 3).
        part: what the map covers: left, top, right, bottom.
        map01: (h, w), 0 to 1, of any resolution.
        opacity: of the colours, 0 to 1.

    Returns:
        uint8 (H, W, 3).
    """
    left, top, right, bottom = part
    heat = upsample(map01[None], bottom - top, right - left)[0]
    blended = np.empty_like(image)
    rows = max(1, _BAND // image.shape[1])
    for start in range(0, len(image), rows):
        band = image[start : start + rows] * UNSEEN
        first, last = max(top, start), min(bottom, start + rows)
        if first < last:
            seen = image[first:last, left:right]
            here = heat[first - top : last - top].clip(0, 1)
            alpha = (opacity * (here / FADE_IN).clip(max=1.0))[..., None]
            colors = color_table()[(here * 255).round().astype(np.uint8)].astype(np.float32)
            band[first - start : last - start, left:right] = seen + alpha * (colors - seen)
        blended[start : start + rows] = band.round().astype(np.uint8)
    return blended

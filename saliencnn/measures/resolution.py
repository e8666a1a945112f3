"""Maps at another resolution."""

from collections.abc import Sequence

import numpy as np


def resample(maps: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resample maps bilinearly, cell centres to cell centres (``align_corners=False``).

    Args:
        maps: float (N, h, w); what is not finite spreads to the cells around it.
        height: rows of the result.
        width: columns of the result.

    Returns:
        float64 (N, height, width).
    """
    if maps.shape[1:] == (height, width):
        return maps.astype(np.float64)
    (top, bottom, lower), (left, right, righter) = (
        neighbours(side, wanted)
        for side, wanted in zip(maps.shape[1:], (height, width), strict=True)
    )
    exact = maps.astype(np.float64)
    across = (1 - righter) * exact[:, :, left] + righter * exact[:, :, right]
    found, below = across[:, top], across[:, bottom]
    found *= 1 - lower[:, None]
    below *= lower[:, None]
    found += below
    return found


def neighbours(cells: int, wanted: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the two cells of a side between which each new centre lies, and the second's weight.

    Beyond the outermost centres the outermost cell counts alone.
    """
    place = ((np.arange(wanted) + 0.5) * (cells / wanted) - 0.5).clip(0, cells - 1)
    first = place.astype(int)
    return first, np.minimum(first + 1, cells - 1), place - first


def at_common_size(maps: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """Stack maps of any sizes at the most rows and the most columns that any of them has.

    No map is thus made coarser, so nothing of a fine map is lost beside a coarse one.

    Args:
        maps: M maps, each float (h, w).

    Returns:
        float64 (M, H, W), resampled by ``resample``; (0, 1, 1) from no maps.
    """
    height = max((m.shape[0] for m in maps), default=1)
    width = max((m.shape[1] for m in maps), default=1)
    stack = np.empty((len(maps), height, width))
    for place, single in enumerate(maps):
        stack[place] = resample(single[None], height, width)[0]
    return stack

"""Maps at another resolution."""

from collections.abc import Sequence

import numpy as np
from torch import from_numpy
from torch.nn.functional import interpolate


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
    exact = from_numpy(maps.astype(np.float64))[:, None]
    resized = interpolate(exact, (height, width), mode="bilinear", align_corners=False)
    return resized[:, 0].numpy()


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

"""Which of many images stands for them: one of which numbers are about as they are on average."""

from collections.abc import Sequence

import numpy as np


def find_typical(numbers: Sequence[np.ndarray], among: np.ndarray) -> int | None:
    """Return the image of which every number is closest to its mean over all images.

    Args:
        numbers: float (N,) each, of the same images; NaN where unknown.
        among: bool (N,), the images to choose from.

    Returns:
        Its place; None where no image to choose from has all numbers.
    """
    if not numbers or any(not np.isfinite(one).any() for one in numbers):
        return None
    apart = np.max([abs(one - np.nanmean(one)) for one in numbers], axis=0)
    apart[~among] = np.nan
    return int(np.nanargmin(apart)) if np.isfinite(apart).any() else None

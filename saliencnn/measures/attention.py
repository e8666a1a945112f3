"""What a run's maps are judged by where nobody knows the object's place."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from saliencnn.measures.noise import attended, entropy, total_variation


@dataclass(frozen=True)
class MapMeasure:
    """A number for each map that says how it attends, whatever the image shows.

    Attributes:
        label: for people, as it stands in a sentence.
        sign: 1 where more is better, -1 where less is.
        help: a sentence for a novice.
        compute: float (N, h, w) to float (N,), NaN where a map says nothing.
    """

    label: str
    sign: int
    help: str
    compute: Callable[[np.ndarray], np.ndarray]


def attended_area(maps: np.ndarray) -> np.ndarray:
    """Return which share of its cells each map attends to with at least half its maximum.

    Args:
        maps: float (N, h, w); values below zero count as zero.

    Returns:
        float32 (N,), above 0 to 1; NaN where a map has no positive energy or is not finite.
    """
    share = attended(maps, 0.5).mean(axis=(1, 2))
    return np.where(share > 0, share, np.nan).astype("f4")


MAP_MEASURES: dict[str, MapMeasure] = {
    "noise": MapMeasure(
        "noise of the maps",
        -1,
        "How often a map rises and falls; a calm map points at one thing.",
        total_variation,
    ),
    "entropy": MapMeasure(
        "spread of the maps",
        -1,
        "How evenly a map spreads over the image: 0 is a single spot, 1 is everywhere alike.",
        entropy,
    ),
    "attended_area": MapMeasure(
        "attended area",
        1,
        "Which share of the image a map attends to with at least half its strength; a network "
        "that reads a small cue beside the object attends to little.",
        attended_area,
    ),
}
"""Each is logged at every epoch as a metric of its name: the mean over the Grad-CAM maps."""

"""Where names of points stand so that none covers another; pure, in pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LINE = 15
"""Pixels of a label's height."""
LETTER = 6.2
"""Pixels of one of its letters on average, generously."""
BESIDE = 9
"""Pixels from a point's middle to its label, where there is room."""
FARTHEST = 200
"""Pixels from a point's middle to its label at most."""
LED = 16
"""Pixels from which on a line leads from the point to its label."""
_ANGLES = np.pi * np.array([0, 1, 1.5, 0.5, 1.75, 0.25, 1.25, 0.75, 1.875, 0.125, 1.125, 0.875])


@dataclass(frozen=True, eq=False)
class Labels:
    """Places of N labels.

    Attributes:
        offsets: float (N, 2), from a point to its label's middle, right and down.
        halves: float (N, 2), half of a label's width and height.
        shown: bool (N,), whether there is room for the label at all.
        led: bool (N,), whether a line should lead to it.
    """

    offsets: np.ndarray
    halves: np.ndarray
    shown: np.ndarray
    led: np.ndarray

    @property
    def leader_ends(self) -> np.ndarray:
        """Places of the labels' edges nearest to their points, from these, float (N, 2)."""
        return np.clip(0, self.offsets - self.halves, self.offsets + self.halves)


def place_labels(points: np.ndarray, widths: np.ndarray, room: tuple[float, float]) -> Labels:
    """Return where labels stand: none covers another, a point, or the edge.

    Each takes the nearest free place around its point, the first ones first.

    Args:
        points: float (N, 2), right and down.
        widths: float (N,), of the labels.
        room: width and height, from 0.
    """
    halves = np.stack([np.asarray(widths) / 2, np.full(len(widths), LINE / 2)], axis=1)
    offsets, shown, led = np.zeros((len(points), 2)), *np.zeros((2, len(points)), bool)
    distances = np.linspace(BESIDE, FARTHEST, 55)
    ways = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
    for n, (point, half) in enumerate(zip(points, halves, strict=True)):
        centers = (point + (distances[:, None, None] + half) * ways).reshape(-1, 2)
        free = ((centers - half >= 0) & (centers + half <= room)).all(axis=1)
        free &= ~_touch(centers, half, points, np.full(2, BESIDE - 3.0))
        free &= ~_touch(centers, half, (points + offsets)[shown], halves[shown])
        if free.any():
            place = int(free.argmax())
            offsets[n], shown[n] = centers[place] - point, True
            led[n] = distances[place // len(_ANGLES)] > LED
    return Labels(offsets, halves, shown, led)


def label_widths(names: Sequence[str], longest: float) -> np.ndarray:
    """Return about how wide names are in pixels, (N,), of which ``longest`` are shown at most."""
    return np.minimum([len(name) * LETTER for name in names], longest)


def _touch(
    centers: np.ndarray, half: np.ndarray, others: np.ndarray, other_halves: np.ndarray
) -> np.ndarray:
    """Return which of K boxes of one size touch any of M others, bool (K,)."""
    apart = abs(centers[:, None] - others[None])
    return (apart < half + other_halves).all(axis=2).any(axis=1)

"""A few of many, so that all parts of the whole are seen."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")


def take_evenly(items: Sequence[Item], most: int) -> list[Item]:
    """Return so many of some items at most, in their order, as far apart as can be."""
    taken = min(len(items), most)
    return [items[place * len(items) // taken] for place in range(taken)]


def choose_evenly(labels: np.ndarray, count: int) -> np.ndarray:
    """Return positions of ``count`` images, as evenly over the classes as can be, ascending."""
    turn = np.zeros(len(labels), int)  # an image's place within its class
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        turn[own] = np.arange(len(own))
    return np.sort(np.argsort(turn, kind="stable")[:count])


def spread_evenly(labels: np.ndarray, count: int) -> np.ndarray:
    """Return as many of each class as ``choose_evenly``, but as far apart within it as can be.

    Neighbours are often alike: frames of one film, or photos of one afternoon.
    """
    quotas = np.bincount(labels[choose_evenly(labels, count)], minlength=int(labels.max()) + 1)
    chosen: list[int] = []
    for label, own in enumerate(quotas):
        chosen += take_evenly(np.flatnonzero(labels == label).tolist(), int(own))
    return np.sort(np.array(chosen, int))

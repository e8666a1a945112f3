"""Whether images are enough to tell how maps of missed images differ from those of correct ones."""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from saliencnn.measures.groups import Estimate

Told = TypeVar("Told")
FOCUS, BORDER, SIZE = "focus", "near the border", "region size"
TELLING, PART = 1 / 3, "a third"
"""Fraction of a network's mean region, and in words: an interval of the size that ends beyond it
leaves room for a difference that matters, so that it tells nothing."""
Shifts = Mapping[tuple[str, str], Estimate]
"""(network, number of its maps) -> how missed images differ from correct ones."""
Means = Mapping[tuple[str, str], tuple[float, float]]
"""(network, number of its maps) -> mean over missed and over correct images."""


def numbers_of(network: str, told: Mapping[tuple[str, str], Told]) -> dict[str, Told]:
    """Return number of a map -> what is told of one network's."""
    return {number: one for (name, number), one in told.items() if name == network}


def find_telling(shifts: Shifts, means: Means) -> list[str]:
    """Return the networks whose images are enough to tell whether missed ones differ.

    A difference of much of the region may matter, so the interval has to end within ``TELLING`` of
    it, the same part for every network; a difference beyond chance tells by itself.

    Args:
        shifts: of all networks.
        means: likewise; a network without a mean region tells by its images alone.
    """
    told = {network for (network, _), one in shifts.items() if one.enough}
    apart = {*find_apart(shifts)}

    networks = dict.fromkeys(network for network, _ in shifts)
    return [
        one
        for one in networks
        if one in told
        and (one in apart or is_narrow(numbers_of(one, shifts), numbers_of(one, means)))
    ]


def is_narrow(shifts: Mapping[str, Estimate], means: Mapping[str, tuple[float, float]]) -> bool:
    """Return whether an interval of the size leaves no room for a difference that matters.

    Args:
        shifts: number of a map -> how missed images differ; without a size there is room for none.
        means: number -> mean over missed and over correct images.
    """
    region = means.get(SIZE, (np.inf, np.inf))[1]
    return SIZE not in shifts or not shifts[SIZE].most > TELLING * region


def find_apart(shifts: Shifts) -> list[str]:
    """Return the networks whose missed images differ from correct ones by more than chance."""
    told = ((network, one) for (network, _), one in shifts.items() if one.enough)
    return list(dict.fromkeys(network for network, one in told if one.excludes(0)))

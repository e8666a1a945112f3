"""What groups of maps are, in words that say how each differs from the other maps."""

from collections.abc import Mapping

import numpy as np

from saliencnn.measures.groups import separability

APART = 0.75
"""Chance that a map of a group has more of a trait than another, from which on it is named."""
NAMED = 3
"""Traits of a group that its name holds."""
TRAITS = {
    "size": ("small", "wide"),
    "border": ("in the middle", "near the border"),
    "focus": ("beside the object", "on the object"),
    "object": ("where the object is small", "where the object is large"),
}
"""Trait -> what maps with less of it than the others are, and maps with more; adjectives first."""
TELLING = ("size", "object", "border", "focus")
"""Of traits that set a group apart alike, those that are named first."""


def name_groups(labels: np.ndarray, traits: Mapping[str, np.ndarray]) -> list[str]:
    """Name groups by what sets them apart most, e.g. ``small maps near the border``.

    The words describe these very maps; they say nothing of others.

    Args:
        labels: int (N,), each map's group from 0 on.
        traits: of ``TRAITS``: fraction of the map's cells above half its maximum, of its energy in
            the outer half, of it on the object, and of the image that the object takes; float
            (N,), NaN where unknown.
    """
    groups = int(labels.max()) + 1
    return [_name(labels == group, traits) if groups > 1 else "all maps" for group in range(groups)]


def _name(group: np.ndarray, traits: Mapping[str, np.ndarray]) -> str:
    areas = {name: separability(traits[name], ~group).value for name in TELLING if name in traits}
    clear = [name for name in areas if abs(areas[name] - 0.5) >= APART - 0.5]
    strongest = sorted(clear, key=lambda name: -abs(areas[name] - 0.5))[:NAMED]
    words = [TRAITS[name][int(areas[name] > 0.5)] for name in TRAITS if name in strongest]
    size = words.pop(0) if "size" in strongest else ""
    return " ".join(filter(None, (size, "maps", *words))) if strongest else "maps like the others"

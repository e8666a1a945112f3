"""Numbers of each map: region size, total variation and focus."""

import numpy as np

from app.attention.class_maps import ClassMaps, measure_focus
from saliencnn.drawing.heat import rescale
from saliencnn.measures.energy import is_empty
from saliencnn.measures.groups import MIN_GROUP, Estimate
from saliencnn.measures.map_measures import region_size, total_variation
from saliencnn.store.connection import Store

NUMBERS = {
    "region size": "fraction of the map at or above the threshold",
    "total variation": "how much the map rises and falls: high for a noisy map",
    "focus": "fraction of the map's energy on the object",
}
"""Number -> what it says."""


def map_numbers(store: Store, class_maps: ClassMaps, threshold: float) -> dict[str, np.ndarray]:
    """Return the ``NUMBERS`` of each map, float (N,); NaN for an empty map.

    A number that no map has is left out: the focus where no object's place is known.
    """
    empty = is_empty(class_maps.maps)
    scaled = rescale(class_maps.maps, jointly=False)
    sizes = np.array([region_size(map01, threshold) for map01 in scaled], np.float64)
    found = {
        "region size": np.where(empty, np.nan, sizes),
        "total variation": np.where(empty, np.nan, total_variation(class_maps.maps)),
        "focus": measure_focus(store, class_maps),
    }
    return {name: values for name, values in found.items() if np.isfinite(values).any()}


def describe_difference(shift: Estimate) -> str:
    """Say whether missed images differ from correct ones by more than chance."""
    if not shift.enough:
        return describe_too_few(shift)
    if not shift.excludes(0):
        return "no difference beyond chance"
    return "higher in missed images" if shift.value > 0 else "lower in missed images"


def describe_too_few(found: Estimate) -> str:
    """Say on which side there are fewer images than a statement about others needs."""
    if found.failed < MIN_GROUP:
        return f"too few to say: {found.failed} missed"
    return f"too few to say: {found.correct} correct"

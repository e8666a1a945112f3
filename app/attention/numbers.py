"""Numbers of each map: region size, total variation and focus."""

from collections.abc import Mapping

import numpy as np

from app.attention.class_maps import ClassMaps, measure_focus
from saliencnn.common.sentences import list_some
from saliencnn.common.terms import ON_OBJECT
from saliencnn.drawing.heat import rescale
from saliencnn.measures.energy import is_empty
from saliencnn.measures.groups import MIN_GROUP, Estimate
from saliencnn.measures.map_measures import region_size, total_variation
from saliencnn.store.connection import Store

NUMBERS = {
    "region size": "fraction of the map at or above the threshold",
    "total variation": "how much the map rises and falls: high for a noisy map",
    "focus": f"fraction of the map's energy {ON_OBJECT}",
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


def explain_errors(shifts: Mapping[tuple[str, str], Estimate]) -> str:
    """Say whether what networks look at explains their errors; "" where the images are too few.

    Args:
        shifts: (network, number of its maps) -> how missed images differ from correct ones.
    """
    told = {key: shift for key, shift in shifts.items() if shift.enough}
    apart = [
        f"{number} is {describe_difference(shift)} of {network}"
        for (network, number), shift in told.items()
        if shift.excludes(0)
    ]
    if apart:
        return f"What is looked at may explain the errors on this class: {list_some(apart, 3)}."
    if told:
        return (
            "What is looked at does not explain the errors on this class: no number of the maps "
            "differs between missed and correct images by more than chance."
        )
    return ""


def describe_too_few(found: Estimate) -> str:
    """Say on which side there are fewer images than a statement about others needs."""
    if found.failed < MIN_GROUP:
        return f"too few to say: {found.failed} missed"
    return f"too few to say: {found.correct} correct"

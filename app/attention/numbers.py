"""Numbers of each map: region size, total variation and focus."""

import numpy as np

from app.attention.class_maps import ClassMaps, measure_focus
from saliencnn.drawing.heat import rescale
from saliencnn.measures.energy import is_empty
from saliencnn.measures.groups import Estimate
from saliencnn.measures.map_measures import total_variation
from saliencnn.store.connection import Store


def map_numbers(store: Store, class_maps: ClassMaps, threshold: float) -> dict[str, np.ndarray]:
    """Return ROI size, noise and focus of each map, float (N,); NaN if it points nowhere."""
    lost = is_empty(class_maps.maps)
    scaled = rescale(class_maps.maps, jointly=False)
    sizes = np.array([region_size(map01, threshold) for map01 in scaled], np.float64)
    found = {
        "ROI size": np.where(lost, np.nan, sizes),
        "noise": np.where(lost, np.nan, total_variation(class_maps.maps)),
        "focus": measure_focus(store, class_maps),
    }
    return {name: values for name, values in found.items() if np.isfinite(values).any()}


def in_words(shift: Estimate) -> str:
    """Say whether a difference stands out from chance."""
    if not shift.excludes(0):
        return "no difference beyond chance"
    return "higher where it fails" if shift.value > 0 else "lower where it fails"


def region_size(map01: np.ndarray, threshold: float) -> float:
    """Return the share of a map's cells, (h, w) in 0..1, at or above the threshold."""
    return float((map01 >= threshold).mean())

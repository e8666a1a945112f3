"""Numbers of each map: region size, total variation, and where it lies."""

import numpy as np

from app.attention.class_maps import ClassMaps, measure_focus
from saliencnn.drawing.heat import rescale
from saliencnn.findings.map_errors import BORDER, FOCUS
from saliencnn.measures.energy import is_empty
from saliencnn.measures.map_clusters import border_energy
from saliencnn.measures.map_measures import region_size, total_variation
from saliencnn.store.connection import Store


def map_numbers(store: Store, class_maps: ClassMaps, threshold: float) -> dict[str, np.ndarray]:
    """Return the ``NUMBERS`` of each map, float (N,); NaN for an empty map.

    Of where a map lies the focus tells, or its fraction near the border where no object's place is
    known. A number that no map has is left out.
    """
    empty = is_empty(class_maps.maps)
    scaled = rescale(class_maps.maps, jointly=False)
    sizes = np.array([region_size(map01, threshold) for map01 in scaled], np.float64)
    focus = measure_focus(store, class_maps)
    known = np.isfinite(focus).any()
    found = {
        "region size": np.where(empty, np.nan, sizes),
        "total variation": np.where(empty, np.nan, total_variation(class_maps.maps)),
        **({FOCUS: focus} if known else {BORDER: border_energy(class_maps.maps)}),
    }
    return {name: values for name, values in found.items() if np.isfinite(values).any()}

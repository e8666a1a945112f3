"""At how many of some images' objects a network's maps point, read from the store."""

import numpy as np

from saliencnn.data.image_index import ImageIndex
from saliencnn.measures.focus import coverage, points_at
from saliencnn.store.connection import Store
from saliencnn.store.images import read_regions
from saliencnn.store.maptable import MapTable, unpack_maps


def read_pointing(
    store: Store, images_id: str, index: ImageIndex, table: MapTable, method: str
) -> np.ndarray:
    """Return whether the maps of a table point at the object, see ``points_at``.

    Args:
        store: where the images are.
        images_id: under which id.
        index: of the images.
        table: N rows, each a map of an image.
        method: whose maps, one of the table's.

    Returns:
        float (N,), 0 or 1; NaN where the object's place is not known.
    """
    maps = unpack_maps(table.rows)[:, table.methods.index(method)]
    regions = read_regions(store, images_id, index, table.rows["image"], "object")
    found = [
        np.nan if region is None else points_at(one[None], coverage(region[None], *one.shape))[0]
        for one, region in zip(maps, regions, strict=True)
    ]
    return np.array(found, float)

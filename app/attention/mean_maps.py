"""The mean of several images' maps, as a tile."""

import numpy as np

from app.attention.map_tile import MapTile, make_tile
from app.drawing.thumbnails import TILE
from app.reads import stored_images
from pipelines.comparison.class_maps import ClassMaps
from saliencnn.drawing.images import sides_within
from saliencnn.measures.map_clusters import mean_map
from saliencnn.store.connection import Store


def make_mean_tile(store: Store, class_maps: ClassMaps) -> MapTile:
    """Draw the mean map of images, at least one, on grey; it has a note where all maps are empty.

    Args:
        store: where the images are.
        class_maps: theirs.
    """
    mean = mean_map(class_maps.maps)
    # Where no map has energy, the mean has none for the same reason as the first map.
    shown = mean if np.isfinite(mean).all() else class_maps.maps[0]
    shape = stored_images.image_index(store, class_maps.images_id).shape
    grey = np.full((*sides_within(shape, TILE), 3), 128, np.uint8)
    return make_tile(grey, shown, TILE, opacity=1.0)

"""Cached reads of image sets, which never change once they are published."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from app.reads.caching import cached, shared
from saliencnn.common.evenly import take_evenly
from saliencnn.common.lru import LRU
from saliencnn.data.decode import decode_image
from saliencnn.data.image_index import ImageIndex
from saliencnn.store.connection import Store
from saliencnn.store.images import read_image, read_index, read_region

_READERS = 8
_MAX_MASKS = 100
"""Images of which the objects' exact pixels are counted."""


@shared(max_entries=32)
def image_index(store: Store, images_id: str) -> ImageIndex:
    """Return what is known of an image set's validation images."""
    return read_index(store, images_id)


def image(store: Store, images_id: str, image: int) -> np.ndarray:
    """Return a validation image, uint8 (size, size, 3)."""
    known = _recent_images(store).get((images_id, image))
    return read_images(store, images_id, [image])[0] if known is None else known


def read_images(store: Store, images_id: str, images: Sequence[int]) -> list[np.ndarray]:
    """Return validation images, each uint8 (size, size, 3); new ones are asked for at once."""
    index = image_index(store, images_id)
    recent = _recent_images(store)

    def read(image: int) -> np.ndarray:
        known = recent.get((images_id, image))
        if known is None:
            content = read_image(store, images_id, index, image)
            known = decode_image(content, index.names[image])
            recent.put((images_id, image), known)
        return known

    with ThreadPoolExecutor(_READERS) as pool:
        return list(pool.map(read, images))


@shared()
def _recent_images(store: Store) -> LRU[tuple[str, int], np.ndarray]:
    return LRU(512)


@cached(max_entries=512)
def region(store: Store, images_id: str, image: int, name: str) -> np.ndarray | None:
    """Return where the ``object`` or its ``head`` is, bool (size, size), or None if unknown."""
    index = image_index(store, images_id)
    return read_region(store, images_id, index, image, name)


@cached(max_entries=32)
def object_area(store: Store, images_id: str) -> float | None:
    """Return the mean fraction of an image that its object fills, 0 to 1, or None if unknown.

    Its box where only that is known, see ``ImageIndex.box_area``; else it itself, in
    ``_MAX_MASKS`` images taken evenly.
    """
    index = image_index(store, images_id)
    if index.box_area is not None:
        return index.box_area
    masked = take_evenly(np.flatnonzero(index.masked("object")).tolist(), _MAX_MASKS)
    with ThreadPoolExecutor(_READERS) as pool:
        areas = pool.map(lambda one: read_region(store, images_id, index, one, "object"), masked)
        known = [float(area.mean()) for area in areas if area is not None]
    return float(np.mean(known)) if known else None

"""Colours and textures of the regions that a class's maps highlight."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from app.attention.class_maps import ClassMaps
from app.attention.histograms import highlight
from app.attention.numbers import map_numbers
from app.parts.memos import remember
from app.parts.waiting import working
from app.reads import stored_runs
from saliencnn.measures.colour import SPACES, distances, histograms, textures, to_space
from saliencnn.store.connection import Store


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured in each image.

    Attributes:
        pixels: uint8 (N, S, S, 3).
        inside: bool (N, S, S), what the maps highlight.
        region: (N, 3, bins), fractions of the highlighted pixels; NaN where there are none.
        whole: (N, 3, bins), fractions of all pixels.
        numbers: name -> (N,), everything that may differ between correct and missed images.
    """

    pixels: np.ndarray
    inside: np.ndarray
    region: np.ndarray
    whole: np.ndarray
    numbers: dict[str, np.ndarray]


def measure(
    store: Store, class_maps: ClassMaps, threshold: float, space: str, bins: int
) -> Measured:
    """Measure colours and textures of what the maps highlight; the session remembers the last.

    Args:
        store: where the images are.
        class_maps: images and maps.
        threshold: fraction of a map's maximum from which on a pixel is highlighted.
        space: a key of ``SPACES``.
        bins: of the histograms.
    """
    content = sha256(class_maps.images.tobytes() + class_maps.maps.tobytes()).digest()
    key = (class_maps.images_id, content, threshold, space, bins)

    def compute() -> Measured:
        with working("Measuring colours and textures…"):
            return _measure(store, class_maps, threshold, space, bins)

    # A few megabytes each, and only the last is drawn again while the page stays as it is.
    return remember("colours", key, compute, most=1)


def _measure(
    store: Store, class_maps: ClassMaps, threshold: float, space: str, bins: int
) -> Measured:
    images = [int(image) for image in class_maps.images]
    pixels = np.stack(stored_runs.read_images(store, class_maps.images_id, images))
    inside = highlight(class_maps.maps, pixels.shape[1:3], threshold)
    channels = to_space(pixels, space)
    region = histograms(channels, inside, bins)
    whole = histograms(channels, np.ones_like(inside), bins)
    names = SPACES[space].channels
    numbers = {
        f"difference of region and image in {channel} ({name})": values[:, place]
        for name, values in distances(region, whole, space).items()
        for place, channel in enumerate(names)
    }
    centres = (np.arange(bins) + 0.5) / bins
    for place, channel in enumerate(names):
        if not SPACES[space].circular[place]:
            numbers[f"mean {channel} of the region"] = region[:, place] @ centres
    numbers |= {f"texture: {name}": values for name, values in textures(pixels, inside).items()}
    numbers |= map_numbers(store, class_maps, threshold)
    return Measured(pixels, inside, region, whole, numbers)

"""Colours and textures of the regions that a class's maps highlight."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from app.attention.class_maps import focus_of
from app.attention.histograms import highlight
from app.parts.memos import share
from app.parts.waiting import working
from app.reads import stored_images
from pipelines.comparison.class_maps import ClassMaps, measure_maps
from saliencnn.measures.colour import (
    SPACES,
    TEST_BINS,
    TEST_SPACE,
    distances,
    histograms,
    textures,
    to_space,
)
from saliencnn.store.connection import Store


@dataclass(frozen=True, eq=False)
class Histograms:
    """Colour histograms of each image in one colour space.

    Attributes:
        region: (N, 3, bins), fractions of the highlighted pixels; NaN where there are none.
        whole: (N, 3, bins), fractions of all pixels.
    """

    region: np.ndarray
    whole: np.ndarray


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured in each image.

    Attributes:
        drawn: histograms in the colour space and the bins that the person chose.
        tested: those in ``TEST_SPACE``, so that no verdict depends on what is drawn.
        numbers: name -> (N,), everything that may differ between correct and missed images.
    """

    drawn: Histograms
    tested: Histograms
    numbers: dict[str, np.ndarray]


def measure(
    store: Store, class_maps: ClassMaps, threshold: float, space: str, bins: int
) -> Measured:
    """Measure colours and textures of what the maps highlight, once for everybody.

    Args:
        store: where the images are.
        class_maps: images and maps.
        threshold: fraction of a map's maximum from which on a pixel is highlighted.
        space: of the drawn histograms, a key of ``SPACES``.
        bins: of the drawn histograms.
    """
    key = (class_maps.digest, threshold)

    def once(*what: Hashable, compute: Callable[[], Any]) -> Any:
        def work() -> Any:
            with working("Measuring colours and textures…"):
                return compute()

        return share("colours", (*key, *what), work)

    @cache
    def highlighted() -> tuple[np.ndarray, np.ndarray]:
        return _highlight(store, class_maps, threshold)

    def count(space: str, bins: int) -> Histograms:
        return once(space, bins, compute=lambda: _count_colours(*highlighted(), space, bins))

    tested = count(TEST_SPACE, TEST_BINS)
    numbers = once(
        compute=lambda: {
            **_compare_with_image(tested),
            **_describe_textures(*highlighted()),
            **measure_maps(class_maps, focus_of(store, class_maps), threshold),
        }
    )
    return Measured(count(space, bins), tested, numbers)


def _highlight(
    store: Store, class_maps: ClassMaps, threshold: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the images' pixels (N, S, S, 3), and which of them are highlighted (N, S, S)."""
    images = [int(image) for image in class_maps.images]
    pixels = np.stack(stored_images.read_images(store, class_maps.images_id, images))
    return pixels, highlight(class_maps.maps, pixels.shape[1:3], threshold)


def _count_colours(pixels: np.ndarray, inside: np.ndarray, space: str, bins: int) -> Histograms:
    channels = to_space(pixels, space)
    everywhere = np.ones_like(inside)
    return Histograms(histograms(channels, inside, bins), histograms(channels, everywhere, bins))


def mean_channels(tested: np.ndarray) -> np.ndarray:
    """Return the mean of each channel, 0 to 1, (N, 3), of histograms in ``TEST_SPACE``."""
    centres = (np.arange(TEST_BINS) + 0.5) / TEST_BINS
    return np.asarray(tested @ centres)


def _compare_with_image(tested: Histograms) -> dict[str, np.ndarray]:
    """Return name -> (N,): how the region's colours differ from the image's, and their means."""
    names = SPACES[TEST_SPACE].channels
    apart = distances(tested.region, tested.whole, TEST_SPACE)
    means = mean_channels(tested.region)
    return {
        f"{channel}: region vs image ({name})": values[:, place]
        for name, values in apart.items()
        for place, channel in enumerate(names)
    } | {f"mean {channel} of the region": means[:, place] for place, channel in enumerate(names)}


def _describe_textures(pixels: np.ndarray, inside: np.ndarray) -> dict[str, np.ndarray]:
    return {f"texture {name}": values for name, values in textures(pixels, inside).items()}

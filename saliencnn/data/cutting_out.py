"""Objects cut out of their boxes, by GrabCut (Rother 2004)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from saliencnn.common.progress import Progress, silent
from saliencnn.data.contents import map_on_cores
from saliencnn.data.imageset import Sample
from saliencnn.data.loading import load_original
from saliencnn.data.masks import outline_pixels
from saliencnn.data.opencv import cv2
from saliencnn.data.opening import UnreadableImage
from saliencnn.data.regions import find_object, has_region, read_exact

SIDE = 128
"""Longest side in pixels at which objects are cut out."""
TIGHT = 0.75
"""What an object must span of its box's width and height to be believed (cf. Lempitsky 2009)."""


def cut_out_objects(samples: Sequence[Sample], report: Progress = silent) -> tuple[Sample, ...]:
    """Return samples with masks of the objects of which only a box is known.

    Args:
        samples: images; one with a mask or without a box stays as it is, and a mask that cannot
            be used is taken away.
        report: called with the fraction that is done.

    Returns:
        The samples in order. The masks are runs at no more than ``SIDE`` pixels a side, about
        1.5 kB each, and the same whenever and wherever they are made.
    """
    return tuple(map_on_cores(_cut_out_sample, samples, report, "cutting out objects"))


def _cut_out_sample(sample: Sample) -> Sample:
    if not has_region(sample):
        return sample
    try:
        original = load_original(sample)
    except UnreadableImage:
        return sample
    if read_exact(sample, original) is not None:
        return sample
    if sample.object_mask is not None:
        sample = replace(sample, object_mask=None)
    pixels, box = shrink(original.pixels), shrink(find_object(sample, original))
    if box.all() or not box.any():
        return sample
    return replace(sample, object_mask=outline_pixels(cut_out(pixels, box)))


def cut_out(pixels: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Return an object's pixels.

    Args:
        pixels: uint8 (H, W, 3).
        box: bool (H, W), where it may be.

    Returns:
        Bool (H, W), in one piece within the box: what has the colours of the box rather than those
        beside it, and a pixel around. All of the box where that does not span it, and where the box
        is all there is.
    """
    if box.all() or not box.any():
        return box
    marks = np.where(box, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    cv2.setRNGSeed(0)  # of this thread
    models = np.zeros((2, 1, 65))
    # One round finds more of the object than several, and costs half as much.
    no_box = (0, 0, 0, 0)
    cv2.grabCut(pixels.copy(), marks, no_box, models[0], models[1], 1, cv2.GC_INIT_WITH_MASK)
    found = keep_largest(marks == cv2.GC_PR_FGD)
    if not found.any() or any(_span(found, n) < TIGHT * _span(box, n) for n in (0, 1)):
        return box
    # A little of the scene does less harm than an object that lost its edge.
    return (cv2.dilate(found.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & box


def keep_largest(places: np.ndarray) -> np.ndarray:
    """Return the largest connected part of some places, bool (H, W)."""
    count, parts, facts, _ = cv2.connectedComponentsWithStats(places.astype(np.uint8))
    if count < 2:
        return places
    return np.asarray(parts == 1 + facts[1:, cv2.CC_STAT_AREA].argmax())


def shrink(image: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Return an image, uint8 or bool (H, W, ...), of at most some pixels a side."""
    height, width = image.shape[:2]
    if max(height, width) <= side:
        return image
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    how = Image.Resampling.NEAREST if image.dtype == bool else Image.Resampling.BOX
    return np.array(Image.fromarray(image).resize(size, how))


def _span(places: np.ndarray, axis: int) -> int:
    """Return how far places, bool (H, W), reach along the other axis."""
    found = np.flatnonzero(places.any(axis))
    return int(found[-1] + 1 - found[0])

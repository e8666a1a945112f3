"""Where objects lie in images without a box, learned from the images with one.

A classifier of pixels (as ilastik's, Berg 2019) knows from the others what colours and edges
objects have, beside those around them; GrabCut finds the outline within what it finds likely.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import ThreadpoolController

from saliencnn.common.progress import Progress, silent
from saliencnn.data.contents import map_on_cores
from saliencnn.data.cutting_out import cut_out, keep_largest, shrink
from saliencnn.data.imageset import Sample
from saliencnn.data.loading import load_original
from saliencnn.data.masks import outline_pixels
from saliencnn.data.opencv import cv2
from saliencnn.data.opening import UnreadableImage
from saliencnn.data.regions import find_object, has_region

SIDE = 48
"""Longest side in pixels at which pixels are told apart."""
DRAWN = 150
"""Pixels of each image that are learned from."""
LEARNED = 1000
"""Images that are learned from at most."""
FEWEST = 60
"""Images with a region from which anything is learned; half of them judge it."""
LIKELY = 0.3
"""Probability from which a pixel may be the object's: GrabCut takes away, but adds nothing."""
AGREEING = 0.75
"""Median overlap (intersection over union) with known regions from which estimates are used.

At 0.83 planted birds lost nothing by them; at 0.64 real birds lost 5 to 12 points
(docs/guides/guidance.md). From 30 regions, as ``FEWEST`` gives, it varies by about 0.04.
"""
_BLURS = (0, 1, 2, 4, 8)
_TREES, _AT_ONCE = 100, 20
_THREADS = ThreadpoolController()


@dataclass(frozen=True)
class Locator:
    """What tells objects from what lies beside them.

    Attributes:
        classifier: of pixels.
        agreement: median intersection over union with the regions of images that it has not
            learned from, 0 to 1.
        judged: these images.
    """

    classifier: HistGradientBoostingClassifier
    agreement: float
    judged: int


@dataclass(frozen=True)
class _View:
    """An image and its object, bool (H, W), at the size at which objects are cut out."""

    pixels: np.ndarray
    region: np.ndarray


@dataclass(frozen=True)
class _Lesson:
    """A view, and what is learned from it: some pixels' features (N, F), and whether each is in."""

    view: _View
    features: np.ndarray
    inside: np.ndarray


def learn_objects(samples: Sequence[Sample], report: Progress = silent) -> Locator | None:
    """Learn from images with regions what objects look like.

    Args:
        samples: those without a region teach nothing.
        report: called with the fraction that is done.

    Returns:
        What locates others; None where fewer than ``FEWEST`` have a region, and where it does not
        agree with half of them when it is learned from the other half.
    """
    known = [sample for sample in samples if has_region(sample)]
    drawn = np.random.default_rng(0).permutation(len(known))[:LEARNED]
    known = [known[n] for n in drawn]
    read = map_on_cores(_describe, [*enumerate(known)], report, "looking at known objects")
    lessons = [lesson for lesson in read if lesson]
    if len(lessons) < FEWEST:
        return None
    half = _fit(lessons[::2], report, "learning from half of them")
    if half is None:
        return None

    def judge(lesson: _Lesson) -> float:
        return _overlap(_estimate(half, lesson.view.pixels), lesson.view.region)

    overlaps = [*map_on_cores(judge, lessons[1::2], report, "checking it on the others")]
    agreement = float(np.median(overlaps))
    if agreement < AGREEING:
        return None
    whole = _fit(lessons, report, "learning from all of them")
    return Locator(whole, agreement, len(overlaps)) if whole else None


def locate_objects(
    locator: Locator, samples: Sequence[Sample], report: Progress = silent
) -> tuple[Sample, ...]:
    """Return samples with estimated masks of the objects of which nothing is known.

    Args:
        locator: tells objects from the rest.
        samples: images; one with a region stays as it is, and one of which all or nothing is found
            likely.
        report: called with the fraction that is done.
    """

    def locate(sample: Sample) -> Sample:
        view = None if has_region(sample) else _view(sample)
        if view is None:
            return sample
        found = _estimate(locator.classifier, view.pixels)
        if found.all() or not found.any():
            return sample
        return replace(sample, object_mask=outline_pixels(found))

    return tuple(map_on_cores(locate, samples, report, "locating objects"))


def describe_pixels(pixels: np.ndarray) -> np.ndarray:
    """Return what tells pixels apart.

    Args:
        pixels: uint8 (H, W, 3).

    Returns:
        float32 (H W, F): CIELAB colours and the lightness's steepness at several blurs, how far the
        colour is from that of the image's edge, and the place's distance from the middle.
    """
    height, width = pixels.shape[:2]
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    found: list[np.ndarray] = []
    for blur in _BLURS:
        colours = np.asarray(cv2.GaussianBlur(lab, (0, 0), blur) if blur else lab)
        across, down = (cv2.Sobel(colours[..., 0], -1, *order) for order in ((1, 0), (0, 1)))
        steep = np.hypot(across, down)
        found += [colours, np.dstack([steep, cv2.GaussianBlur(steep, (0, 0), 2)])]
    edge = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    apart = lab - np.median(edge, axis=0)
    y, x = np.mgrid[:height, :width] + 0.5
    middle = np.abs(np.dstack([y / height, x / width]) - 0.5)
    found += [np.abs(apart), np.linalg.norm(apart, axis=2, keepdims=True), middle]
    return np.concatenate(found, axis=2).reshape(height * width, -1).astype(np.float32)


def _view(sample: Sample) -> _View | None:
    try:
        original = load_original(sample)
    except UnreadableImage:
        return None
    return _View(shrink(original.pixels), shrink(find_object(sample, original)))


def _describe(numbered: tuple[int, Sample]) -> _Lesson | None:
    """Return what an image teaches; None where its object is nowhere or everywhere."""
    number, sample = numbered
    view = _view(sample)
    if view is None or view.region.all() or not view.region.any():
        return None
    features = describe_pixels(shrink(view.pixels, SIDE))
    drawn = np.random.default_rng(number).choice(len(features), DRAWN)
    return _Lesson(view, features[drawn], shrink(view.region, SIDE).ravel()[drawn])


def _fit(
    lessons: Sequence[_Lesson], report: Progress, words: str
) -> HistGradientBoostingClassifier | None:
    """Learn to tell objects' pixels; None where none of those that are drawn is one, or all are."""
    features = np.concatenate([lesson.features for lesson in lessons])
    inside = np.concatenate([lesson.inside for lesson in lessons])
    if inside.all() or not inside.any():
        return None
    # Going on comes to what all at once does, and somebody may want to end it.
    classifier = HistGradientBoostingClassifier(
        random_state=0, early_stopping=False, warm_start=True
    )
    for trees in range(_AT_ONCE, _TREES + 1, _AT_ONCE):
        with _one_thread():  # sums in one order, on any machine
            classifier.set_params(max_iter=trees).fit(features, inside)
        report(trees / _TREES, words)
    return classifier


def _estimate(classifier: HistGradientBoostingClassifier, pixels: np.ndarray) -> np.ndarray:
    """Return where an object is, bool (H, W); nowhere where nothing is likely."""
    height, width = pixels.shape[:2]
    small = shrink(pixels, SIDE)
    features = describe_pixels(small)
    with _one_thread():  # as many images are estimated at once as there are cores
        likely = classifier.predict_proba(features)[:, 1].reshape(small.shape[:2])
    large = np.asarray(cv2.resize(likely.astype(np.float32), (width, height)))
    generous = cv2.dilate(keep_largest(large > LIKELY).astype(np.uint8), np.ones((5, 5), np.uint8))
    return cut_out(pixels, np.asarray(generous) > 0)


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))


def _one_thread() -> AbstractContextManager[Any]:
    """Return what keeps the calling thread, and no other, from starting more."""
    return _THREADS.limit(limits=1, user_api="openmp")

"""Objects located by what the images with a region teach."""

from dataclasses import replace

import numpy as np

from saliencnn.data.imageset import Sample
from saliencnn.data.locating import FEWEST, learn_objects, locate_objects

SIDE = 64


def make_sample(seed: int) -> Sample:
    """A red disc of some size somewhere, on grey or green noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE, :SIDE]
    middle, radius = rng.integers(20, 44, 2), rng.integers(10, 17)
    inside = (y - middle[0]) ** 2 + (x - middle[1]) ** 2 <= radius**2
    ground = ((110, 120, 130), (60, 140, 60))[seed % 2]
    colours = np.where(inside[..., None], (200, 60, 50), ground)
    image = (colours + rng.normal(0, 8, (SIDE, SIDE, 3))).clip(0, 255).astype(np.uint8)
    return Sample(str(seed), seed % 2, image, object_mask=inside)


KNOWN = [make_sample(seed) for seed in range(FEWEST)]


def test_objects_are_found_in_images_of_which_nothing_is_known() -> None:
    locator = learn_objects(KNOWN)
    assert locator
    assert locator.agreement > 0.75
    others = [make_sample(seed) for seed in range(100, 110)]
    found = locate_objects(locator, [replace(one, object_mask=None) for one in others])
    for one, guess in zip(others, found, strict=True):
        assert isinstance(one.object_mask, np.ndarray)
        assert isinstance(guess.object_mask, np.ndarray)
        union = (one.object_mask | guess.object_mask).sum()
        assert (one.object_mask & guess.object_mask).sum() > 0.75 * union  # a pixel around, too
        assert (one.object_mask & ~guess.object_mask).mean() < 0.005
    assert locate_objects(locator, KNOWN) == tuple(KNOWN)


def test_an_image_without_such_an_object_keeps_none() -> None:
    locator = learn_objects(KNOWN)
    assert locator
    empty = Sample("empty", 0, np.full((SIDE, SIDE, 3), (110, 120, 130), np.uint8))
    broken = Sample("broken", 0, b"no image")
    assert locate_objects(locator, [empty, broken]) == (empty, broken)


def test_too_few_regions_teach_nothing() -> None:
    few = KNOWN[: FEWEST - 1] + [replace(KNOWN[-1], object_mask=None)] * 9
    assert learn_objects(few) is None


def test_regions_that_nothing_in_the_images_explains_teach_nothing() -> None:
    """Each region lies where another image's disc is."""
    wrong = [
        replace(one, object_mask=np.roll(one.object_mask, SIDE // 2, axis=(0, 1)))
        for one in KNOWN
        if isinstance(one.object_mask, np.ndarray)
    ]
    noise = np.random.default_rng(0).integers(0, 255, (len(wrong), SIDE, SIDE, 3), np.uint8)
    blind = [replace(one, image=image) for one, image in zip(wrong, noise, strict=True)]
    assert learn_objects(blind) is None


def test_what_is_learned_is_the_same_again() -> None:
    unknown = [replace(make_sample(seed), object_mask=None) for seed in range(50, 55)]
    twice = []
    for _ in range(2):
        locator = learn_objects(KNOWN)
        assert locator
        twice.append([one.object_mask for one in locate_objects(locator, unknown)])
    np.testing.assert_array_equal(*twice)

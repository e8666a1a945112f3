"""Objects located by what the images with a region teach."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from saliencnn.data.imageset import Sample
from saliencnn.data.loading import load_original
from saliencnn.data.locating import FEWEST, Locator, learn_objects, locate_objects
from saliencnn.data.regions import read_exact

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


@pytest.fixture(scope="module")
def locator() -> Locator:
    learned = learn_objects(KNOWN)
    assert learned
    return learned


def test_objects_are_found_in_images_of_which_nothing_is_known(locator: Locator) -> None:
    assert locator.agreement > 0.75
    assert locator.judged == FEWEST // 2
    others = [make_sample(seed) for seed in range(100, 110)]
    found = locate_objects(locator, [replace(one, object_mask=None) for one in others])
    for one, guess in zip(others, found, strict=True):
        assert isinstance(one.object_mask, np.ndarray)
        mask = read_exact(guess, load_original(guess))
        assert mask is not None
        union = (one.object_mask | mask).sum()
        assert (one.object_mask & mask).sum() > 0.75 * union  # a pixel around, too
        assert (one.object_mask & ~mask).mean() < 0.005
    assert locate_objects(locator, KNOWN) == tuple(KNOWN)


def test_an_image_without_such_an_object_keeps_none(locator: Locator) -> None:
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


def test_what_is_learned_is_the_same_again(locator: Locator) -> None:
    unknown = [replace(make_sample(seed), object_mask=None) for seed in range(50, 55)]
    again = learn_objects(KNOWN)
    assert again
    assert locate_objects(locator, unknown) == locate_objects(again, unknown)


@pytest.mark.parametrize("calls", range(1, 10))
def test_learning_ends_where_it_is_asked_to(calls: int) -> None:
    """Each part of it asks: reading, learning twice, and checking."""
    told: list[str] = []

    def report(_fraction: float, words: str) -> None:
        told.append(words)
        if len(told) == calls:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn_objects(KNOWN, report)
    assert len(told) == calls
    assert len(set(told)) == np.searchsorted([1, 2, 7, 8], calls, side="right")


def test_images_that_are_estimated_at_once_take_a_thread_each() -> None:
    program = """
import numpy as np
from threadpoolctl import threadpool_info
from saliencnn.data.imageset import Sample
from saliencnn.data.locating import Locator, locate_objects
class Counter:
    def predict_proba(self, features):
        print(*{one["num_threads"] for one in threadpool_info() if one["user_api"] == "openmp"})
        return np.zeros((len(features), 2))
image = np.zeros((8, 8, 3), np.uint8)
locate_objects(Locator(Counter(), 1.0, 30), [Sample("one", 0, image)])
"""
    command = [sys.executable, "-c", program]
    several = os.environ | {"OMP_NUM_THREADS": "3"}
    said = subprocess.run(command, env=several, capture_output=True, text=True, check=True)
    assert said.stdout == "1\n"

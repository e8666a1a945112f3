"""By which properties a network's errors divide, where it is known."""

import numpy as np

from saliencnn.data.error_groups import divide_errors
from saliencnn.data.properties import Value
from saliencnn.data.shortcuts import ImageProperties

IMAGES = 240
LABELS = np.arange(IMAGES) % 4
RNG = np.random.default_rng(0)


def measured(**values: list[Value | None]) -> ImageProperties:
    return ImageProperties(tuple("abcd"), np.arange(IMAGES), LABELS, values)


def numbers(values: np.ndarray) -> list[Value | None]:
    return [(float(value),) for value in values]


def test_a_network_that_follows_a_property_errs_where_it_misleads() -> None:
    misled = np.arange(IMAGES) % 20 == 3
    quality = np.where(misled, (LABELS + 1) % 4, LABELS) * 20.0 + 30
    found = divide_errors(measured(jpeg=numbers(quality)), ~misled)
    assert found[0] == (
        "It errs in 12 of the 12 images where JPEG quality speaks for another class, and in 0 of "
        "the 228 others."
    )


def test_a_network_that_fails_on_dark_images_is_told_so() -> None:
    light = RNG.permutation(IMAGES) * 1.0
    wrong = (light < 60) & (np.arange(IMAGES) % 2 == 0)
    (sentence,) = divide_errors(measured(brightness=numbers(light)), ~wrong)
    assert "images where brightness is at most 60 of 255" in sentence
    assert f"errs in {wrong.sum()} of the 60" in sentence


def test_a_camera_is_named() -> None:
    camera: list[Value | None] = [f"Model {one}" for one in RNG.integers(0, 4, IMAGES)]
    wrong = np.array([one == "Model 2" for one in camera]) & (RNG.random(IMAGES) < 0.6)
    (sentence,) = divide_errors(measured(camera=camera), ~wrong)
    assert "where the camera in EXIF is Model 2" in sentence


def test_few_errors_say_nothing_and_chance_rarely_does() -> None:
    light = numbers(np.arange(IMAGES) * 1.0)
    assert divide_errors(measured(brightness=light), np.arange(IMAGES) >= 7) == ()
    said = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        values = {name: numbers(rng.normal(size=IMAGES)) for name in ("noise", "contrast")}
        said += bool(divide_errors(measured(**values), rng.random(IMAGES) > 0.15))
    assert said <= 5

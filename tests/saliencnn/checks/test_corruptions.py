"""Corruptions of which it is known what they do, and the curves that they give."""

import colorsys

import numpy as np
import pytest
import torch

from saliencnn.checks.interventions import corrupting
from saliencnn.checks.interventions.answers import AS_THEY_ARE, Answers
from saliencnn.checks.interventions.corruptions import (
    CORRUPTED,
    CORRUPTIONS,
    draw_curves,
    mean_accuracy,
)
from saliencnn.checks.interventions.scene import Scene

SIDE = 56


def scene_of(images: torch.Tensor) -> Scene:
    return Scene(images, torch.arange(len(images)))


def some_images() -> torch.Tensor:
    """Three smooth images with all brightnesses."""
    waves = torch.linspace(0, 6, SIDE).sin() / 2 + 0.5
    colours = torch.tensor([1.0, 0.7, 0.4])[:, None, None]
    return torch.stack([colours * waves[:, None] * waves.roll(n) for n in range(3)])


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_strengths_rise(name: str) -> None:
    images = some_images()
    changed = [row.change(scene_of(images)) for row in CORRUPTIONS[name].rows()]
    errors = [(found - images).square().mean().item() for found in changed]
    assert errors[1:] == sorted(errors[1:])
    # Three fifths of the pixels fall between those of a smooth image, half of them on their edges.
    assert 0 < errors[0] < errors[2]
    for found, row in zip(changed, CORRUPTIONS[name].rows(), strict=True):
        assert found.shape == images.shape
        assert found.min() >= 0
        assert found.max() <= 1 + 1e-6
        alone = row.change(Scene(images[2:], torch.tensor([2])))
        torch.testing.assert_close(alone, found[2:])


def test_a_blur_spreads_a_point_as_far_as_it_says() -> None:
    """Its deviation is in pixels of an image of 224, so half as many in one of 112."""
    point = torch.zeros(1, 3, 112, 112)
    point[..., 56, 56] = 1
    spread = corrupting.blurred(scene_of(point), 4)[0, 0]
    assert spread.sum().item() == pytest.approx(1, abs=1e-5)
    away = torch.arange(112) - 56.0
    assert (spread.sum(0) * away**2).sum().sqrt().item() == pytest.approx(2, abs=0.01)


def test_brightness_is_the_value_of_hsv() -> None:
    colour = (0.2, 0.5, 0.3)
    hue, saturation, value = colorsys.rgb_to_hsv(*colour)
    image = torch.tensor(colour)[None, :, None, None].expand(1, 3, 4, 4)
    found = corrupting.brightened(scene_of(image), 0.3)[0, :, 0, 0]
    assert found.tolist() == pytest.approx(colorsys.hsv_to_rgb(hue, saturation, value + 0.3))
    black = corrupting.brightened(scene_of(torch.zeros(1, 3, 4, 4)), 0.3)
    assert black.unique().tolist() == pytest.approx([0.3])


def test_coarse_pixels_are_means_of_their_places() -> None:
    image = torch.arange(16.0).view(1, 1, 4, 4).expand(1, 3, 4, 4) / 16
    found = corrupting.pixelated(scene_of(image), 0.5)[0, 0]
    assert found[:2, :2].unique().tolist() == pytest.approx([2.5 / 16])
    assert found.unique().numel() == 4


def test_the_noise_has_its_deviation() -> None:
    grey = torch.full((4, 3, SIDE, SIDE), 0.5)
    found = CORRUPTED["noise-1"].change(scene_of(grey))
    assert (found - grey).std().item() == pytest.approx(0.08, rel=0.02)


def test_curves_begin_with_the_images_as_they_are() -> None:
    labels = np.repeat([0, 1], 20)
    names = (AS_THEY_ARE, *CORRUPTED)
    predicted = np.tile(labels, (len(names), 1))
    predicted[names.index("jpeg-5"), :10] = 1
    points = draw_curves(Answers(names, predicted, np.ones(predicted.shape)), labels)
    assert len(points) == len(CORRUPTIONS) * 6
    (jpeg,) = [one for one in points if one.corruption == "JPEG" and one.strength == 5]
    assert (jpeg.right, jpeg.images, jpeg.told) == (30, 40, "quality 7")
    low, high = jpeg.interval
    assert low < jpeg.accuracy == 0.75 < high
    assert mean_accuracy(points) == pytest.approx(1 - 0.25 / len(CORRUPTED))
    assert [one.strength for one in points[:6]] == list(range(6))

"""What is hidden of an image, on maps and images whose truth is known."""

import numpy as np
import pytest
import torch

from saliencnn.checks.hidden_region import paint_over
from saliencnn.findings.hidden_region import HiddenRegion
from saliencnn.findings.methods import Advice
from saliencnn.measures.map_measures import region_size

CLASSES = ("ani", "crow")
ELSEWHERE = "Hiding other parts changes much, too, so this says little of the spot"


def red_spot() -> tuple[torch.Tensor, torch.Tensor]:
    """A red square of a quarter of each side on green, and a map of 8 x 8 cells on it."""
    image = torch.zeros(3, 64, 64, dtype=torch.uint8)
    image[1] = 200
    image[:, 16:32, 16:32] = torch.tensor([250, 0, 0], dtype=torch.uint8)[:, None, None]
    saliency = torch.zeros(8, 8)
    saliency[1:5, 1:5] = 1.0
    return image, saliency


def test_the_region_is_filled_in_from_around_it_and_as_much_elsewhere() -> None:
    image, saliency = red_spot()
    shown, fraction = paint_over(image, saliency, 0.5)
    assert torch.equal(shown[0], image)
    assert shown[1, 0].max() < 5, "nothing red is left"
    assert shown[1, 1].min() > 195, "what is around it has taken its place"
    assert torch.equal(shown[2, :, 16:32, 16:32], image[:, 16:32, 16:32]), "the spot is untouched"
    assert fraction == region_size(saliency.numpy(), 0.5) == 0.25


@pytest.mark.parametrize(
    ("of_target", "meaning"),
    [
        ((0.8, 0.1, 0.7), '"ani" rests on this spot: without it, at most half'),
        ((0.8, 0.6, 0.75), '"ani" rests on this spot in part: without it'),
        ((0.8, 0.78, 0.7), '"ani" does not need this spot: the rest of the image is enough'),
        ((0.8, 0.1, 0.2), ELSEWHERE),
        ((0.9, 0.78, 0.5), ELSEWHERE),
        (
            (0.98, 0.01, 0.48),
            ELSEWHERE,
        ),
        ((0.98, 0.01, 0.6), '"ani" rests on this spot: without it, at most half'),
        ((0.1, 0.0, 0.1), '"ani" is too unlikely to tell what it rests on'),
    ],
)
def test_what_it_means_depends_on_what_hiding_other_parts_does(
    of_target: tuple[float, float, float], meaning: str
) -> None:
    found = HiddenRegion(0.07, (0, 1, 0), (0.8, 0.9, 0.7), of_target, np.empty((0, 0, 3)))
    said, numbers = found.describe("CAM", "ani", CLASSES)
    assert said.startswith(meaning)
    assert "7% of the image" in numbers
    assert 'the network says "crow" (90%)' in numbers
    assert f"{of_target[0]:.0%} to {of_target[1]:.0%}" in numbers
    same = HiddenRegion(0.07, (0, 0, 0), (0.8, 0.6, 0.7), of_target, np.empty((0, 0, 3)))
    assert 'still says "ani"' in same.describe("CAM", "ani", CLASSES)[1]


@pytest.mark.parametrize(
    ("of_target", "advice", "said"),
    [
        (
            (0.92, 0.21, 0.9),
            Advice.BELIEVE,
            "Believe the map of CAM: it passes the checks, and hiding",
        ),
        ((0.92, 0.6, 0.9), Advice.BELIEVE, "Believe the map of CAM in part"),
        ((0.92, 0.21, 0.9), None, "Check the map of CAM before you believe it"),
        ((0.92, 0.21, 0.9), Advice.UNKNOWN, "Check the map of CAM before you believe it"),
        ((0.92, 0.21, 0.9), Advice.DO_NOT, "Read the map of CAM with care"),
        (
            (0.92, 0.9, 0.9),
            Advice.BELIEVE,
            "The map of CAM does not show what the prediction rests on",
        ),
        ((0.92, 0.21, 0.2), Advice.BELIEVE, "The map of CAM does not show"),
        ((0.1, 0.0, 0.1), Advice.BELIEVE, ""),
    ],
)
def test_one_line_says_whether_to_believe_the_map(
    of_target: tuple[float, float, float], advice: Advice | None, said: str
) -> None:
    found = HiddenRegion(0.07, (0, 1, 0), (0.8, 0.9, 0.7), of_target, np.empty((0, 0, 3)))
    line = found.sum_up("CAM", advice)
    assert line.startswith(said)
    assert not said or f"{of_target[0]:.0%} to {of_target[1]:.0%}" in line

"""What is hidden of an image, on maps and images whose truth is known."""

import numpy as np
import pytest
import torch

from saliencnn.checks.hidden_region import paint_over
from saliencnn.findings.hidden_region import Effect, HiddenRegion
from saliencnn.measures.map_measures import region_size

CLASSES = ("ani", "crow")


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
        ((0.8, 0.1, 0.7), Effect.MATTERS),
        ((0.8, 0.6, 0.75), Effect.PART),
        ((0.8, 0.78, 0.7), Effect.NEEDLESS),
        ((0.8, 0.1, 0.2), Effect.NO_MORE),
        ((0.9, 0.78, 0.5), Effect.NO_MORE),
        (
            (0.98, 0.01, 0.48),
            Effect.NO_MORE,
        ),
        ((0.98, 0.01, 0.6), Effect.MATTERS),
        ((0.1, 0.0, 0.1), Effect.UNKNOWN),
    ],
)
def test_what_it_means_depends_on_what_hiding_other_parts_does(
    of_target: tuple[float, float, float], meaning: Effect
) -> None:
    found = HiddenRegion(0.07, (0, 1, 0), (0.8, 0.9, 0.7), of_target, np.empty((0, 0, 3)))
    assert found.effect is meaning
    told = found.explain("ani", CLASSES)
    before, hidden, elsewhere = (f"{one:.0%}" for one in of_target)
    assert told.startswith('Without it the network says "crow" (90%), "ani" goes from')
    assert (
        f"goes from {before} to {hidden}; with as much hidden elsewhere it is {elsewhere}" in told
    )


def test_an_answer_that_stays_is_told_with_what_is_left_of_it() -> None:
    same = HiddenRegion(0.07, (0, 0, 0), (0.8, 0.6, 0.7), (0.8, 0.6, 0.7), np.empty((0, 0, 3)))
    assert same.explain("ani", CLASSES).startswith(
        'Without it the network still says "ani", 60% instead of 80%;'
    )
    assert same.explain("crow", CLASSES).startswith(
        'Without it the network still says "ani" (60%), "crow" goes from'
    )

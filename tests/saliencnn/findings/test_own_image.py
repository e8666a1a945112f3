"""What a network's answer to a person's own image is worth, and where it looks in it."""

import numpy as np
import pytest

from saliencnn.findings.hidden_region import HiddenRegion
from saliencnn.findings.method_groups import Advised
from saliencnn.findings.methods import Advice
from saliencnn.findings.own_image import describe_map

CLASSES = ("ani", "crow", "jay")


@pytest.mark.parametrize(
    ("advice", "said"),
    [
        (Advice.BELIEVE, "and you can believe this CAM map"),
        (Advice.CARE, "but read this CAM map with care"),
        (Advice.DO_NOT, "but do not rely on this CAM map"),
        (Advice.UNKNOWN, "but do not rely on this CAM map yet: this method is hardly checked here"),
        (
            None,
            "but do not rely on this CAM map yet: nobody has checked this method on this network",
        ),
    ],
)
def test_place_and_belief_are_one_claim(advice: Advice | None, said: str) -> None:
    advised = advice and Advised(advice, ("CAM",), (), "it passes")
    found = describe_map("lies on the right", "CAM", advised, None, "ani", "ani", CLASSES)
    assert found.claim == f"It looks on the right of the image, {said}"
    assert found.why == ("It passes" if advice else "")
    assert found.advice == (advice or Advice.UNKNOWN)


@pytest.mark.parametrize("advice", [*Advice, None])
@pytest.mark.parametrize(
    ("of_target", "to_do", "says"),
    [
        ((0.9, 0.3, 0.9), Advice.BELIEVE, "and you can believe that: it matters"),
        ((0.9, 0.6, 0.9), Advice.CARE, "which matters only in part"),
        ((0.9, 0.88, 0.9), Advice.DO_NOT, "the answer does not need it"),
        ((0.9, 0.3, 0.3), Advice.DO_NOT, "other parts matter as much"),
    ],
)
def test_what_hiding_it_does_decides_whatever_the_checks_advise(
    of_target: tuple[float, ...], to_do: Advice, says: str, advice: Advice | None
) -> None:
    hidden = HiddenRegion(0.1, (0, 0, 0), of_target, of_target, np.empty((0, 0, 3)))
    advised = advice and Advised(advice, ("CAM",), (), "they passed on 16 images")
    found = describe_map("lies on the right", "CAM", advised, hidden, "ani", "ani", CLASSES)
    assert found.advice == to_do
    assert found.claim.startswith("It looks on the right of the image, ")
    assert found.claim.endswith(says)
    assert found.why.startswith('Without it the network still says "ani", ')
    believed = to_do != Advice.DO_NOT and advice != Advice.BELIEVE
    assert ("the rest of the map" in found.why) is believed, "else the map is believed or is not"


def test_a_map_is_said_to_be_of_its_class_and_no_place_is_no_place() -> None:
    other = describe_map("lies on the right", "CAM", None, None, "jay", "ani", CLASSES)
    assert other.claim.startswith(
        'The map of what speaks for "jay" lies on the right of the image, '
    )
    spots = describe_map("has 3 separate bright spots", "CAM", None, None, "ani", "ani", CLASSES)
    assert spots.claim.startswith("Its map has 3 separate bright spots, ")


def test_of_an_unlikely_class_hiding_the_spot_decides_nothing_and_is_told() -> None:
    seen = (0.1, 0.01, 0.1)
    hidden = HiddenRegion(0.1, (0, 0, 0), seen, seen, np.empty((0, 0, 3)))
    advised = Advised(Advice.BELIEVE, ("CAM",), (), "it passes")
    found = describe_map("lies low", "CAM", advised, hidden, "ani", "ani", CLASSES)
    assert found.advice == Advice.BELIEVE
    assert found.why.startswith('It passes. Without it the network still says "ani", 1% instead of')
    assert "too unsure" in found.why

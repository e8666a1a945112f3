"""What a network's answer to a person's own image is worth, and where it looks in it."""

import numpy as np
import pytest

from saliencnn.findings.hidden_region import HiddenRegion
from saliencnn.findings.method_groups import Advised
from saliencnn.findings.methods import Advice
from saliencnn.findings.own_image import describe_map, describe_record

CLASSES = ("ani", "crow", "jay")


def test_how_often_an_answer_is_right_counts_the_images_that_get_it() -> None:
    predicted = np.array([0] * 12 + [1] * 3 + [0] * 4)
    true = np.array([0] * 12 + [1] * 3 + [1, 1, 1, 2])
    assert describe_record(true, predicted, 0, CLASSES).endswith(
        '16 validation images, rightly of 12 (75%); 3 are "crow"'
    )
    assert describe_record(true, predicted, 1, CLASSES).endswith(
        "of 3 validation images, rightly of 3 (too few to tell)"
    )
    assert "so of no validation image" in describe_record(true, predicted, 2, CLASSES)
    one = describe_record(true[:17], predicted[:17], 0, CLASSES)
    assert one.endswith('14 validation images, rightly of 12 (86%); 2 are "crow"')


@pytest.mark.parametrize(
    ("advice", "said"),
    [
        (Advice.BELIEVE, "and you can believe this CAM map"),
        (Advice.CARE, "but read this CAM map with care"),
        (Advice.DO_NOT, "but do not rely on this CAM map"),
        (Advice.UNKNOWN, "but too little is checked of this CAM map to rely on it"),
        (None, "but nobody has checked this CAM map, so it proves nothing"),
    ],
)
def test_place_and_belief_are_one_claim(advice: Advice | None, said: str) -> None:
    advised = advice and Advised(advice, ("CAM",), (), "it passes")
    claim, why = describe_map("lies on the right", "CAM", advised, None, "ani", "ani", CLASSES)
    assert claim == f"It looks on the right of the image, {said}"
    assert why == ("It passes" if advice else "")


def test_the_conclusion_of_hiding_takes_the_place_of_the_belief() -> None:
    hidden = HiddenRegion(0.1, (0, 0, 0), (0.9, 0.3, 0.9), (0.9, 0.3, 0.9), np.empty((0, 0, 3)))
    claim, why = describe_map("lies on the right", "CAM", None, hidden, "ani", "ani", CLASSES)
    assert claim == "It looks on the right of the image, and that spot matters"
    assert why.startswith('Without it the network still says "ani", 30% instead of 90%;')
    assert why.endswith("Nobody has checked this CAM map, so it proves nothing")


def test_a_map_that_passes_is_not_what_decides_where_the_answer_stands_without_its_spot() -> None:
    believed = Advised(Advice.BELIEVE, ("CAM",), (), "it passes")
    for without, says in ((0.88, False), (0.3, True)):
        seen = (0.9, without, 0.9)
        hidden = HiddenRegion(0.1, (0, 0, 0), seen, seen, np.empty((0, 0, 3)))
        claim, why = describe_map("lies low", "CAM", believed, hidden, "ani", "ani", CLASSES)
        assert ("does not need that spot" in claim) is not says
        assert why.endswith("You can believe this CAM map: it passes") is says
        assert why.endswith("but here other parts of the image suffice") is not says


def test_a_map_is_said_to_be_of_its_class_and_no_place_is_no_place() -> None:
    other, _ = describe_map("lies on the right", "CAM", None, None, "jay", "ani", CLASSES)
    assert other.startswith('The map of what speaks for "jay" lies on the right of the image, ')
    spots, _ = describe_map("has 3 separate bright spots", "CAM", None, None, "ani", "ani", CLASSES)
    assert spots.startswith("Its map has 3 separate bright spots, ")

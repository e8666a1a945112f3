"""Whose map is least like the others', and whether that is the network in error."""

import numpy as np
import pytest

from saliencnn.findings.odd_one import Likeness, say_odd

NAMES = ("a", "b", "c", "d")
WHERE = ("the middle", "the upper left", "the bottom", "most of the image")


def say(
    *right: bool, means: tuple[float, ...] = (0.7, 0.41, 0.6, 0.65), higher: bool = True
) -> str:
    names = NAMES[: len(right)]
    likeness = Likeness(names, np.array(means[: len(right)]), "SSIM", higher)
    predicted = ["jay" if one else "wren" for one in right]
    sizes = np.array([0.1, 0.02, 0.15, 0.6])[: len(right)]
    return say_odd(likeness, right, predicted, WHERE[: len(right)], sizes)


@pytest.mark.parametrize(
    ("right", "judged"),
    [
        ((True, True, True, True), "though all are right"),
        ((True, False, True, True), 'and it is the one that is wrong (it says "wren")'),
        ((True, False, False, True), 'and it is one of the 2 that are wrong (it says "wren")'),
        ((True, True, False, True), "but it is right, and wrong is c"),
        ((False, True, False, True), "but it is right, and wrong are a and c"),
        ((False, False, False, False), "and all are wrong"),
    ],
)
def test_the_map_least_like_the_others_and_whether_its_network_is_wrong(
    right: tuple[bool, ...], judged: str
) -> None:
    assert say(*right) == (
        f"The map of b is least like the others', {judged}: SSIM 0.41 on average, the others 0.60 "
        "to 0.70; b looks at the upper left (2% of the image, the others 10% to 60%)"
    )


def test_maps_of_which_none_is_less_like_the_others_are_not_told_apart() -> None:
    assert say(True, False) == "", "of two maps each is as unlike the other"
    assert say(True, False, True, means=(0.501, 0.499, 0.5)) == ""
    assert say(True, False, True, means=(0.5, 0.5, np.nan)) == "", "one is constant"
    told = say(True, False, True, True, means=(0.4, 0.401, 0.6, 0.65))
    assert told.startswith("The maps of a and b are least like the others', of which b is wrong:")
    both = say(False, False, True, True, means=(0.4, 0.401, 0.6, 0.65))
    assert "and they are the ones that are wrong: SSIM 0.40 on average, the others" in both


def test_of_a_distance_the_highest_is_least_like_the_others() -> None:
    assert say(True, True, True, True, higher=False).startswith("The map of a is least like")

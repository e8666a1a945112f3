"""Whose map is the odd one out, and whether that is the network in error."""

import numpy as np
import pytest

from saliencnn.findings.odd_one import Likeness, say_odd

NAMES = ("a", "b", "c", "d")
WHERE = ("the middle", "the upper left", "the bottom", "most of the image")
B_APART = (0.4, 0.7, 0.8, 0.3, 0.5, 0.75)
"""Similarities of a to b, c and d, of b to c and d, and of c to d."""


def make_likeness(pairs: tuple[float, ...], label: str = "SSIM", higher: bool = True) -> Likeness:
    maps = round((1 + (1 + 8 * len(pairs)) ** 0.5) / 2)
    matrix = np.eye(maps)
    matrix[np.triu_indices(maps, 1)] = pairs
    return Likeness(NAMES[:maps], matrix + matrix.T - np.eye(maps), label, higher)


def say(*right: bool, pairs: tuple[float, ...] = B_APART, higher: bool = True) -> str:
    sizes = np.array([0.1, 0.02, 0.15, 0.6])[: len(right)]
    likeness = make_likeness(pairs, higher=higher)
    return say_odd(likeness, right, WHERE[: len(right)], sizes)


@pytest.mark.parametrize(
    ("right", "judged"),
    [
        ((True, True, True, True), ", though all are right"),
        ((True, False, True, True), ", and it is the one that is wrong"),
        ((True, False, False, True), ", and it is wrong"),
        ((True, True, False, True), ", yet it is right"),
        ((False, True, False, True), ", yet it is right"),
        ((False, False, False, False), ""),
    ],
)
def test_the_odd_map_and_whether_its_network_is_wrong(right: tuple[bool, ...], judged: str) -> None:
    assert say(*right) == (
        f"b's map is the odd one out (2% of the image, the others 10% to 60%){judged}: SSIM is "
        "0.30 to 0.50, on average 0.40, with the others, which have 0.70 to 0.80, on average 0.75, "
        "with one another (1 is equal); b looks at the upper left"
    )
    pairs = {f"{one:.2f}" for one in B_APART}
    assert {"0.30", "0.50", "0.70", "0.80"} <= pairs, "each stands in the matrix"


def test_maps_of_which_none_is_less_like_the_others_are_not_told_apart() -> None:
    assert say(True, False, pairs=(0.4,)) == "", "of two maps each is as unlike the other"
    assert say(True, False, True, pairs=(0.5, 0.501, 0.499)) == ""
    assert say(True, False, True, pairs=(0.5, np.nan, np.nan)) == "", "one is constant"
    assert say(True, False, True, pairs=(0.3, 0.6, 0.6)) == "", "most are as unlike"
    pairs = (0.2, -0.02, -0.02, 0.01, 0.01, 0.7)
    assert say(True, True, True, True, pairs=pairs) == "", "b is as unlike the rest"


def test_two_of_four_may_be_odd_together() -> None:
    pairs = (0.2, 0.3, 0.3, 0.3, 0.3, 0.9)
    told = say(True, False, True, True, pairs=pairs)
    assert told.startswith(
        "The maps of a and b are the odd ones out, of which b is wrong: SSIM is 0."
    )
    assert "SSIM is 0.30 with the others, which have 0.90 with one another" in told
    both = say(False, False, True, True, pairs=pairs)
    assert "and they are the ones that are wrong:" in both


def test_two_of_the_odd_ones_are_wrong_not_is() -> None:
    pairs = np.full((6, 6), 0.9)
    pairs[:3], pairs[:, :3] = 0.2, 0.2
    likeness = Likeness(tuple("abcdef"), pairs, "SSIM", higher_is_alike=True)
    right = (False, False, True, True, True, True)
    told = say_odd(likeness, right, ["here"] * 6, np.ones(6))
    assert "of which a and b are wrong" in told


def test_of_a_distance_the_highest_is_least_like_the_others() -> None:
    told = say(True, True, True, True, higher=False)
    assert told.startswith("d's map is the odd one out")
    assert "(0 is equal)" in told


def test_the_size_is_told_where_it_is_unlike_all_others() -> None:
    """8% beside 9% to 53% is no reason to call it the odd one."""
    likeness = Likeness(
        tuple("abc"), np.array([[1, 0.9, 0.3], [0.9, 1, 0.4], [0.3, 0.4, 1]]), "S", True
    )

    def told(*sizes: float) -> str:
        return say_odd(likeness, [True] * 3, ["there"] * 3, np.array(sizes))

    assert "out (4% of the image, the others 9% to 53%), " in told(0.09, 0.53, 0.04)
    assert "out (70% of the image, the others 9% to 53%), " in told(0.09, 0.53, 0.70)
    for near in (0.08, 0.2, 0.55):
        assert "out, though" in told(0.09, 0.53, near)

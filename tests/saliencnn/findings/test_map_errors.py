"""What is said of missed images' maps, of estimates whose truth is known."""

import numpy as np
import pytest

from saliencnn.findings.map_errors import (
    PERHAPS_CHANCE,
    describe_basis,
    describe_difference,
    describe_focus,
    describe_network,
    say_bounds,
)
from saliencnn.findings.telling import find_apart, find_telling
from saliencnn.measures.groups import Estimate

NAN = float("nan")
FEW, SAME = Estimate(0.2, NAN, NAN, 1, 9), Estimate(0.2, -0.1, 0.3, 9, 11)
MEANS = {("a", "region size"): (0.21, 0.18), ("b", "region size"): (0.24, 0.17)}
HIGHER, LOWER = Estimate(0.2, 0.1, 0.3, 7, 13), Estimate(-0.2, -0.3, -0.1, 9, 11)


def test_bounds_are_said_on_the_side_where_they_lie() -> None:
    told = [say_bounds(one) for one in (SAME, HIGHER, LOWER)]
    assert told[0].startswith("at most 10% of the image smaller or 30% larger")
    assert told[1].startswith("10% to 30% of the image larger")
    assert told[2].startswith("10% to 30% of the image smaller")


def test_each_network_says_what_differs_or_what_would_have_been_seen() -> None:
    number = "region size"
    shifts = {
        ("a", number): SAME, ("a", "focus"): LOWER, ("b", number): SAME, ("c", number): FEW
    }  # fmt: skip
    means = {**MEANS, ("a", "focus"): (0.31, 0.52)}
    assert describe_network("a", 9, 20, shifts, means) == (
        "a misses 9 of 20: these have less of the map on the object (0.31, correct ones 0.52)."
    )
    assert describe_network("b", 9, 20, shifts, means) == (
        "b misses 9 of 20: 9 missed are too few to tell: there may be a difference of up to 30% of "
        "the image, more than a third of a region of 17%."
    )
    wide = means | {("b", number): (0.9, 0.95)}
    assert describe_network("b", 9, 20, shifts, wide) == (
        "b misses 9 of 20: nothing differs beyond chance; its regions differ by at most 30% "
        "of the image, less than a third of a region of 95% (95% interval)."
    )
    assert describe_network("a", 195, 608, shifts, means).startswith(
        "a misses 195 of 608 (9 of the 20 compared): these have less"
    )
    assert describe_network("b", 390, 1300, shifts, means).startswith(
        "b misses 390 of 1,300 (9 of the 20 compared): 9 missed are too few to tell"
    )
    assert describe_network("c", 1, 10, shifts, means).endswith(": too few missed to say (1).")
    assert "empty" in describe_network("d", 3, 10, shifts, means)


@pytest.mark.parametrize(
    ("most", "region", "said"),
    [
        (0.054, 0.16, "6% of the image, more than a third of a region of 16%."),
        (0.053, 0.16, "5.3% of the image, less than a third of a region of 16.0% (95% interval)."),
        (0.05, 0.16, "5% of the image, less than a third of a region of 16% (95% interval)."),
        (0.041, 0.16, "5% of the image, less than a third of a region of 16% (95% interval)."),
        (0.0595, 0.177, "6.0% of the image, more than a third of a region of 17.7%."),
    ],
)
def test_a_bound_is_rounded_so_that_the_sentence_is_true(
    most: float, region: float, said: str
) -> None:
    key = ("a", "region size")
    shifts = {key: Estimate(0.0, -0.01, most, 9, 11)}
    told = describe_network("a", 9, 20, shifts, {key: (region, region)})
    assert told.endswith(said)


def test_networks_whose_missed_images_differ_are_found_once() -> None:
    shifts = {
        ("a", "region size"): LOWER, ("a", "focus"): HIGHER, ("b", "focus"): SAME,
        ("c", "focus"): FEW, ("d", "focus"): HIGHER,
    }  # fmt: skip
    assert find_apart(shifts) == ["a", "d"]


def test_a_network_tells_where_its_interval_is_narrow_beside_its_region() -> None:
    number = "region size"
    shifts = {
        ("a", number): SAME, ("b", number): SAME, ("c", number): FEW, ("d", number): HIGHER,
        ("e", "focus"): SAME,
    }  # fmt: skip
    means = {(name, number): (0.2, 0.2) for name in "acd"} | {("b", number): (0.2, 0.95)}
    assert find_telling(shifts, means) == ["b", "d", "e"]


def test_what_was_compared_says_what_could_not_be() -> None:
    assert "on the object was not tested" in describe_basis({"region size", "total variation"})
    assert "not tested" not in describe_basis({"region size", "focus"})


def test_how_much_of_each_networks_maps_lies_on_the_object() -> None:
    focus = {"a": np.array([0.5, 0.7, NAN]), "b": np.array([0.1, 0.3, 0.2])}
    told = describe_focus(focus, boxed=False)
    assert "20% of the map of b and 60% of the map of a lie on the object (3 images)" in told
    assert "inside the object's box" in describe_focus(focus, boxed=True)
    many = {
        name: np.full(2, share) for name, share in zip("abcd", (0.4, 0.1, 0.3, 0.9), strict=True)
    }
    told = describe_focus(many, boxed=False)
    assert "10% of the map of b and 90% of the map of d" in told
    assert "the other 2 lie between" in told
    assert describe_focus({"a": np.full(3, NAN)}, boxed=False) == ""


def test_differences_are_described() -> None:
    assert describe_difference(Estimate(0.2, 0.1, 0.3)) == "higher"
    assert describe_difference(Estimate(-0.2, -0.3, -0.1)) == "lower"
    assert describe_difference(Estimate(0.2, -0.1, 0.3)) == "no difference"
    chance = Estimate(0.2, 0.1, 0.3, 9, 9, beyond_chance=False)
    assert describe_difference(chance) == PERHAPS_CHANCE
    assert describe_difference(Estimate(0.2, NAN, NAN, 1, 9)) == "too few missed"
    assert describe_difference(Estimate(0.2, NAN, NAN, 9, 2)) == "too few correct"

"""What follows from whether maps explain several networks' errors."""

import numpy as np

from saliencnn.findings.errors_follow import say_what_errors_mean
from saliencnn.findings.focus_words import Place
from saliencnn.measures.groups import Estimate

SAME, HIGHER = Estimate(0.0, -0.1, 0.12, 9, 11), Estimate(0.2, 0.1, 0.3, 9, 11)
FEW = Estimate(0.2, np.nan, np.nan, 1, 9)
CORRECT = {name: np.arange(20) >= 9 for name in "ab"}
MISTAKES = [("ani", "crow")] * 14 + [("ani", "raven")] * 4


def follow(shift: Estimate, focus: float = np.nan, region: float = 0.5) -> str:
    shifts = {("a", "region size"): shift, ("b", "region size"): SAME}
    if shift is FEW:
        shifts["b", "region size"] = FEW
    where = {name: np.full(20, focus) for name in "ab"}
    means = dict.fromkeys(shifts, (region, region))
    return say_what_errors_mean(shifts, means, where, CORRECT, MISTAKES, Place())


def test_where_nothing_differs_the_mistakes_of_all_networks_say_why() -> None:
    said = follow(SAME, 0.8)
    assert "up to 12 points could stay unseen" in said
    assert '14 of 18 mistakes of 2 networks are taken for "crow"' in said
    assert "80% of the map lies on the object where wrong (18 maps), 80% where right (22)" in said
    assert "not known" in follow(SAME)


def test_a_difference_is_said_plainly_and_not_called_a_cause() -> None:
    said = follow(HIGHER)
    assert said.startswith("where a is wrong, a larger part of the image speaks for")
    assert "need not cause" in said


def test_where_no_network_tells_only_what_is_known_is_said() -> None:
    said = follow(SAME, region=0.1)
    assert "left open" in said
    assert "likely" not in said.lower()
    assert "no image has a box" in said
    assert '"ani" taken for "crow"' in said
    assert "more images" in said


def test_of_too_few_nothing_follows() -> None:
    assert follow(FEW) == ""

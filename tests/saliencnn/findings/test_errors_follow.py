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
    assert follow(SAME, 0.8) == (
        'Most often "ani" is taken for "crow" (14 of 18 mistakes), most likely because the two '
        "look alike: 80% of the map lies on the object where wrong (18 maps), 80% where "
        "right (22). More, or larger, training images of such classes may help."
    )
    assert "may help" not in follow(SAME, 0.1), "what lies beside the object is seen to first"
    assert "mistakes); what surrounds the object may count for it, since 10%" in follow(SAME, 0.1)
    assert follow(SAME).startswith('Most often "ani" is taken for "crow" (14 of 18 mistakes). More')


def test_a_clear_difference_needs_no_other_cause_and_a_bare_one_does() -> None:
    assert follow(HIGHER) == ""
    assert follow(Estimate(0.1, 0.001, 0.2, 9, 11)).startswith('Most often "ani"')


def test_where_no_network_tells_no_cause_is_named() -> None:
    assert follow(SAME, 0.8, region=0.1) == (
        'Most often "ani" is taken for "crow" (14 of 18 mistakes).'
    )


def test_of_too_few_nothing_follows() -> None:
    assert follow(FEW) == ""

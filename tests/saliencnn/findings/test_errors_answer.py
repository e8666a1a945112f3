"""Whether maps explain errors, of estimates whose truth is known."""

import pytest

from saliencnn.findings.errors_answer import bound_sizes, explain_errors
from saliencnn.measures.groups import Estimate

NAN = float("nan")
FEW, SAME = Estimate(0.2, NAN, NAN, 1, 9), Estimate(0.02, -0.05, 0.07, 14, 82)
WIDE = Estimate(0.1, -0.2, 0.33, 5, 91)
HIGHER = Estimate(0.2, 0.1, 0.3, 7, 13)
NUMBER, OF = "region size", 'all of "dog"'
MEANS = {
    ("a", NUMBER): (0.21, 0.18), ("b", NUMBER): (0.24, 0.17), ("c", NUMBER): (0.12, 0.05),
    ("d", NUMBER): (0.3, 0.31), ("e", NUMBER): (0.3, 0.29),
}  # fmt: skip


def explain(**shifts: Estimate) -> str:
    return explain_errors({(name, NUMBER): one for name, one in shifts.items()}, OF, MEANS)


def test_the_maps_explain_errors_only_beyond_chance() -> None:
    assert explain(a=FEW) == ""
    assert "region" not in explain_errors({("a", "focus"): SAME}, OF, MEANS)
    assert explain(a=HIGHER, b=SAME) == (
        'What is looked at may explain the errors of a on all of "dog" (1 of 2 networks).'
    )


def test_networks_whose_images_tell_are_named_with_their_bound() -> None:
    told = explain(a=FEW, b=SAME, c=WIDE)
    assert told.startswith('No difference could be shown on all of "dog" in b (14 missed)')
    assert "24% of a missed image, 17% of a correct one, and in each no more than 7 points" in told
    assert told.endswith("For 2 of 3 networks too few images tell.")
    told = explain(a=SAME, b=SAME, d=SAME, e=SAME, c=WIDE)
    assert told.startswith('No difference could be shown on all of "dog" in any of 4 networks')
    assert "21% to 30% of a missed image" in told


def test_a_bound_as_large_as_the_region_tells_nothing() -> None:
    told = explain(a=WIDE, c=Estimate(0.1, -0.2, 0.3, 14, 82))
    assert told == (
        'Too few missed images to tell whether what is looked at differs on all of "dog": 5 to 14 '
        "of 96 per network. Only a difference above 30 to 33 points would show, and the region of "
        "a correct image is 5% to 18%."
    )
    few_correct = explain(a=Estimate(0.1, -0.2, 0.33, 90, 6))
    assert few_correct.startswith("Too few correct images to tell")
    assert "6 of 96. Only" in few_correct
    assert explain(a=WIDE, d=HIGHER).endswith("For 1 of 2 networks too few images tell.")


def test_sizes_are_bounded_by_the_widest_interval_of_those_who_tell() -> None:
    shifts = {("a", NUMBER): SAME, ("b", NUMBER): WIDE, ("c", "focus"): SAME}
    assert bound_sizes(shifts, ["a"]) == pytest.approx(7.0)
    assert bound_sizes(shifts, ["a", "b"]) == pytest.approx(33.0)
    assert bound_sizes(shifts, ["c"]) is None

"""Whether maps explain errors, of estimates whose truth is known."""

from math import ceil

import pytest

from saliencnn.findings.errors_answer import explain_errors, find_bound, find_clear
from saliencnn.measures.groups import Estimate

NAN = float("nan")
FEW, SAME = Estimate(0.2, NAN, NAN, 1, 9), Estimate(0.02, -0.03, 0.05, 14, 82)
WIDE = Estimate(0.1, -0.2, 0.33, 5, 91)
HIGHER, BARELY = Estimate(0.2, 0.1, 0.3, 7, 13), Estimate(-0.035, -0.07, -0.0002, 24, 72)
NUMBER, PLACE, OF = "region size", "near the border", "dogs"
MEANS = {
    ("a", NUMBER): (0.30, 0.18), ("b", NUMBER): (0.24, 0.17), ("c", NUMBER): (0.12, 0.05),
    ("d", NUMBER): (0.17, 0.21), ("a", PLACE): (0.4, 0.3), ("a", "focus"): (0.31, 0.52),
}  # fmt: skip


def explain(**shifts: Estimate) -> str:
    return explain_errors({(name, NUMBER): one for name, one in shifts.items()}, OF, MEANS)


def test_where_nothing_differs_one_sentence_says_it_of_size_and_place() -> None:
    shifts = {
        ("a", NUMBER): SAME, ("a", PLACE): Estimate(0.0, -0.09, 0.06, 14, 82), ("b", NUMBER): SAME,
        ("b", PLACE): SAME,
    }  # fmt: skip
    assert explain_errors(shifts, OF, MEANS) == (
        "On dogs, being wrong has most likely nothing to do with the size or the place of what "
        "both networks look at: 14 of 96 images are wrong for each of them; right ones differ "
        "from them by at most 5% of the image in size and 9% of the map in place (95% "
        "confidence); look instead at the classes that are mixed up: they may look alike."
    )
    alone = {one: shift for one, shift in shifts.items() if one[0] == "a"}
    assert (
        "nothing to do with the size or the place of what a looks at: 14 of 96 images are wrong;"
        in explain_errors(alone, OF, MEANS)
    )
    wide = explain_errors({**shifts, ("b", PLACE): WIDE}, OF, MEANS)
    assert "nothing to do with the size of what both networks look at: " in wide
    assert "in size (95% confidence); too few images to say the same of the place; look" in wide
    assert "nothing to do with the place of what a looks at: 14 of 96" in explain_errors(
        {("a", PLACE): SAME}, OF, {}
    )


def test_networks_whose_images_tell_are_named_beside_those_whose_do_not() -> None:
    said = explain(a=FEW, b=SAME, c=WIDE)
    assert said.startswith(
        "On dogs, being wrong has most likely nothing to do with the size of what b looks at: 14 "
        "of 96 images are wrong (2 of 3 networks have too few images"
    )
    assert said.endswith("; evaluate more images to judge the others.")
    said = explain(a=SAME, b=SAME, c=WIDE)
    assert said.startswith(
        "On dogs, being wrong has most likely nothing to do with the size of what a and b look at: "
    )
    assert said.endswith("; look instead at the classes that are mixed up: they may look alike.")
    shifts = {(name, NUMBER): SAME for name in "defgh"} | {("i", NUMBER): BARELY}
    said = explain_errors(shifts, OF, {("i", NUMBER): (0.17, 0.21)})
    assert said.startswith(
        "On dogs, being wrong has most likely nothing to do with the size of what 5 of 6 networks "
    )


def test_a_difference_barely_beyond_chance_is_nothing_to_act_on() -> None:
    assert explain(b=SAME, d=BARELY) == (
        "On dogs, being wrong has most likely nothing to do with the size of what b looks at: 14 "
        "of 96 images are wrong; right ones differ from them by at most 5% of the image in size "
        "(95% confidence); d looks at a slightly smaller part of the image where wrong (17% "
        "against 21%, 24 of 96 images wrong), barely beyond chance: do not act on it."
    )


@pytest.mark.parametrize(("low", "clear"), [(0.019, False), (0.021, True)])
def test_a_tenth_of_the_interval_parts_barely_from_clearly(low: float, clear: bool) -> None:
    shift = Estimate(0.1, low, low + 0.2, 20, 20)
    assert (find_clear({("a", NUMBER): shift}) == ["a"]) is clear
    below = Estimate(-0.1, -low - 0.2, -low, 20, 20)
    assert (find_clear({("a", NUMBER): below}) == ["a"]) is clear


def test_a_clear_difference_may_explain_the_errors_of_its_network() -> None:
    told = explain(a=HIGHER, b=SAME, c=WIDE, d=BARELY)
    assert told.startswith(
        "On dogs, a looks at a larger part of the image where wrong (30% against 18%, 7 of 20 "
        "images wrong), which may explain its errors (1 of 4 networks has too few images to tell); "
        "see its wrong images first, for what goes with mistakes need not cause them; being wrong "
        "has most likely"
    )
    assert "d looks at a slightly smaller part" in told
    assert told.endswith(", barely beyond chance: do not act on it.")
    both = {("a", NUMBER): HIGHER, ("a", "focus"): Estimate(-0.2, -0.3, -0.1, 7, 13)}
    told = explain_errors(both, OF, MEANS)
    assert "(30% against 18%, 7 of 20 images wrong) and less at the object where" in told
    assert "where wrong (on it 31% against 52%), which" in told


def test_a_bound_as_large_as_the_region_tells_nothing() -> None:
    told = explain(a=WIDE, c=Estimate(0.1, -0.2, 0.3, 14, 82))
    assert told == (
        "On dogs, there are too few wrong images to say whether being wrong has to do with the "
        "size or the place of what is looked at: 5 to 14 of 96 images are wrong for each network. "
        "A difference "
        "in size of up to 33% of the image would not be seen; evaluate more images to tell."
    )
    some = explain(a=WIDE, b=FEW, c=WIDE)
    assert "are wrong for each of 2 networks. A" in some, "the third misses fewer"
    several = explain(a=WIDE, b=Estimate(0.1, -0.2, 0.31, 9, 87), c=Estimate(0.1, -0.2, 0.3, 9, 87))
    assert "up to 33% of the image" in several, "the greatest bound alone"
    few_correct = explain(a=Estimate(0.1, -0.2, 0.33, 90, 6))
    assert few_correct.startswith("On dogs, there are too few right images to say")
    assert "6 of 96 images are right. A difference" in few_correct
    assert explain(a=FEW) == ""


def test_of_images_of_which_some_are_explained_it_says_of_how_many_and_what_tells() -> None:
    shifts = {("a", NUMBER): WIDE, ("c", NUMBER): WIDE}
    told = explain_errors(shifts, OF, MEANS, known=1300)
    assert "5 of 96 images explained (of 1,300 in all) are wrong for each network. A" in told
    assert told.endswith(
        "; ask one network alone to tell: then more of its wrong images are explained."
    )
    lone = {("a", NUMBER): WIDE}
    alone = explain_errors(lone, OF, MEANS, known=1300)
    assert "size of up to 33% of the image" in alone
    assert alone.endswith("; evaluate more images to tell."), "a narrower kind has no more missed"
    left = explain_errors(lone, OF, MEANS, known=1300, left=True)
    assert left.endswith("; ask of a narrower kind of thing to tell.")


@pytest.mark.parametrize("region", [0.1, 0.2, 0.39])
@pytest.mark.parametrize(("part", "tells"), [(0.3, True), (0.36, False), (0.6, False)])
def test_one_part_of_the_region_is_no_difference_that_matters_for_every_network(
    region: float, part: float, tells: bool
) -> None:
    """A bound of 15% beside a region of 39% leaves room for as much as 6% beside one of 16%."""
    shifts = {("a", NUMBER): Estimate(0.0, -0.5 * part * region, part * region, 22, 74)}
    told = explain_errors(shifts, OF, {("a", NUMBER): (region, region)})
    assert ("most likely nothing to do with" in told) is tells
    assert ("too few wrong images to say" in told) is not tells
    assert f"{ceil(100 * part * region)}% of the image" in told


def test_a_bound_is_the_widest_interval_and_unknown_where_one_network_has_none() -> None:
    shifts = {("a", NUMBER): SAME, ("b", NUMBER): WIDE, ("c", "focus"): SAME}
    assert find_bound(shifts, ["a"], (NUMBER,)) == pytest.approx(0.05)
    assert find_bound(shifts, ["a", "b"], (NUMBER,)) == pytest.approx(0.33)
    assert find_bound(shifts, ["a", "c"], (NUMBER,)) is None


def test_classes_that_are_mixed_up_are_named_only_where_a_mix_up_stands_out() -> None:
    """Else the next sentence says that none does."""
    shifts = {("a", NUMBER): SAME}
    assert "classes that are mixed up" in explain_errors(shifts, OF, MEANS)
    told = explain_errors(shifts, OF, MEANS, mixed=False)
    assert "mixed up" not in told
    assert "classes that are missed most" in told

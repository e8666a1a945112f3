"""Whether maps explain errors, of estimates whose truth is known."""

from math import ceil

import numpy as np
import pytest

from saliencnn.findings.contrast import Contrast
from saliencnn.findings.errors_answer import describe_seen, explain_errors
from saliencnn.measures.groups import Estimate

FEW, SAME = Estimate(0.2, np.nan, np.nan, 1, 9), Estimate(-0.01, -0.03, 0.05, 14, 82)
WIDE = Estimate(0.1, -0.2, 0.33, 5, 91)
HIGHER, BARELY = Estimate(0.12, 0.06, 0.18, 14, 82), Estimate(-0.035, -0.07, -0.0002, 24, 72)
SIZE, PLACE = "region size", "near the border"
MEANS = {SIZE: (0.30, 0.31), PLACE: (0.4, 0.3), "focus": (0.31, 0.52)}
ALONE = {("a", SIZE): SAME, ("b", SIZE): SAME, ("c", SIZE): FEW}


def explain(
    shifts: dict[str, Estimate],
    networks: str = "abc",
    alone: dict[tuple[str, str], Estimate] = ALONE,
    means: dict[str, tuple[float, float]] = MEANS,
    known: int = 0,
    left: bool = False,
    mixed: bool = True,
) -> str:
    together = Contrast(tuple(networks), 96, 14, shifts, means)
    each = {(name, number): means[number] for name, number in alone}
    return explain_errors(together, alone, each, "dogs", known, left, mixed)


def test_where_nothing_differs_one_sentence_says_it_of_size_and_place() -> None:
    shifts = {SIZE: SAME, PLACE: Estimate(0.0, -0.09, 0.06, 14, 82)}
    assert explain(shifts) == (
        "On dogs, being wrong has most likely nothing to do with the size or the place of what "
        "all 3 networks look at: it is 30% of the image where wrong, 31% where right; on 14 of 96 "
        "images at least one network is wrong; a difference of more than 5% of the image in size "
        "or 9% of the map in place would have shown; look instead at the classes that are mixed "
        "up: they may look alike."
    )
    assert "of what a looks at: it is 30%" in explain(shifts, "a")
    assert "where right; it misses 14 of 96 images;" in explain(shifts, "a")
    wide = explain({SIZE: SAME, PLACE: WIDE})
    assert "nothing to do with the size of what all 3 networks look at: " in wide
    assert "in size would have shown; too few images to say the same" in wide
    place = explain({PLACE: SAME}, "a")
    assert "nothing to do with the place of what a looks at: it misses 14 of 96 images;" in place


def test_a_difference_barely_beyond_chance_is_nothing_to_act_on() -> None:
    assert explain({SIZE: BARELY}, means={SIZE: (0.17, 0.21)}) == (
        "On dogs, all 3 networks look at a slightly smaller part of the image where wrong (17% "
        "against 21%), barely beyond chance: do not act on it; on 14 of 96 images at "
        "least one network is wrong."
    )


def test_a_clear_difference_may_explain_the_errors() -> None:
    told = explain({SIZE: HIGHER, "focus": Estimate(-0.2, -0.3, -0.1, 7, 13)})
    assert told == (
        "On dogs, all 3 networks look at a larger part of the image where wrong (30% against 31%) "
        "and less at the object where wrong (on it 31% against 52%), which may explain their "
        "errors; on 14 of 96 images at least one network is wrong; see their wrong images first, "
        "for what goes with mistakes need not cause them."
    )
    alone = explain({SIZE: HIGHER}, "a")
    assert "dogs, a looks at a larger part" in alone
    assert "may explain its errors; it misses 14 of 96 images; see its wrong images first" in alone


def test_a_network_that_differs_by_itself_is_named_beside_what_holds_of_all() -> None:
    own = {("a", SIZE): SAME, ("b", SIZE): HIGHER}
    told = explain({SIZE: SAME}, alone=own)
    assert told.startswith("On dogs, being wrong has most likely nothing to do with the size")
    assert told.endswith(
        "; by itself, b looks at a larger part of the image where wrong (30% against 31%), which "
        "may explain its own errors."
    )
    assert "look instead" not in told
    assert "by itself" not in explain({SIZE: SAME}, "b", {("b", SIZE): HIGHER})


def test_a_bound_as_large_as_the_region_tells_nothing_and_says_what_was_seen() -> None:
    told = explain({SIZE: WIDE})
    assert told == (
        "On dogs, there are too few wrong images to say whether being wrong has to do with the "
        "size or the place of what all 3 networks look at: on 14 of 96 images at least one "
        "network is wrong. So far nothing points to it: 30% of the image where wrong, 31% where "
        "right, but a difference of up to 33% would not be seen; evaluate more images to tell."
    )
    far = explain({SIZE: WIDE}, means={SIZE: (0.1, 0.31)})
    assert "So far the size may have to do with it: 10% of the image where wrong, 31%" in far
    few_correct = explain({SIZE: Estimate(0.1, -0.2, 0.33, 90, 6)}, "a")
    assert few_correct.startswith("On dogs, there are too few right images to say")
    assert explain({SIZE: FEW}) == ""


def test_of_too_few_it_is_said_what_was_seen() -> None:
    size = Estimate(0.1, np.nan, np.nan, 1, 9)
    told = describe_seen(Contrast(("a", "b"), 10, 1, {SIZE: size}, {SIZE: (0.2, 0.31)}))
    assert told == (
        " So far what both networks look at is 20% of the image where wrong (1 image), 31% where "
        "right (9)."
    )
    assert describe_seen(Contrast(("a",), 10, 0, {SIZE: size}, {SIZE: (np.nan, 0.31)})) == ""
    assert describe_seen(Contrast(("a",), 10, 0, {}, {})) == ""


def test_of_images_of_which_some_are_explained_it_says_of_how_many_and_what_tells() -> None:
    told = explain({SIZE: WIDE}, known=1300)
    assert (
        "14 of 96 explained images (of 1,300 in all) at least one network is wrong. So far" in told
    )
    assert told.endswith(
        "; ask one network alone, of which more wrong images are then explained, to tell."
    )
    alone = explain({SIZE: WIDE}, "a", known=1300)
    assert alone.endswith("; evaluate more images to tell."), "a narrower kind has no more missed"
    left = explain({SIZE: WIDE}, "a", known=1300, left=True)
    assert left.endswith("; ask of a narrower kind of thing to tell.")


@pytest.mark.parametrize("region", [0.1, 0.2, 0.39])
@pytest.mark.parametrize(("part", "tells"), [(0.3, True), (0.36, False), (0.6, False)])
def test_one_part_of_the_region_is_no_difference_that_matters_for_every_network(
    region: float, part: float, tells: bool
) -> None:
    """A bound of 15% beside a region of 39% leaves room for as much as 6% beside one of 16%."""
    shift = Estimate(0.0, -0.5 * part * region, part * region, 22, 74)
    told = explain({SIZE: shift}, "a", means={SIZE: (region, region)})
    assert ("most likely nothing to do with" in told) is tells
    assert ("too few wrong images to say" in told) is not tells
    assert f"{ceil(round(100 * part * region, 6))}%" in told


def test_classes_that_are_mixed_up_are_named_only_where_a_mix_up_stands_out() -> None:
    """Else the next sentence says that none does."""
    assert "classes that are mixed up" in explain({SIZE: SAME})
    told = explain({SIZE: SAME}, mixed=False)
    assert "mixed up" not in told
    assert "classes that are missed most" in told

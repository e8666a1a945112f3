"""Where a network looks when it is wrong: from how many images what may be concluded."""

import itertools
import re

import numpy as np
import pytest

from saliencnn.findings.focus_words import Place
from saliencnn.findings.judge_looks import judge_looks
from saliencnn.findings.looks import ALIKE, Looks


def make(wrong: int, right: int, means: tuple[float, float], spread: float = 0.1) -> np.ndarray:
    """Return focus of wrong and then of right images, evenly spread around two means."""
    sides = zip((wrong, right), means, strict=True)
    even = [mean + spread * np.linspace(-1, 1, count) for count, mean in sides]
    return np.concatenate(even)


@pytest.mark.parametrize(
    ("wrong", "right", "means", "spread", "box", "where"),
    [
        (7, 22, (0.70, 0.84), 0.25, 0.56, Looks.FEW),
        (60, 60, (0.80, 0.80), 0.1, 0.4, Looks.ON_OBJECT),
        (60, 60, (0.80, 0.80), 0.1, None, Looks.ON_OBJECT),
        (60, 60, (0.70, 0.70), 0.1, 0.56, Looks.AS_MUCH),
        (60, 60, (0.55, 0.55), 0.4, None, Looks.AS_MUCH),
        (60, 60, (0.60, 0.80), 0.1, 0.3, Looks.LESS),
        (60, 60, (0.20, 0.80), 0.1, 0.3, Looks.BESIDE),
        (60, 60, (0.44, 0.43), 0.1, None, Looks.AS_LITTLE),
        (60, 60, (0.40, 0.43), 0.1, None, Looks.AS_LITTLE),
        (60, 0, (0.20, 0.80), 0.1, None, Looks.BESIDE),
        (400, 4000, (0.80, 0.81), 0.05, None, Looks.ON_OBJECT),
        (6, 60, (0.45, 0.60), 0.4, None, Looks.FEW),
        (9, 60, (0.80, 0.81), 0.02, None, Looks.FEW),
        (10, 60, (0.80, 0.81), 0.02, None, Looks.ON_OBJECT),
        (60, 4, (0.80, 0.80), 0.1, 0.3, Looks.FEW),
        (60, 0, (0.80, 0.80), 0.1, 0.3, Looks.FEW),
        (4, 60, (0.20, 0.80), 0.1, 0.3, Looks.FEW),
        (4, 60, (0.95, 0.95), 0.05, 0.9, Looks.UNKNOWN),
        (60, 60, (0.95, 0.95), 0.05, 0.9, Looks.UNKNOWN),
    ],
)
def test_what_the_images_tell(
    wrong: int,
    right: int,
    means: tuple[float, float],
    spread: float,
    box: float | None,
    where: Looks,
) -> None:
    correct = np.arange(wrong + right) >= wrong
    found = judge_looks(make(wrong, right, means, spread), correct, Place(box))
    assert found.where is where
    same = (Looks.ON_OBJECT, Looks.AS_MUCH, Looks.FEW)
    assert (found.means == ALIKE) == (where in same and not found.leads_elsewhere)
    assert bool(found.describe("the map")) == (where is not Looks.UNKNOWN)


@pytest.mark.parametrize(
    ("wrong", "right", "means", "answer", "few"),
    [
        (
            4,
            26,
            (0.8, 0.8),
            "looks at the object in all 4 missed images, as in all 26",
            "4 images are",
        ),
        (
            4,
            26,
            (0.2, 0.8),
            "looks beside the object in all 4 missed images, but in none of 26 right ones: that",
            "4 images are",
        ),
        (1, 26, (0.8, 0.8), "in the missed image, as in all 26 right ones", "1 image is too few"),
        (
            60,
            4,
            (0.8, 0.8),
            "in all 60 missed images, as in all 4 right ones",
            "4 right images are",
        ),
        (7, 0, (0.8, 0.8), "in all 7 missed images, so little", "no image is right to compare"),
        (7, 0, (0.2, 0.8), "beside the object in all 7 missed images, so that may", ""),
        (60, 60, (0.8, 0.8), "in all 60 missed images, as in all 60 right ones", ""),
        (60, 60, (0.2, 0.8), "beside the object in all 60 missed images, but in none of 60", ""),
        (60, 60, (0.6, 0.8), "looks less at the object in 60 missed images than in 60", ""),
    ],
)
def test_the_plain_reading_has_its_counts_and_says_whether_they_are_too_few(
    wrong: int, right: int, means: tuple[float, float], answer: str, few: str
) -> None:
    found = judge_looks(make(wrong, right, means), np.arange(wrong + right) >= wrong, Place())
    said = found.describe("the CAM map of the class it says", hedge="by unchecked maps, ")
    assert said.startswith("By unchecked maps, it looks")
    assert answer in said
    assert few in said
    assert ("too few" in said or "to compare with" in said) == bool(few)
    assert ("little points to that" in said) == (not found.leads_elsewhere)
    assert "of the CAM map of the class it says lies on the object" in said


@pytest.mark.parametrize("images", [4, 8, 60])
def test_of_the_same_maps_more_images_change_no_strength_but_that_they_are_too_few(
    images: int,
) -> None:
    correct = np.arange(2 * images) >= images
    found = judge_looks(make(images, images, (0.78, 0.8)), correct, Place())
    assert "little points to that as the reason" in found.describe("the map")
    assert found.means == ALIKE


@pytest.mark.parametrize(
    ("wrong", "right", "means", "said"),
    [
        (10, 20, (0.78, 0.80), "80% in right ones, a difference that chance may explain."),
        (60, 60, (0.60, 0.80), "80% in right ones, a difference beyond chance."),
        (3, 20, (0.60, 0.80), "80% in right ones, too few to say whether that differs."),
        (60, 60, (0.80, 0.80), "80% in right ones."),
        (60, 0, (0.20, 0.80), "20% of the map lies on the object."),
    ],
)
def test_beside_two_percentages_it_says_whether_they_differ(
    wrong: int, right: int, means: tuple[float, float], said: str
) -> None:
    found = judge_looks(make(wrong, right, means), np.arange(wrong + right) >= wrong, Place())
    assert found.average("the map").endswith(said)


def test_where_boxes_are_large_it_says_how_little_a_map_inside_them_tells() -> None:
    few = judge_looks(make(6, 24, (0.7, 0.8)), np.arange(30) >= 6, Place(0.6))
    assert "boxes cover 60% of an image: little better than chance." in few.describe("the map")


def test_of_few_images_it_says_how_wide_the_interval_is() -> None:
    correct = np.arange(29) >= 7
    found = judge_looks(make(7, 22, (0.7, 0.84), 0.25), correct, Place(0.56))
    assert "70%" in found.compare()
    assert "84% where right (22)" in found.compare()
    low, high = found.shift.low, found.shift.high
    assert low < -0.2
    assert f"{100 * high:.0f} percentage points (95% interval)" in found.bound()


def test_less_is_said_only_where_the_whole_interval_lies_below_0() -> None:
    """Also where ranks tell both apart: a few maps of right images lie far off."""
    right = np.concatenate([np.linspace(0.80, 0.82, 52), np.full(8, 0.05)])
    focus = np.concatenate([np.linspace(0.70, 0.79, 60), right])
    found = judge_looks(focus, np.arange(120) >= 60, Place())
    assert found.shift.high > 0
    assert found.where is not Looks.LESS


def test_of_more_questions_together_being_beside_takes_more() -> None:
    focus, correct = make(20, 20, (0.44, 0.70), 0.2), np.arange(40) >= 20
    assert judge_looks(focus, correct, Place()).where is Looks.BESIDE
    assert judge_looks(focus, correct, Place(), 50).where is Looks.LESS


def test_without_a_map_nothing_is_said_of_where_it_looks() -> None:
    found = judge_looks(np.full(20, np.nan), np.arange(20) >= 9, Place())
    assert found.where is Looks.UNKNOWN
    assert (found.describe("the map"), found.means, found.bound()) == ("", "", "")
    assert "not known" in found.compare()


@pytest.mark.parametrize("wrong", [7, 40])
def test_a_difference_that_matters_is_seldom_taken_for_none(wrong: int) -> None:
    """And none for a difference; drawn like the maps of real birds: mean 0.85, spread 0.15."""
    rng, draws = np.random.default_rng(0), 300
    correct = np.arange(wrong + 40) >= wrong

    def count(less: float, *told: Looks) -> int:
        drawn = rng.normal(0.85, 0.15, (draws, wrong + 40)) - less * ~correct
        found = (judge_looks(np.clip(one, 0, 1), correct, Place(0.4)).where for one in drawn)
        return sum(one in told for one in found)

    assert count(0.3, Looks.ON_OBJECT, Looks.AS_MUCH) <= 0.05 * draws
    assert count(0, Looks.LESS, Looks.BESIDE) <= 0.08 * draws


TOLD = re.compile(
    r"(?:, (as|but|and) (?:only )?)?"
    r"(?:in (all|both|none of|\d+ of)(?: (\d+))?|(not )?in the) (missed|right)"
)
"""A side of the comparison: how it joins, and in how many images."""


def read_sides(said: str) -> list[tuple[str, float]]:
    """Return how each side that a sentence tells joins, and the share of its images."""
    shares = {"all": 1.0, "both": 1.0, "none of": 0.0, "": 1.0}
    return [
        (link, 0.0 if no else shares[of] if of in shares else int(of.split()[0]) / int(whole))
        for link, of, whole, no, _ in TOLD.findall(said)
    ]


@pytest.mark.parametrize("missed", [1, 2, 3, 4, 7, 12, 40])
@pytest.mark.parametrize("right", [0, 1, 3, 27, 60])
@pytest.mark.parametrize("far", [0.02, 0.2, 0.4])
def test_what_it_says_of_both_sides_is_true_of_their_counts(
    missed: int, right: int, far: float
) -> None:
    """Alike only where both shares are, but where they are not, and no reason where none is."""
    for there, on_right in itertools.product(range(missed + 1), range(right + 1)):
        inside = np.r_[np.arange(missed) < there, np.arange(right) < on_right]
        focus = np.where(inside, 0.5 + far, 0.5 - far)
        found = judge_looks(focus, np.arange(missed + right) >= missed, Place())
        said = found.answer("missed image")
        assert not re.search(r"\b((none|all|1) (of )?1|all 2) ", said), said
        shift = round(there / missed - on_right / right, 6) if right else 0.0
        if "average" in said or "looks less" in said:
            assert shift < 0, said
            continue
        sides = read_sides(said)
        beside = "beside the object" in said
        own, other = there / missed, on_right / max(right, 1)
        alone = not right or "few to compare with" in said
        assert [one for _, one in sides] == pytest.approx(
            [1 - one if beside else one for one in ([own] if alone else [own, other])]
        ), said
        link = (
            "" if alone else "as" if abs(shift) <= 0.15 else "but" if abs(shift) >= 0.35 else "and"
        )
        assert sides[-1][0] == link, said
        if not alone:
            assert ("little points" in said) == (shift > -0.35), said


def test_a_third_of_the_missed_images_is_not_as_nearly_all_right_ones() -> None:
    focus = np.r_[0.2, 0.45, 0.9, np.full(26, 0.6), 0.4]
    found = judge_looks(focus, np.arange(30) >= 3, Place())
    assert found.answer("missed image") == (
        "It looks at the object in 1 of 3 missed images, but in 26 of 27 right ones: that may be "
        "the reason; 3 images are too few to be sure."
    )
    assert found.leads_elsewhere
    assert found.means != ALIKE

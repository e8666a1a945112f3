"""What the place at which networks look says of their mistakes, of regions that are known."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from saliencnn.findings.map_facts import MapFacts
from saliencnn.findings.map_places import MapPlaces
from saliencnn.findings.of_maps import find_in_maps
from saliencnn.findings.wrong_place import conclude_from_places, judge_places

NAMES = ("a", "b", "c", "d")
SIZES = np.array([0.22, 0.04, 0.1, 0.18])


def make_facts(
    *right: bool,
    inside: dict[str, float] | None = None,
    sizes: np.ndarray = SIZES,
    method: str = "",
    empty: str = "",
) -> MapFacts:
    """Return facts of four networks whose regions lie inside each other but for some pairs."""
    overlaps = np.ones((4, 4))
    for pair, share in (inside or {}).items():
        one, other = (NAMES.index(name) for name in pair)
        overlaps[one, other] = overlaps[other, one] = share
    centres = np.full((4, 2), 0.5)
    for one in map(NAMES.index, empty):
        overlaps[one] = overlaps[:, one] = centres[one] = np.nan
    places = MapPlaces(NAMES, sizes, overlaps, centres)
    none = np.full(4, np.nan)
    said = tuple("jay" if one else "wren" for one in right)
    return MapFacts(
        "image", NAMES, ("jay",) * 4, said, np.array(right), np.ones(4, int),
        np.ones(4, int), sizes, none, method=method, places=places,
    )  # fmt: skip


def conclude(*right: bool, **known: Any) -> str:
    return conclude_from_places(make_facts(*right, **known))


AWAY = {"ab": 0.1, "ac": 0.1, "ad": 0.1}


@pytest.mark.parametrize(
    ("right", "inside", "claim", "why"),
    [
        (
            "bcd",
            {},
            'a alone is wrong ("wren"), and where it looks does not explain it',
            "it looks at the same spot as the right ones",
        ),
        (
            "bcd",
            AWAY,
            'a alone is wrong ("wren"), and where it looks may explain it',
            "it looks elsewhere than the right ones, at the middle; one image proves little",
        ),
        (
            "cd",
            {},
            'a and b are wrong (both say "wren"), and where they look does not explain it',
            "they look at the same spot as the right ones",
        ),
        (
            "d",
            AWAY,
            '3 of 4 networks are wrong (all say "wren"), and where a looks may explain its mistake',
            "it looks elsewhere than the right ones; one image proves little",
        ),
        (
            "d",
            {"ad": 0.5},
            '3 of 4 networks are wrong (all say "wren"), and where they look does not clearly '
            "explain it",
            "2 look at the same spot as right ones, 1 at partly the same spot",
        ),
        (
            "",
            {},
            'all 4 networks are wrong (all say "wren"), and where they look cannot tell why',
            "there is no right one to compare them with",
        ),
        ("abcd", {}, "all 4 networks are right", "they look at the same spot"),
    ],
)
def test_the_answer_is_one_short_claim(
    right: str, inside: dict[str, float], claim: str, why: str
) -> None:
    """Who is wrong, and whether where they look explains it, in 40 words at most."""
    facts = make_facts(*(name in right for name in NAMES), inside=inside)
    (said,) = (one for one in find_in_maps(facts) if one.rule == "right")
    assert said.sentence == f'On the only image of "jay", {claim}: {why}.'
    assert said.claim == f'On the only image of "jay", {claim}:'
    assert len(said.sentence.split()) <= 40


def test_a_wrong_network_without_a_map_is_one_of_which_nothing_can_be_said() -> None:
    facts = make_facts(False, False, True, True)
    assert facts.places
    known = MapPlaces(NAMES[1:], SIZES[1:], np.ones((3, 3)), np.full((3, 2), 0.5))
    verdict, why = judge_places(replace(facts, places=known))
    assert verdict == "and where they look does not clearly explain it"
    assert why == "1 looks at the same spot as right ones, of 1 it cannot be said"
    assert judge_places(
        replace(facts, right=np.array([False, True, True, True]), places=known)
    ) == (
        "",
        "",
    )


def test_a_wrong_network_at_the_same_spot_is_not_explained_by_its_place() -> None:
    assert conclude(False, True, True, True) == (
        "The wrong one, a, looks at the same spot as the right ones, so the place does not explain "
        "its mistake: the right ones look at 4% to 18% of the image, a at a larger part (22%); one "
        "image proves little"
    )
    smaller = conclude(True, False, True, True, method="Grad-CAM")
    assert "the right ones look at 10% to 22% of the image, b at a smaller part (4%)" in smaller
    assert smaller.endswith("; one image proves little (maps by Grad-CAM)")
    assert "c at as large a part (10%)" in conclude(True, True, False, True)
    apart = conclude(False, True, True, True, inside={"ab": 0.1})
    assert "at the same spot as 2 of the right ones, so" in apart


def test_a_wrong_network_elsewhere_may_be_explained_by_it() -> None:
    away = {"ab": 0.1, "ac": 0.1, "ad": 0.1}
    said = conclude(False, True, True, True, inside=away)
    assert said.startswith(
        "The wrong one, a, looks elsewhere than the right ones, at the middle, so the place may "
        "explain its mistake: "
    )
    assert "a at a larger part (22%)" in said
    partly = conclude(False, True, True, True, inside=away | {"ac": 0.5})
    assert "looks at partly the same spot as the right ones" in partly
    assert "may or may not explain its mistake" in partly


def test_several_wrong_ones_are_told_together_where_they_look_alike() -> None:
    said = conclude(False, False, False, True)
    assert said.startswith(
        "The wrong ones, a, b and c, look at the same spot as the right one, so the place does not "
        "explain their mistakes: the right one looks at 18% of the image, "
    )
    said = conclude(False, False, True, True, inside={"ac": 0.1, "ad": 0.1})
    assert said.startswith(
        "Of the 2 wrong ones, b looks at the same spot as the right ones, and a looks elsewhere "
        "than the right ones, at the middle: the place does not explain the mistake of b, may "
        "explain the mistake of a; "
    )
    assert said.count("one image proves little") == 1


@pytest.mark.parametrize("wrong", [(0, 1), (0, 1, 2), (1, 2)])
@pytest.mark.parametrize("right_sizes", [(0.17, 0.31), (0.2, 0.2), (0.05, 0.4)])
def test_each_wrong_network_is_compared_with_the_range_of_the_right_ones(
    wrong: tuple[int, ...], right_sizes: tuple[float, float]
) -> None:
    """10% beside 17% to 31% is a smaller part, whoever else is wrong."""
    names = ("a", "b", "c", "r", "s")
    sizes = np.array([0.1, 0.35, 0.13, *right_sizes])
    places = MapPlaces(names, sizes, np.ones((5, 5)), np.full((5, 2), 0.5))
    right = np.array([n not in wrong for n in range(5)])
    facts = MapFacts(
        "image", names, ("jay",) * 5, ("jay",) * 5, right, np.ones(5, int), np.ones(5, int),
        sizes, np.full(5, np.nan), places=places,
    )  # fmt: skip
    said = conclude_from_places(facts)
    low, high = (f(sizes[right].round(2)) for f in (np.min, np.max))
    told = re.findall(r"at (a smaller|as large a|a larger) part \((\d+)%(?: to (\d+)%)?\)", said)
    assert told
    for part, first, last in told:
        start, end = int(first), int(last or first)
        if part == "a smaller":
            assert end / 100 < low
        elif part == "a larger":
            assert start / 100 > high
        else:
            assert low <= start / 100 <= end / 100 <= high
    assert said.count("% of the image") == 1


def test_an_unknown_place_explains_nothing_and_says_whose_map_it_is() -> None:
    sizes = np.array([0.6, 0.04, 0.1, 0.18])
    said = conclude(False, True, True, True, sizes=sizes)
    assert said == (
        "Whether the wrong one, a, looks at the same spot as the right ones cannot be said: the "
        "region of a takes more than 50% of the image; the right ones look at 4% to 18% of the "
        "image, a at a larger part (60%); one image proves little"
    )
    said = conclude(False, True, True, True, empty="a")
    assert "cannot be said: the map of a is empty; one image" in said
    said = conclude(False, True, True, True, inside={"ac": 0.1, "ad": 0.1}, empty="b")
    assert "cannot be said: the map of b is empty; " in said
    assert "explain" not in said
    said = conclude(False, False, True, True, sizes=sizes)
    assert said.startswith(
        "Of the 2 wrong ones, b looks at the same spot as the right ones, and of a it cannot be "
        "said: the place does not explain the mistake of b; the region of a takes more than 50% "
    )


def test_all_or_none_wrong_leaves_nothing_to_compare() -> None:
    same = "Same spot, other size, in the middle of the image"
    assert conclude(True, True, True, True) == same
    assert conclude(False, False, False, False) == (
        f"{same}; without a right network to compare, that does not tell why they are wrong"
    )


def test_without_maps_nothing_is_concluded() -> None:
    facts = MapFacts(
        "image", NAMES, NAMES, NAMES, np.ones(4, bool), np.ones(4, int), np.ones(4, int), SIZES,
        SIZES,
    )  # fmt: skip
    assert conclude_from_places(facts) == ""
    assert conclude_from_places(replace(facts, right=np.zeros(4, bool))) == ""

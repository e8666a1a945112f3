"""What the place at which networks look says of their mistakes, of regions that are known."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.findings.map_facts import MapFacts
from saliencnn.findings.map_places import MapPlaces
from saliencnn.findings.of_maps import find_in_maps
from saliencnn.findings.wrong_place import judge_places

NAMES = ("a", "b", "c", "d")
SIZES = np.array([0.12, 0.04, 0.18, 0.1])


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
            "it looks elsewhere than the right ones, at the middle",
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
            '3 of 4 networks are wrong (all say "wren", only d is right), and where a looks '
            "may explain its mistake",
            "it looks elsewhere than the right ones",
        ),
        (
            "d",
            {"ad": 0.5},
            '3 of 4 networks are wrong (all say "wren", only d is right), and where they look '
            "does not clearly explain it",
            "b and c look at the same spot as right ones, a at partly the same",
        ),
        (
            "",
            {},
            'all 4 networks are wrong (all say "wren"), and where they look cannot tell why',
            "they look at the same spot, and there is no right one to compare them with",
        ),
        ("abcd", {}, "all 4 networks are right", "they look at the same spot"),
    ],
)
def test_the_answer_is_one_short_claim(
    right: str, inside: dict[str, float], claim: str, why: str
) -> None:
    """Who is wrong, and whether where they look explains it, in 44 words at most."""
    facts = make_facts(*(name in right for name in NAMES), inside=inside)
    (said,) = (one for one in find_in_maps(facts) if one.rule == "right")
    assert said.sentence == f'On the only image of "jay", {claim}: {why}.'
    assert said.claim == f'On the only image of "jay", {claim}:'
    assert len(said.sentence.split()) <= 44


def test_a_wrong_network_without_a_map_is_one_of_which_nothing_can_be_said() -> None:
    facts = make_facts(False, False, True, True)
    assert facts.places
    known = MapPlaces(NAMES[1:], SIZES[1:], np.ones((3, 3)), np.full((3, 2), 0.5))
    verdict, why = judge_places(replace(facts, places=known))
    assert verdict == "and where they look does not clearly explain it"
    assert why == f"{NAMES[1]} looks at the same spot as right ones, {NAMES[0]} has no map"
    wide = replace(facts.places, sizes=np.array([0.6, *SIZES[1:]]))
    _, why = judge_places(replace(facts, places=wide))
    assert why.endswith(f"the region of {NAMES[0]} takes more than 50% of the image")
    assert judge_places(
        replace(facts, right=np.array([False, True, True, True]), places=known)
    ) == (
        "",
        "",
    )


def test_a_wrong_network_at_partly_the_same_spot_may_or_may_not_be_explained() -> None:
    verdict, why = judge_places(make_facts(False, True, True, True, inside=AWAY | {"ac": 0.5}))
    assert verdict == "and where it looks may or may not explain it"
    assert why == "it looks at partly the same spot as the right ones"


@pytest.mark.parametrize(
    ("known", "why"),
    [
        (
            {"sizes": np.array([0.6, 0.04, 0.1, 0.18])},
            "the region of a takes more than 50% of the image",
        ),
        ({"empty": "a"}, "the map of a is empty"),
        ({"inside": {"ac": 0.1, "ad": 0.1}, "empty": "b"}, "the map of b is empty"),
    ],
)
def test_an_unknown_place_explains_nothing_and_says_whose_map_it_is(
    known: dict[str, Any], why: str
) -> None:
    said = judge_places(make_facts(False, True, True, True, **known))
    assert said == ("and whether where it looks explains it cannot be said", why)


def test_without_maps_nothing_is_said_of_places() -> None:
    facts = replace(make_facts(False, True, True, True), places=None)
    assert judge_places(facts) == ("", "")


@pytest.mark.parametrize("right", ["bcd", "b", "bc", "a", "ac", "acd", "cd"])
@given(sizes=st.lists(st.floats(0.01, 0.9), min_size=4, max_size=4))
def test_the_size_tells_right_from_wrong_only_where_the_printed_ranges_lie_apart(
    right: str, sizes: list[float]
) -> None:
    facts = make_facts(*(name in right for name in NAMES), sizes=np.array(sizes))
    told = {one.rule: one.sentence for one in find_in_maps(facts)}
    said = told.get("region size", told["right"])
    wrong, right_ones = (
        [int(number) for number in re.findall(r"(\d+)%", part)] for part in _halve(said)
    )
    if min(wrong) > max(right_ones):
        assert " at more of the image: " in said
    elif max(wrong) < min(right_ones):
        assert " at less of the image: " in said
    else:
        assert said.startswith("How much they look at does not tell")
    for shown, side in ((wrong, ~facts.right), (right_ones, facts.right)):
        own = np.array(sizes)[side]
        assert {min(shown), max(shown)} == {round(100 * float(f(own.round(2)))) for f in (min, max)}


def _halve(said: str) -> tuple[str, str]:
    """Return what is said of wrong networks and of right ones."""
    wrong, right = said.split(", the right ")
    return wrong, right


def test_size_and_place_of_the_wrong_ones_are_said_in_one_breath() -> None:
    """Place and size are two reasons: the same spot is none, and more of the image may be one."""
    sizes = np.array([0.27, 0.02, 0.14, 0.1])
    same = judge_places(make_facts(False, True, True, True, sizes=sizes))[1]
    assert same == (
        "it looks at the same spot as the right ones, only at more of the image: 27%, the right "
        "ones at 2% to 14%"
    )
    apart = judge_places(make_facts(False, True, True, True, inside=AWAY, sizes=sizes))[1]
    assert ", and at more of the image: 27%" in apart
    mixed = make_facts(False, False, False, True, inside=AWAY, sizes=sizes[[0, 0, 0, 1]])
    assert (
        "; the wrong ones look at more of the image: 27%, the right one at 2%"
        in (judge_places(mixed)[1])
    )

from dataclasses import replace

import numpy as np

from saliencnn.findings.map_facts import MapFacts
from saliencnn.findings.map_places import MapPlaces
from saliencnn.findings.odd_one import Likeness
from saliencnn.findings.of_maps import find_in_maps

NONE = np.full(5, np.nan)
ROBIN = MapFacts(
    kind="image",
    names=("lite0", "lite1", "lite2", "mobilenet_v2", "squeezenet1_1"),
    true=("American robin",) * 5,
    predicted=("American robin",) * 3 + ("coucal", "American robin"),
    right=np.array([True, True, True, False, True]),
    like=np.ones(5, int),
    right_on_like=np.array([1, 1, 1, 0, 1]),
    regions=np.array([0.07, 0.12, 0.18, 0.225, 0.1]),
    focus=NONE,
    least_similar=("mobilenet_v2", "squeezenet1_1"),
    similarity="from partly alike (SSIM 0.60) to alike (0.85)",
)
_RIGHT = np.repeat([True, False], 6)
ONE = MapFacts(
    kind="images",
    names=("resnet18",),
    true=("acorn",) * 12,
    predicted=("acorn",) * 6 + ("hip",) * 4 + ("fig",) * 2,
    right=_RIGHT,
    like=np.full(12, 12),
    right_on_like=np.full(12, 6),
    regions=np.where(_RIGHT, 0.1, 0.6) + np.tile(np.linspace(0, 0.05, 6), 2),
    focus=np.tile(np.linspace(0.2, 0.4, 6), 2),
)


def said(facts: MapFacts) -> dict[str, str]:
    return {finding.rule: finding.sentence for finding in find_in_maps(facts)}


def test_the_network_that_is_wrong_is_named() -> None:
    answer = said(ROBIN)
    assert list(answer) == ["right", "unmarked", "region size", "least similar", "unexplained"]
    assert answer["right"] == (
        'On the only image of "American robin", mobilenet_v2 alone is wrong ("coucal").'
    )
    of_some = said(replace(ROBIN, left_out=2))["right"]
    assert f"mobilenet_v2 alone of the {len(ROBIN.names)} shown is wrong" in of_some
    assert answer["region size"] == (
        "The wrong one looks at more of the image: 22%, the right ones at 7% to 18%."
    )
    assert answer["least similar"] == (
        "Each two maps are from partly alike (SSIM 0.60) to alike (0.85), "
        "least those of mobilenet_v2 and squeezenet1_1."
    )


def test_nothing_is_concluded_from_a_few_failures() -> None:
    """The hardest image of a class does not speak for the others; regions overlap."""
    acorn = replace(
        ROBIN,
        like=np.full(5, 5),
        right_on_like=np.array([5, 4, 4, 5, 4]),
        right=np.array([True, False, False, True, False]),
        predicted=("acorn", "hip", "hip", "acorn", "fig"),
        true=("acorn",) * 5,
        regions=np.array([0.265, 0.408, 0.172, 0.161, 0.089]),
    )
    answer = said(acorn)
    assert answer["right"] == (
        'On this image of "acorn", 3 of 5 networks are wrong (only lite0 and mobilenet_v2 are '
        "right)."
    )
    assert answer["region size"] == (
        "How much they look at does not tell who is wrong: the wrong ones look at 9% to 41% of the "
        "image, the right ones at 16% to 26%."
    )
    assert answer["like"] == 'Of all 5 images of "acorn" each network gets 4 to 5 right.'
    assert answer["unexplained"].startswith('Too few missed images of "acorn" (at most 1 for a ne')


def test_errors_are_explained_only_from_images_enough() -> None:
    """Five missed and five correct images of one network suffice to ask of its maps why."""
    missed = np.array([2, 3, 5, 0, 1])
    enough = replace(ROBIN, like=np.full(5, 20), right_on_like=20 - missed)
    assert "unexplained" not in said(enough)
    none = replace(ROBIN, like=np.full(5, 20), right_on_like=np.full(5, 20))
    assert "unexplained" not in said(none)
    hard = replace(ROBIN, like=np.full(5, 20), right_on_like=np.array([1, 2, 3, 4, 0]))
    assert said(hard)["unexplained"].startswith('Too few correct images of "American robin" (at ')


def test_all_or_none_may_be_right() -> None:
    every = np.ones(5, int)
    right = replace(ROBIN, right=every > 0, right_on_like=every, least_similar=None)
    assert said(right) == {
        "unmarked": said(ROBIN)["unmarked"],
        "right": 'On the only image of "American robin", all 5 networks are right.',
    }
    wrong = replace(ROBIN, right=np.zeros(5, bool), predicted=("a", "a", "b", "a", "a"))
    assert said(wrong)["right"] == (
        'On the only image of "American robin", all 5 networks are wrong (4 say "a", 1 says "b").'
    )
    alike = replace(wrong, predicted=("a",) * 5)
    assert said(alike)["right"].endswith('all 5 networks are wrong (all say "a").')


def test_one_network_on_images_of_a_class() -> None:
    """Six images on either side suffice to say that regions are larger where it is wrong."""
    answer = said(ONE)
    assert answer["right"] == (
        'resnet18 is right on 6 of 12 images of "acorn"; it takes 4 for "hip", 2 for "fig".'
    )
    assert "larger where wrong, by more than chance" in answer["region size"]
    assert "no difference beyond chance" in answer["focus"]
    part = said(replace(ONE, like=np.full(12, 30), right_on_like=np.full(12, 21)))
    assert '6 of 12 images of "acorn" seen here (21 of all 30); it takes' in part["right"]


def test_region_and_focus_are_two_chances_to_find_a_difference() -> None:
    spread = np.tile(np.linspace(0, 0.05, 6), 2)
    shifted = spread + 0.03 * ~_RIGHT
    alone = replace(ONE, regions=shifted, focus=np.full(12, np.nan))
    assert "larger where wrong, by more than chance" in said(alone)["region size"]
    both = replace(ONE, regions=shifted, focus=spread)
    assert "no difference beyond chance" in said(both)["region size"]


def test_an_empty_map_has_no_region() -> None:
    answer = said(replace(ROBIN, regions=NONE, least_similar=None))
    assert list(answer) == ["right", "unexplained"]


def test_two_that_are_wrong_are_named_and_of_more_what_they_all_say() -> None:
    right = np.array([True, False, False, False, True])
    answer = said(replace(ROBIN, right=right, predicted=("a", "fig", "fig", "fig", "a")))
    assert answer["right"].endswith(
        ' 3 of 5 networks are wrong (all say "fig", only lite0 and squeezenet1_1 are right).'
    )
    two = np.array([True, True, False, False, True])
    answer = said(replace(ROBIN, right=two, predicted=("a", "a", "fig", "hip", "a")))
    assert answer["right"].endswith(' lite2 ("fig") and mobilenet_v2 ("hip") are wrong.')
    answer = said(replace(ROBIN, right=two, predicted=("a", "a", "fig", "fig", "a")))
    assert answer["right"].endswith(' lite2 and mobilenet_v2 are wrong (both say "fig").')


def test_of_several_methods_one_is_named() -> None:
    answer = said(replace(ROBIN, method="Grad-CAM"))
    one = said(replace(ONE, method="Grad-CAM"))
    assert one["region size"].startswith("Region size by Grad-CAM: ")
    assert answer["least similar"].startswith("Each two maps by Grad-CAM are from partly")


def test_whose_map_is_least_like_the_others_is_told_of_those_that_have_one() -> None:
    names = ("lite1", "lite2", "mobilenet_v2")
    places = MapPlaces(names, ROBIN.regions[1:4], np.ones((3, 3)), np.full((3, 2), 0.5))
    matrix = np.array([[1, 0.9, 0.3], [0.9, 1, 0.4], [0.3, 0.4, 1]])
    likeness = Likeness(names, matrix, "SSIM", higher_is_alike=True)
    pair = ("lite2", "mobilenet_v2")
    facts = replace(ROBIN, places=places, to_others=likeness, method="Grad-CAM", least_similar=pair)
    assert list(said(facts))[:3] == ["right", "odd one", "least alike"]
    assert said(facts)["odd one"] == (
        "mobilenet_v2's map is the odd one out (at the same spot, 22% of the image, the others "
        "12% to 18%), and it is the one that is wrong: SSIM is 0.30 to 0.40, on average 0.35, with "
        "the others, which have 0.90 with one another (1 is equal) by Grad-CAM; mobilenet_v2 looks "
        "at the middle."
    )


def test_the_two_least_alike_are_named_with_where_each_looks() -> None:
    centres = np.array([[0.5, 0.5]] * 3 + [[0.1, 0.1], [0.8, 0.5]])
    inside = np.ones((5, 5))
    inside[3, 4] = inside[4, 3] = 0.1
    places = MapPlaces(ROBIN.names, ROBIN.regions, inside, centres)
    facts = replace(ROBIN, places=places, likeness="SSIM 0.60")
    unknown = said(facts)
    assert list(unknown)[:2] == ["right", "least alike"]
    assert unknown["unmarked"] == said(ROBIN)["unmarked"]
    assert unknown["least alike"] == (
        "Least alike: mobilenet_v2 and squeezenet1_1 (SSIM 0.60); mobilenet_v2 looks at the "
        "upper left and squeezenet1_1 looks at the bottom, the region of mobilenet_v2 is 2.2 times "
        "as large."
    )
    known = said(replace(facts, focus=np.array([0.1, 0.2, 0.3, 0.04, 0.71]), boxed=True))
    assert "upper left (4% of its map inside the object's box)" in known["least alike"]
    assert "at the bottom (71% of its map inside" in known["least alike"]
    assert "unmarked" not in known
    same = replace(facts, places=replace(places, centres=np.full((5, 2), 0.5)))
    assert said(same)["least alike"].endswith(
        "; both look at the middle, but the region of mobilenet_v2 is 2.2 times as large."
    )
    two = MapPlaces(
        ("mobilenet_v2", "squeezenet1_1"), np.array([0.1, 0.7]), np.ones((2, 2)),
        np.array([[0.5, 0.5], [np.nan, np.nan]]),
    )  # fmt: skip
    told = said(replace(facts, places=two))["least alike"]
    assert told.startswith("How alike: mobilenet_v2 and squeezenet1_1 (SSIM 0.60); ")
    assert "squeezenet1_1 looks at no place" in told

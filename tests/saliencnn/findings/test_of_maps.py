from dataclasses import replace

import numpy as np

from saliencnn.findings.of_maps import MapFacts, find_in_maps

NONE = np.full(5, np.nan)
ROBIN = MapFacts(
    kind="image",
    names=("lite0", "lite1", "lite2", "mobilenet_v2", "squeezenet1_1"),
    true=("American robin",) * 5,
    predicted=("American robin",) * 3 + ("coucal", "American robin"),
    right=np.array([True, True, True, False, True]),
    regions=np.array([0.07, 0.12, 0.18, 0.225, 0.1]),
    focus=NONE,
    least_similar=("mobilenet_v2", "squeezenet1_1", "SSIM 0.60"),
)


def said(facts: MapFacts) -> dict[str, str]:
    return {finding.rule: finding.sentence for finding in find_in_maps(facts)}


def test_the_network_that_is_wrong_is_named() -> None:
    answer = said(ROBIN)
    assert list(answer) == ["right", "region size", "least similar"]
    assert answer["right"] == "American robin: 4 of 5 networks are right; mobilenet_v2 says coucal."
    assert "22% where wrong, 7% to 18% where right; too few" in answer["region size"]
    assert "mobilenet_v2 and squeezenet1_1 (SSIM 0.60)" in answer["least similar"]


def test_nothing_is_concluded_from_a_few_failures() -> None:
    """Regions of two right and three wrong networks overlap, and five networks say little."""
    acorn = replace(
        ROBIN,
        right=np.array([True, False, False, True, False]),
        predicted=("acorn", "hip", "hip", "acorn", "fig"),
        true=("acorn",) * 5,
        regions=np.array([0.265, 0.408, 0.172, 0.161, 0.089]),
    )
    answer = said(acorn)
    assert answer["right"] == (
        "acorn: 2 of 5 networks are right; lite1 and lite2 say hip, squeezenet1_1 says fig."
    )
    assert "9% to 41% where wrong, 16% to 26% where right; too few" in answer["region size"]


def test_all_or_none_may_be_right() -> None:
    right = replace(ROBIN, right=np.ones(5, bool), least_similar=None)
    assert said(right) == {
        "right": "American robin: all 5 networks are right.",
        "region size": "Region size: 7% to 22%.",
    }
    wrong = replace(ROBIN, right=np.zeros(5, bool), predicted=("a", "a", "b", "a", "a"))
    assert said(wrong)["right"] == (
        "American robin: none of the 5 networks is right; 4 say a, 1 says b."
    )


def test_one_network_on_images_of_a_class() -> None:
    """Six images on either side suffice to say that regions are larger where it is wrong."""
    right = np.repeat([True, False], 6)
    facts = MapFacts(
        kind="images",
        names=("resnet18",),
        true=("acorn",) * 12,
        predicted=("acorn",) * 6 + ("hip",) * 4 + ("fig",) * 2,
        right=right,
        regions=np.where(right, 0.1, 0.6) + np.tile(np.linspace(0, 0.05, 6), 2),
        focus=np.tile(np.linspace(0.2, 0.4, 6), 2),
    )
    answer = said(facts)
    assert answer["right"] == (
        "resnet18 is right on 6 of 12 images of acorn; it takes 4 for hip, 2 for fig."
    )
    assert "larger where wrong, by more than chance" in answer["region size"]
    assert "no difference beyond chance" in answer["focus"]


def test_an_empty_map_has_no_region() -> None:
    answer = said(replace(ROBIN, regions=NONE, least_similar=None))
    assert list(answer) == ["right"]


def test_three_that_say_the_same_are_listed() -> None:
    right = np.array([True, False, False, False, True])
    answer = said(replace(ROBIN, right=right, predicted=("a", "fig", "fig", "fig", "a")))
    assert answer["right"].endswith("; lite1, lite2 and mobilenet_v2 say fig.")


def test_of_several_methods_one_is_named() -> None:
    answer = said(replace(ROBIN, method="Grad-CAM"))
    assert answer["region size"].startswith("Region size by Grad-CAM: 22%")
    assert answer["least similar"].startswith("Least similar maps by Grad-CAM: mobilenet_v2")

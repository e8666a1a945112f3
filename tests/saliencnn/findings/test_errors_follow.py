"""What follows from whether maps explain several networks' errors."""

import numpy as np

from saliencnn.findings.contrast import Contrast
from saliencnn.findings.errors_follow import say_what_errors_mean
from saliencnn.findings.focus_words import Place
from saliencnn.findings.usual_mistake import find_shared_mistake
from saliencnn.measures.groups import Estimate

SAME, HIGHER = Estimate(0.0, -0.1, 0.12, 9, 11), Estimate(0.2, 0.1, 0.3, 9, 11)
FEW = Estimate(0.2, np.nan, np.nan, 1, 9)
SIZE = "region size"
CORRECT = {name: np.arange(20) >= 9 for name in "ab"}
MISTAKES = dict.fromkeys("ab", [("ani", "crow")] * 7 + [("ani", "raven")] * 2)


def follow(
    shift: Estimate, focus: float = np.nan, region: float = 0.5, wrong: float | None = None
) -> str:
    values = np.where(CORRECT["a"], focus, focus if wrong is None else wrong)
    where = dict.fromkeys("ab", values)
    usual = find_shared_mistake(MISTAKES, CORRECT)
    return say_what_errors_mean(contrast(shift, region), where, CORRECT, usual, Place())


def contrast(shift: Estimate, region: float = 0.5) -> Contrast:
    return Contrast(("a", "b"), 20, 9, {SIZE: shift}, {SIZE: (region, region)})


def test_where_nothing_differs_the_mistakes_of_all_networks_say_why() -> None:
    assert follow(SAME, 0.8) == (
        'Most often "ani" is taken for "crow" (7 of the 9 images on which at least one '
        "is wrong), perhaps because the two look alike: 80% of the map lies on the "
        "object where wrong (9 images), 80% where right (11). More, or larger, training "
        "images of such classes may help."
    )
    less = follow(SAME, 0.8, wrong=0.1)
    assert "may help" not in less, "what lies beside the object is seen to first"
    assert "wrong); what surrounds the object may count for it, since 10%" in less
    same = follow(SAME, 0.1)
    assert "10% where right (11): that alone explains no mistake. More, or larger" in same
    assert "wrong). More, or larger" in follow(SAME)


def test_a_clear_difference_needs_no_other_cause_and_a_bare_one_does() -> None:
    assert follow(HIGHER) == ""
    assert follow(Estimate(0.1, 0.001, 0.2, 9, 11)).startswith('Most often "ani"')


def test_where_no_network_tells_no_cause_is_named() -> None:
    assert follow(SAME, 0.8, region=0.1) == (
        'Most often "ani" is taken for "crow" (7 of the 9 images on which at least one is wrong).'
    )


def test_of_too_few_nothing_follows() -> None:
    assert follow(FEW) == ""


def test_where_no_mix_up_stands_out_the_images_are_counted_as_beside_it() -> None:
    """Two networks that name an image differently make two mistakes in one image."""
    correct = {name: np.arange(20) >= 3 for name in "ab"}
    mistakes = {"a": [("ani", one) for one in "123"], "b": [("ani", one) for one in "456"]}
    usual = find_shared_mistake(mistakes, correct)
    said = say_what_errors_mean(contrast(SAME), {}, correct, usual, Place())
    assert said == (
        "No mix-up stands out: none is made in more than 1 of the 3 images on which at least one "
        "is wrong."
    )
    alone = find_shared_mistake({"a": mistakes["a"]}, {"a": correct["a"]})
    said = say_what_errors_mean(contrast(SAME), {}, {"a": correct["a"]}, alone, Place())
    assert "in more than 1 of the 3 images that it gets wrong" in said


def test_images_that_several_networks_miss_count_once() -> None:
    names = "abcdefgh"
    one = dict.fromkeys(names, np.arange(40) != 3)
    usual = find_shared_mistake({name: [("ani", "crow")] for name in names}, one)
    assert usual is not None
    assert (usual.images, usual.of, usual.prevails) == (1, 1, False)
    same = contrast(SAME, 0.9)
    focus = dict.fromkeys(names, np.full(40, 0.1))
    assert say_what_errors_mean(same, focus, one, usual, Place()) == ""
    rng, draws, less = np.random.default_rng(0), 60, 0
    correct = dict.fromkeys(names, np.arange(96) >= 6)
    usual = find_shared_mistake({name: [("ani", "crow")] * 6 for name in names}, correct)
    for _ in range(draws):
        image = rng.normal(0.7, 0.15, 96)
        seen = {name: image + rng.normal(0, 0.05, 96) for name in names}
        said = say_what_errors_mean(same, seen, correct, usual, Place())
        less += "surrounds" in said
    assert less <= 0.1 * draws


def test_where_networks_differ_each_image_is_averaged_over_those_that_miss_it() -> None:
    correct = {"a": np.arange(20) >= 6, "b": np.arange(20) >= 12}
    focus = {"a": np.full(20, 0.8), "b": np.full(20, 0.6)}
    mistakes = {"a": [("ani", "crow")] * 6, "b": [("ani", "crow")] * 12}
    usual = find_shared_mistake(mistakes, correct)
    said = say_what_errors_mean(contrast(SAME), focus, correct, usual, Place())
    assert "(12 of the 12 images" in said
    assert "65% of the map lies on the object where wrong (12 images), 74% where right (14)" in said

"""What is said of missed images' maps, of estimates whose truth is known."""

import numpy as np

from saliencnn.findings.map_errors import describe_difference, describe_focus, explain_errors
from saliencnn.measures.groups import Estimate

NAN = float("nan")
FEW, SAME = Estimate(0.2, NAN, NAN, 1, 9), Estimate(0.2, -0.1, 0.3, 9, 11)
MEANS = {("a", "region size"): (0.21, 0.18), ("b", "region size"): (0.24, 0.17)}
HIGHER = Estimate(0.2, 0.1, 0.3, 7, 13)


def test_the_maps_explain_errors_only_beyond_chance() -> None:
    number, of = "region size", 'all of "dog"'
    assert explain_errors({("a", number): FEW}, of, MEANS) == ("", "")
    answer, none = explain_errors({("a", number): FEW, ("b", number): SAME}, of, MEANS)
    assert answer.startswith('No difference could be shown on all of "dog"')
    assert "24% of a missed image, 17% of a correct one" in answer, "the sizes of b alone"
    assert "A difference in region size would have been seen above 30% of the image." in none
    assert "on the object was not tested" in none
    answer, none = explain_errors({("a", "focus"): SAME}, of, MEANS)
    assert "not tested" not in none
    assert "region" not in answer
    answer, none = explain_errors({("a", number): FEW, ("b", number): SAME}, of, MEANS)
    assert (
        "missed images (9) differ from correct ones (11) by no more than chance, for b; 1 other"
        in none
    )
    told, _ = explain_errors({("a", number): HIGHER, ("b", number): SAME}, of, MEANS)
    assert told.startswith(
        'What is looked at may explain the errors on all of "dog": region size is higher in missed '
        "images of a (+0.20, 95% interval +0.10 to +0.30; 7 missed, 13 correct)."
    )
    assert "box" not in told, "the task's answer says it"
    several = {("a", number): SAME, ("b", number): Estimate(0.1, -0.2, 0.3, 5, 15)}
    answer, told = explain_errors(several, of, MEANS)
    assert "21% to 24% of a missed image, 17% to 18% of a correct one" in answer
    assert "missed images (5 to 9) differ" in told
    assert "would have been seen above 30% of the image." in told, "of both alike"
    several["b", number] = Estimate(0.1, -0.2, 0.45, 5, 15)
    _, told = explain_errors(several, of, MEANS)
    assert "above 30% of the image for a (9 missed), for b (5 missed) only above 45%" in told


def test_how_much_of_each_networks_maps_lies_on_the_object() -> None:
    focus = {"a": np.array([0.5, 0.7, NAN]), "b": np.array([0.1, 0.3, 0.2])}
    told = describe_focus(focus, boxed=False)
    assert "20% of the map of b and 60% of the map of a lie on the object (3 images)" in told
    assert "inside the object's box" in describe_focus(focus, boxed=True)
    many = {
        name: np.full(2, share) for name, share in zip("abcd", (0.4, 0.1, 0.3, 0.9), strict=True)
    }
    told = describe_focus(many, boxed=False)
    assert "10% of the map of b and 90% of the map of d" in told
    assert "the other 2 lie between" in told
    assert describe_focus({"a": np.full(3, NAN)}, boxed=False) == ""


def test_differences_are_described() -> None:
    assert describe_difference(Estimate(0.2, 0.1, 0.3)) == "higher in missed images"
    assert describe_difference(Estimate(-0.2, -0.3, -0.1)) == "lower in missed images"
    assert describe_difference(Estimate(0.2, -0.1, 0.3)) == "no difference beyond chance"
    assert describe_difference(Estimate(0.2, NAN, NAN, 1, 9)) == "too few to say: 1 missed"
    assert describe_difference(Estimate(0.2, NAN, NAN, 9, 2)) == "too few to say: 2 correct"

"""Maps of two classes of the same image beside each other."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from torch import Tensor, nn

from saliencnn.checks.batches import run_checks
from saliencnn.checks.class_sensitivity import compare_classes, find_rivals, measure, show
from saliencnn.checks.evidence import Resources
from saliencnn.checks.grading import grade
from saliencnn.checks.quantities import NUMBER
from saliencnn.checks.subject import Subject, explain_subject
from saliencnn.models.smallgap import SmallGap
from saliencnn.models.spec import ModelSpec
from saliencnn.saliency import explain
from tests.saliencnn.checks.networks import noise, quiet, small_subject

METHODS = ("cam", "gradcam", "eigencam", "gradient")


class TwoColours(nn.Module):
    """Class 0 scores the red of 4 x 4 cells, class 1 the green; nothing is shared."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.AvgPool2d(8)
        self.fc = nn.Linear(3, 2)
        with torch.no_grad():
            self.fc.weight.copy_(torch.eye(3)[:2])
            self.fc.bias.zero_()

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.features(images).mean((2, 3)))


@given(st.integers(1, 5), st.integers(2, 6), st.randoms(use_true_random=False))
def test_rivals_are_all_other_classes_the_least_likely_first(
    count: int, classes: int, random: Random
) -> None:
    scores = [[float(random.randint(-3, 3)) for _ in range(classes)] for _ in range(count)]
    targets = [random.randint(0, classes - 1) for _ in range(count)]
    found = find_rivals(torch.tensor(scores), torch.tensor(targets)).tolist()
    for of_image, logits, target in zip(found, scores, targets, strict=True):
        assert sorted([*of_image, target]) == list(range(classes))
        assert [logits[rival] for rival in of_image] == sorted(logits[rival] for rival in of_image)


def test_maps_of_classes_that_read_different_things_differ_as_these_do() -> None:
    images = noise(6, 3, 32, 32, seed=3).abs()
    targets = torch.tensor([0, 1, 0, 1, 0, 1])
    subject = Subject(TwoColours().eval(), ModelSpec("features", "fc"), images, targets, ("cam",))
    found = run_checks(subject, ["classes"], quiet)["classes"][NUMBER]["cam"]
    cells = nn.functional.avg_pool2d(images, 8).flatten(2).numpy()
    expected = [1 - spearmanr(red, green).statistic for red, green, _ in cells]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_method_that_asks_for_no_class_fails_and_cam_does_not() -> None:
    subject = small_subject(*METHODS, count=8)
    found = run_checks(subject, ["classes"], quiet)["classes"][NUMBER]
    np.testing.assert_allclose(found["eigencam"], 0, atol=1e-6)
    assert grade("classes", found["eigencam"]).outcome == "fail"
    assert grade("classes", found["cam"]).outcome != "fail"


def test_the_number_is_about_the_least_likely_class_also_where_that_is_explained() -> None:
    subject = small_subject("gradcam", count=5)
    with torch.no_grad():
        order = subject.model(subject.images).argsort(1)
    asked = replace(subject, targets=order[:, 0])
    found = measure(asked, explain_subject(asked, quiet), None, quiet)[NUMBER]["gradcam"]
    second = explain_subject(replace(subject, targets=order[:, 1]), quiet).maps["gradcam"]
    expected = 1 - compare_classes(explain_subject(asked, quiet).maps["gradcam"], second)
    np.testing.assert_array_equal(found, expected)


def test_a_class_that_nothing_speaks_for_has_another_map_and_a_flat_one_says_nothing() -> None:
    some, empty, flat = noise(1, 3, 3).abs(), torch.zeros(1, 3, 3), torch.full((1, 3, 3), 0.5)
    assert compare_classes(some, some) == pytest.approx(1)
    assert compare_classes(some, empty) == 0
    rounded = 0.5 + 1e-7 * some  # as constant as float32 can be
    pairs = [(empty, some), (flat, some), (some, flat), (empty, empty), (rounded, empty)]
    for own, other in pairs:
        assert np.isnan(compare_classes(own, other)).all()


def test_with_one_class_nothing_is_judged() -> None:
    torch.manual_seed(0)
    lone = small_subject("cam", "gradcam", count=6, model=SmallGap(1).eval())
    lone = replace(lone, targets=torch.zeros(6, dtype=torch.int64))
    found = run_checks(lone, ["classes"], quiet)["classes"][NUMBER]
    assert {grade("classes", values).outcome for values in found.values()} == {"not judged"}
    shown = show(lone.batch(0, 1), {}, Resources(lambda _: lone.images[0]), quiet)
    assert shown.names == ("its class",)


def test_an_image_shows_the_maps_of_three_classes() -> None:
    subject = small_subject(*METHODS, count=1)
    shown = show(subject, {}, Resources(lambda _: subject.images[0]), quiet)
    with torch.no_grad():
        order = subject.model(subject.images)[0].argsort().tolist()
    order.remove(0)
    assert len(shown.names) == 3
    for place, target in enumerate((0, order[-1], order[0])):
        expected = explain(
            subject.model, subject.images, target, METHODS, spec=subject.architecture
        )
        for name in METHODS:
            np.testing.assert_array_equal(shown.maps[name][place], expected[name][0])
    number = measure(subject, explain_subject(subject, quiet), None, quiet)[NUMBER]
    for name in METHODS:
        assert shown.similarity["spearman"][name][1] == pytest.approx(1 - number[name][0])

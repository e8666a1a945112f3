"""What is said of a class, against known numbers."""

from dataclasses import replace

import numpy as np
import pytest

from saliencnn.findings.class_facts import ClassFacts
from saliencnn.findings.finding import Severity
from saliencnn.findings.focus_words import AT_NO_EPOCH
from saliencnn.findings.method_groups import OF_METHOD
from saliencnn.findings.methods import Advice
from saliencnn.findings.of_class import find_in_class

CLASSES = ("ani", "auk", "tern")


def facts(
    focus: list[list[float]], predicted: list[int] | None = None, box_area: float | None = None
) -> ClassFacts:
    array = np.array(focus, float)
    said = np.array([0] * array.shape[1] if predicted is None else predicted)
    epochs = np.arange(1, len(array) + 1)
    return ClassFacts("ani", said, 0, CLASSES, epochs, array, box_area, checked=True)


def rules(known: ClassFacts) -> dict[str, str]:
    return {finding.rule: finding.sentence for finding in find_in_class(known)}


@pytest.mark.parametrize(
    ("focus", "rule", "count"),
    [(0.9, "class-inside", "20 of 20"), (0.1, "class-outside", "20 of 20")],
)
def test_where_the_maps_lie(focus: float, rule: str, count: str) -> None:
    found = rules(facts([[focus] * 20] * 2))
    assert count in found[rule]
    assert f"mean focus {focus:.2f}" in found[rule]
    assert len([name for name in found if name in ("class-inside", "class-outside")]) == 1
    assert "class-unchanged" in found


@pytest.mark.parametrize(
    ("pointed", "rule"), [(19, "class-around"), (11, "class-outside"), (0, "class-outside")]
)
def test_maps_that_are_wide_point_at_the_object(pointed: int, rule: str) -> None:
    known = replace(facts([[0.1] * 20, [0.4] * 20]), pointing=1.0 * (np.arange(20) < pointed))
    found = rules(known)
    assert {"class-around", "class-outside", "class-mixed"} & set(found) == {rule}
    assert ("At no epoch" in found["class-changed"]) == (rule == "class-outside")
    assert ("19 of 20" in found[rule]) == (rule == "class-around")


@pytest.mark.parametrize(
    ("focus", "rule"),
    [
        ([0.9] * 20, "class-inside"),
        ([0.9] * 10 + [0.1] * 10, "class-mixed"),
    ],
)
def test_beside_counts_of_another_class_s_map_its_own_stand_in_its_help(
    focus: list[float], rule: str
) -> None:
    known = facts([[0.1] * 20, focus, focus])
    whole = next(one for one in find_in_class(known) if one.rule == rule)
    brief = next(one for one in find_in_class(replace(known, brief=True)) if one.rule == rule)
    assert "of 20" in whole.sentence
    assert not whole.detail
    assert "of 20" not in brief.sentence
    assert "mean focus" not in brief.sentence
    assert "of 20 validation images most of the Grad-CAM map" in brief.detail
    assert f"mean focus {np.mean(focus):.2f}" in brief.detail
    for said in (whole, brief):
        assert ("from epoch 2 on" in said.sentence) == (rule == "class-inside")
    assert brief.short.startswith(f"{whole.short} in this class")


def test_that_a_class_is_looked_beside_keeps_its_number() -> None:
    known = facts([[0.1] * 20] * 2)
    assert find_in_class(replace(known, brief=True)) == find_in_class(known)


def test_half_of_the_maps_on_the_object_is_neither() -> None:
    found = rules(facts([[0.9] * 10 + [0.1] * 10]))
    assert "10 of 20" in found["class-mixed"]


@pytest.mark.parametrize(
    ("focus", "severity", "unchecked"),
    [
        ([0.9] * 20, Severity.GOOD, Severity.NOTE),
        ([0.9] * 10 + [0.1] * 10, Severity.NOTE, Severity.NOTE),
        ([0.1] * 20, Severity.WARNING, Severity.WARNING),
    ],
)
def test_maps_that_nobody_checked_earn_no_praise(
    focus: list[float], severity: Severity, unchecked: Severity
) -> None:
    known = facts([focus] * 2)
    sure, unsure = find_in_class(known)[0], find_in_class(replace(known, checked=False))[0]
    assert (sure.severity, unsure.severity) == (severity, unchecked)
    assert sure.sentence.startswith("It looks ")
    said = "Judging by its unchecked maps, it looks "
    assert unsure.sentence.startswith(said)
    assert unsure.sentence[len(said) :] == sure.sentence.split(" looks ", 1)[1]


def test_maps_that_failed_the_checks_earn_no_praise_and_say_so() -> None:
    (found, *_) = find_in_class(replace(facts([[0.9] * 20] * 2), doubted=True))
    assert found.severity == Severity.NOTE
    assert f"Judging by its Grad-CAM maps, {OF_METHOD[Advice.DO_NOT]}, it " in found.sentence


def test_the_epoch_at_which_focus_changed_most() -> None:
    found = rules(facts([[0.1] * 6, [0.15] * 6, [0.6] * 6, [0.65] * 6]))
    assert "epoch 3, from 0.15 to 0.60" in found["class-changed"]
    assert "validation images was 0.10 at epoch 1 and is 0.65" in found["class-changed"]


@pytest.mark.parametrize(
    ("course", "arrived"),
    [([0.1, 0.6, 0.4, 0.6, 0.65], 4), ([0.6, 0.9], 1), ([0.1, 0.6, 0.4], 0)],
)
def test_the_epoch_from_which_on_it_looks_at_the_object_to_the_end(
    course: list[float], arrived: int
) -> None:
    found = rules(facts([[value] * 6 for value in course]))["class-changed"]
    assert ("most of the map lies on the object in more than half" in found) == bool(arrived)
    assert not arrived or f"From epoch {arrived} on" in found
    half = facts([[value] * 3 + [0.1] * 3 for value in course])
    assert "At no epoch does it look at the object in more" in rules(half)["class-changed"]


@pytest.mark.parametrize(
    ("of_all", "method", "said"),
    [
        (4, "Grad-CAM", "more than half of this class's images; over all classes from epoch 4 on."),
        (AT_NO_EPOCH, "Grad-CAM", "; over all classes at no epoch."),
        (4, "CAM", "; over all classes by Grad-CAM from epoch 4 on."),
        (None, "CAM", "of this class's images."),
    ],
)
def test_what_holds_of_a_class_stands_beside_what_holds_of_all(
    of_all: int | None, method: str, said: str
) -> None:
    never = replace(facts([[0.1] * 6, [0.3] * 6]), arrival_of_all=of_all, method=method)
    assert rules(never)["class-changed"].endswith(said)


def test_each_sentence_names_the_method_whose_focus_it_is() -> None:
    missed = [1] * 6 + [0] * 6
    for focus in ([[0.9] * 12] * 2, [[0.1] * 12] * 2, [[0.1] * 12, [0.9] * 12], [[0.7] * 12] * 2):
        for box_area in (None, 0.6):
            known = replace(facts(focus, missed, box_area), method="LayerCAM", doubted=True)
            told = rules(known)
            assert not [one for one in told.values() if "Grad-CAM" in one]
            assert sum("LayerCAM" in one for one in told.values()) >= 2


def test_focus_of_a_method_that_nobody_chose_is_said_to_be_so() -> None:
    known = replace(facts([[0.9] * 20]), unlogged=("LayerCAM", "RISE"))
    assert rules(known)["class-method"] == (
        "Focus is that of Grad-CAM here: the run logged no maps of LayerCAM and RISE in this class."
    )
    assert "class-method" not in rules(facts([[0.9] * 20]))
    assert "class-method" not in rules(replace(facts([[np.nan] * 20]), unlogged=("LayerCAM",)))


def test_boxes_that_fill_much_of_the_image_are_no_praise() -> None:
    found = rules(facts([[0.70] * 20], box_area=0.56))
    assert "class-inside" not in found
    assert "70% of a Grad-CAM map lies inside" in found["class-box"]
    assert "covers 56% of the image: little better" in found["class-box"]
    assert (
        "0.90 at epoch 1, by chance 0.56"
        in rules(facts([[0.9] * 20], box_area=0.56))["class-inside"]
    )
    assert "class-outside" in rules(facts([[0.2] * 20], box_area=0.56))


def test_a_slow_rise_is_a_change() -> None:
    found = rules(facts([[value] * 6 for value in (0.1, 0.14, 0.18, 0.22)]))
    assert "class-changed" in found


def test_what_images_are_taken_for() -> None:
    found = rules(facts([[0.9] * 6], predicted=[0, 0, 0, 1, 2, 2]))
    assert found["class-recognized"] == '3 of 6 images are recognized: 2 are taken for "tern".'
    one = rules(facts([[0.9] * 6], predicted=[0, 0, 0, 0, 0, 2]))
    assert one["class-recognized"] == '5 of 6 images are recognized: 1 is taken for "tern".'
    assert "taken for" not in rules(facts([[0.9] * 6]))["class-recognized"]
    one = rules(facts([[0.9] * 6], predicted=[0, 0, 0, 0, 0, 2]))
    assert one["class-recognized"].endswith(': 1 is taken for "tern".')
    tied = rules(facts([[0.9] * 6], predicted=[0, 0, 1, 1, 2, 2]))
    assert tied["class-recognized"].endswith(': 2 each are taken for "auk" and "tern".')
    worst = replace(facts([[0.9] * 6], predicted=[0, 0, 0, 0, 1, 1]), is_lowest=True)
    assert (
        "4 of 6 images are recognized: no class does worse; 2 are "
        in rules(worst)["class-recognized"]
    )
    single = rules(facts([[0.9] * 6], predicted=[0, 0, 0, 0, 1, 2]))
    assert single["class-recognized"].endswith(': 1 each is taken for "auk" and "tern".')


def test_too_few_or_unknown_maps_say_nothing_of_focus() -> None:
    for focus in ([[0.9] * 4] * 3, [[np.nan] * 20] * 3):
        assert {*rules(facts(focus))} == {"class-recognized"}
    assert not find_in_class(facts(np.zeros((2, 0)).tolist()))


def test_what_a_person_asks_first_comes_first() -> None:
    focus = [[0.1] * 16, [0.9] * 16]
    found = [one.rule for one in find_in_class(facts(focus, [1] * 6 + [0] * 10))]
    assert found[:3] == ["class-inside", "class-recognized", "class-changed"]
    first = find_in_class(facts(focus))[0].sentence
    assert first.endswith("Most of them are so from epoch 2 on.")

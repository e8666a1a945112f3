"""What is said of a class, against known numbers."""

import numpy as np
import pytest

from saliencnn.findings.of_class import ClassFacts, find_in_class

CLASSES = ("ani", "auk", "tern")


def facts(focus: list[list[float]], predicted: list[int] | None = None) -> ClassFacts:
    array = np.array(focus, float)
    said = [0] * array.shape[1] if predicted is None else predicted
    return ClassFacts("ani", np.array(said), 0, CLASSES, np.arange(1, len(array) + 1), array)


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


def test_half_of_the_maps_on_the_object_is_neither() -> None:
    found = rules(facts([[0.9] * 10 + [0.1] * 10]))
    assert "10 of 20" in found["class-mixed"]


def test_the_epoch_at_which_focus_changed_most() -> None:
    found = rules(facts([[0.1] * 6, [0.15] * 6, [0.6] * 6, [0.65] * 6]))
    assert "epoch 3, from 0.15 to 0.60" in found["class-changed"]
    assert "Focus was 0.10 at epoch 1 and is 0.65" in found["class-changed"]


def test_a_slow_rise_is_a_change() -> None:
    found = rules(facts([[value] * 6 for value in (0.1, 0.14, 0.18, 0.22)]))
    assert "class-changed" in found


def test_what_images_are_taken_for() -> None:
    found = rules(facts([[0.9] * 6], predicted=[0, 0, 0, 1, 2, 2]))
    assert found["class-recognized"] == "3 of 6 images are recognized, and 2 are taken for tern."
    assert "taken for" not in rules(facts([[0.9] * 6]))["class-recognized"]


def test_too_few_or_unknown_maps_say_nothing_of_focus() -> None:
    for focus in ([[0.9] * 4] * 3, [[np.nan] * 20] * 3):
        assert {*rules(facts(focus))} == {"class-recognized"}
    assert not find_in_class(facts(np.zeros((2, 0)).tolist()))

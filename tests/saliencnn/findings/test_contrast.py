"""How maps of wrong images differ from right ones, of one network and of several together."""

import numpy as np
import pytest

from saliencnn.findings.contrast import contrast_each, contrast_together, find_clear
from saliencnn.measures.groups import Estimate, difference

SIZE, PLACE = "region size", "focus"


Drawn = tuple[dict[str, dict[str, np.ndarray]], dict[str, np.ndarray]]


def draw(networks: str, shift: float, images: int = 60, seed: int = 0) -> Drawn:
    """Return numbers of each network's maps, and where it is right: a third is missed."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(0.3, 0.05, images)
    correct = {name: rng.random(images) > 1 / 3 for name in networks}
    sizes = {
        name: shared + rng.normal(0, 0.05, images) + np.where(right, 0, shift)
        for name, right in correct.items()
    }
    return {name: {SIZE: own} for name, own in sizes.items()}, correct


def test_a_lone_network_is_contrasted_as_by_itself() -> None:
    numbers, correct = draw("a", 0.1)
    each = contrast_each(numbers, correct)
    together = contrast_together(numbers, correct, each)
    assert together.shifts[SIZE] == difference(numbers["a"][SIZE], correct["a"])
    assert together.who == "a"
    assert together.means[SIZE] == each[1]["a", SIZE]
    assert (together.images, together.missed) == (60, int((~correct["a"]).sum()))


@pytest.mark.parametrize(("shift", "clear"), [(0.15, True), (0.0, False)])
def test_several_together_tell_a_planted_difference(shift: float, clear: bool) -> None:
    numbers, correct = draw("abcd", shift)
    together = contrast_together(numbers, correct, contrast_each(numbers, correct))
    assert together.clear is clear
    assert together.telling
    assert together.who == "all 4 networks"
    wrong = ~np.stack([*correct.values()])
    assert together.missed == wrong.any(axis=0).sum()


def test_together_tells_what_each_has_too_few_images_for() -> None:
    numbers, correct = draw("abcdef", 0.0, images=30, seed=1)
    correct = {name: np.arange(30) // 2 != n for n, name in enumerate(correct)}
    each = contrast_each(numbers, correct)
    assert not any(one.enough for one in each[0].values()), "each misses two"
    assert contrast_together(numbers, correct, each).enough


def test_a_network_without_images_on_both_sides_is_not_named() -> None:
    numbers, correct = draw("abc", 0.0)
    correct["c"] = np.ones(60, bool)
    together = contrast_together(numbers, correct, contrast_each(numbers, correct))
    assert together.networks == ("a", "b")
    none = dict.fromkeys("abc", np.ones(60, bool))
    nothing = contrast_together(numbers, none, contrast_each(numbers, none))
    assert (nothing.enough, nothing.networks) == (False, ("a", "b", "c"))


def test_a_number_that_one_network_lacks_is_told_of_the_others() -> None:
    numbers, correct = draw("ab", 0.0)
    numbers["a"][PLACE] = numbers["a"][SIZE]
    together = contrast_together(numbers, correct, contrast_each(numbers, correct))
    assert together.shifts[PLACE].failed == (~correct["a"]).sum()


@pytest.mark.parametrize(("low", "clear"), [(0.019, False), (0.021, True)])
def test_a_tenth_of_the_interval_parts_barely_from_clearly(low: float, clear: bool) -> None:
    shift = Estimate(0.1, low, low + 0.2, 20, 20)
    assert (find_clear({("a", SIZE): shift}) == ["a"]) is clear
    below = Estimate(-0.1, -low - 0.2, -low, 20, 20)
    assert (find_clear({("a", SIZE): below}) == ["a"]) is clear

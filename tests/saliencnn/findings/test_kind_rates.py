"""How often something happens on kinds of thing, beside a count by hand."""

import numpy as np

from saliencnn.findings.kind_rates import rates_by_kind, say_where_most

KINDS = ("bird", "bird", "tool", "food")
TRUE = np.repeat([0, 1, 2, 3], [30, 30, 60, 10])


def happen(*counts: int) -> np.ndarray:
    """Let it happen on so many images of each class."""
    images = np.bincount(TRUE)
    return np.concatenate([np.arange(of) < count for of, count in zip(images, counts, strict=True)])


def say(*counts: int) -> tuple[str, str]:
    return say_where_most(rates_by_kind(KINDS, TRUE, happen(*counts)))


def test_where_it_happens_most() -> None:
    """Beyond chance alone; else the kinds with images enough are about alike."""
    apart, counts = say(5, 5, 50, 2)
    assert 'more often on "tool" than on "bird"' in apart
    assert '"tool", 50 of 60 ' in counts
    assert '"bird", 10 of 60 ' in counts
    alike, counts = say(10, 8, 21, 4)
    assert 'as often on "tool" as on "bird"' in alike
    assert '"tool", 21 of 60 ' in counts
    assert '"bird", 18 of 60 ' in counts
    assert "food" not in alike + counts, "ten images say nothing"


def test_one_kind_alone_says_nothing() -> None:
    happens = happen(10, 10, 0, 0)[:60]
    rates = rates_by_kind(KINDS, TRUE[:60], happens)
    assert say_where_most(rates) == ("", "")

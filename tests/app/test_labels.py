import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from saliencnn.drawing.labels import BESIDE, FARTHEST, LINE, label_widths, place_labels

ROOM = (400.0, 320.0)


@given(some.integers(0, 10_000), some.integers(1, 40), some.floats(0.001, 1))
@settings(max_examples=60, deadline=None)
def test_no_label_covers_another_and_each_is_near_its_point(
    seed: int, count: int, spread: float
) -> None:
    rng = np.random.default_rng(seed)
    points = (0.5 + spread * (rng.random((count, 2)) - 0.5)) * ROOM
    widths = rng.uniform(20, 130, count)
    labels = place_labels(points, widths, ROOM)
    centers, halves = points + labels.offsets, np.stack([widths, np.full(count, LINE)], axis=1) / 2
    shown = np.flatnonzero(labels.shown)
    for n in shown:
        assert (centers[n] - halves[n] >= -1e-6).all()
        assert (centers[n] + halves[n] <= np.array(ROOM) + 1e-6).all()
        assert (abs(labels.offsets[n]) <= FARTHEST + halves[n] + 1e-6).all()
        for other in shown[shown > n]:
            apart = abs(centers[n] - centers[other])
            assert (apart >= halves[n] + halves[other] - 1e-6).any()


@given(some.integers(0, 10_000), some.floats(0, 1))
@example(2408, 1.0)
@settings(max_examples=40, deadline=None)
def test_a_dozen_names_all_have_room(seed: int, spread: float) -> None:
    """Even where all points are one."""
    rng = np.random.default_rng(seed)
    points = (0.5 + spread * (rng.random((12, 2)) - 0.5)) * ROOM
    assert place_labels(points, np.full(12, 110.0), ROOM).shown.all()


def test_a_lone_name_stands_at_the_right_of_its_point() -> None:
    labels = place_labels(np.array([[100.0, 100.0]]), np.array([50.0]), ROOM)
    assert labels.offsets.tolist() == [[BESIDE + 25, 0]]
    assert not labels.led.any()


def test_a_name_at_the_edge_stands_at_the_other_side() -> None:
    labels = place_labels(np.array([[390.0, 100.0]]), np.array([50.0]), ROOM)
    assert labels.offsets[0].tolist() == pytest.approx([-BESIDE - 25, 0])


def test_a_name_that_is_moved_away_has_a_line() -> None:
    labels = place_labels(np.full((12, 2), 160.0), np.full(12, 110.0), ROOM)
    assert labels.led.any()
    assert not labels.led[0]


def test_long_names_are_cut() -> None:
    assert label_widths(["ab", "x" * 100], 120).tolist() == pytest.approx([12.4, 120])

"""How long work still takes, by what it has done so far."""

import pytest

from saliencnn.common.pace import Pace


def note_all(*steps: tuple[float, float]) -> list[float | None]:
    """Return what is left after each (second, fraction)."""
    pace = Pace()
    return [pace.note(fraction, second) for second, fraction in steps]


def test_it_is_not_known_before_some_seconds_and_some_of_the_work() -> None:
    assert note_all((0, 0.01), (1, 0.5)) == [None, None]
    assert note_all((0, 0.01), (10, 0.04)) == [None, None]
    assert note_all((0, 0.25), (10, 0.5)) == [None, pytest.approx(20)]


def test_waiting_for_its_turn_tells_nothing_of_the_pace() -> None:
    assert note_all((0, 0.0), (600, 0.0), (1000, 0.1), (1010, 0.2))[-1] == pytest.approx(80)


def test_between_two_steps_it_is_counted_down_and_never_below_nothing() -> None:
    left = note_all((0, 0.1), (10, 0.6), (14, 0.6), (20, 0.6), (22, 1.0))
    assert left[1:] == [pytest.approx(8), pytest.approx(4), 0, 0]

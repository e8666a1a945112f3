"""Who lives, as far as a reader can see."""

import pytest

from saliencnn.common.heartbeats import HeartbeatWatch

SILENCE = 120.0


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(clock: Clock) -> HeartbeatWatch:
    return HeartbeatWatch(SILENCE, clock)


@pytest.mark.parametrize(
    ("age", "alive"), [(0, True), (119, True), (-119, True), (121, False), (-121, False)]
)
def test_a_first_look_believes_the_stamp(watch: HeartbeatWatch, age: float, alive: bool) -> None:
    assert watch.is_alive("run", "1", age) is alive


@pytest.mark.parametrize("age", [-10_000, 0, 10_000])
def test_a_heartbeat_that_is_seen_to_change_is_alive_whatever_its_stamp(
    watch: HeartbeatWatch, clock: Clock, age: float
) -> None:
    for beat in range(5):
        watch.is_alive("run", str(beat), age)
        clock.now += 15
    assert watch.is_alive("run", "5", age)
    clock.now += SILENCE - 1
    assert watch.is_alive("run", "5", age)
    clock.now += 2
    assert not watch.is_alive("run", "5", age)


@pytest.mark.parametrize("age", [-60, 0])
def test_a_heartbeat_that_never_changes_ends_whatever_its_stamp(
    watch: HeartbeatWatch, clock: Clock, age: float
) -> None:
    assert watch.is_alive("run", "1", age)
    clock.now += SILENCE + 1
    assert not watch.is_alive("run", "1", age)


def test_a_change_between_two_looks_far_apart_says_nothing(
    watch: HeartbeatWatch, clock: Clock
) -> None:
    """It may have died right after the first look's next beat."""
    watch.is_alive("run", "1", 0)
    clock.now += 10 * SILENCE
    assert not watch.is_alive("run", "2", 9 * SILENCE)
    assert watch.is_alive("run", "3", 5)


def test_runs_are_told_apart(watch: HeartbeatWatch) -> None:
    watch.is_alive("one", "1", 0)
    assert not watch.is_alive("two", "2", 500)

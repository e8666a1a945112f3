"""Who still lives, by the heartbeats that a reader sees change."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from threading import Lock


@dataclass(frozen=True)
class _Seen:
    """A heartbeat as it was seen last.

    Attributes:
        heartbeat: its text.
        since: when this text was first seen.
        looked: when it was last seen.
        witnessed: whether it took the place of another one between two looks not far apart.
    """

    heartbeat: str
    since: float
    looked: float
    witnessed: bool


class HeartbeatWatch:
    """Judges heartbeats by their changes, so that writer and reader need no common clock.

    The stamp that a writer's clock gave counts only until a change was seen, or should have been;
    one that is far from now, in the past or the future, says that nobody lives.
    """

    def __init__(self, silence: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Start without having seen anybody.

        Args:
            silence: seconds without a new heartbeat after which somebody counts as dead.
            clock: this process's own.
        """
        self._silence, self._clock = silence, clock
        self._seen: dict[Hashable, _Seen] = {}
        self._lock = Lock()

    def is_alive(self, key: Hashable, heartbeat: str, age: float) -> bool:
        """Whether somebody lives.

        Args:
            key: who.
            heartbeat: the newest; each one differs from the one before.
            age: seconds since it was written, as far as clocks agree; below zero where the
                writer's is ahead.
        """
        now = self._clock()
        with self._lock:
            last = self._seen.get(key)
            if last is None:
                seen = _Seen(heartbeat, now, now, witnessed=False)
            elif last.heartbeat != heartbeat:
                seen = _Seen(heartbeat, now, now, now - last.looked < self._silence)
            else:
                seen = replace(last, looked=now)
            self._seen[key] = seen
        return now - seen.since < self._silence and (seen.witnessed or abs(age) < self._silence)

"""How long some work still takes, by what it has done so far."""

LEAST_KNOWN = 3.0
"""Seconds after which the pace tells how long the rest will take."""
LEAST_DONE = 0.05
"""Of the work, likewise: what comes first, such as loading networks, has another pace."""


class Pace:
    """The pace of some work, from the moment when it first says how far it is.

    What passes before, while it waits for its turn or loads what it needs, tells nothing.
    """

    def __init__(self) -> None:
        """Start without knowing anything."""
        self._first: tuple[float, float] | None = None
        self._done = 0.0
        self._end: float | None = None

    def note(self, fraction: float, now: float) -> float | None:
        """Note how far the work is; return the seconds that are left, None while unknown.

        Between two steps of the work they are counted down.

        Args:
            fraction: that is done, 0 to 1.
            now: in seconds, by a clock that never goes back.
        """
        if self._first is None and fraction > 0:
            self._first = now, fraction
        if self._first is not None and fraction > self._done:
            seconds, done = now - self._first[0], fraction - self._first[1]
            self._done = fraction
            if seconds >= LEAST_KNOWN and fraction >= LEAST_DONE:
                self._end = now + seconds * (1 - fraction) / done
        return None if self._end is None else max(0.0, self._end - now)

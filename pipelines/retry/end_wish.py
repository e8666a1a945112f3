"""The wish that a worker may end, as a signal's handler can bring it."""

from contextlib import suppress
from queue import Empty, SimpleQueue


class EndWish:
    """Like ``threading.Event``, for one thread that waits.

    A handler runs within the main thread. Where that is about to wait for an event and holds the
    event's lock, the handler's ``set()`` would wait for this lock for ever; a ``SimpleQueue`` may
    be filled at any moment.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._woken: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """Bring the wish."""
        self._is_set = True
        self._woken.put(None)

    def is_set(self) -> bool:
        """Whether it was brought."""
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait until it is brought, or for some seconds; return whether it was."""
        if not self._is_set:
            with suppress(Empty):
                self._woken.get(timeout=seconds)
        return self._is_set

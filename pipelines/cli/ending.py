"""Signals that ask this process to end: Ctrl-C, SIGTERM, and SIGHUP of a closed terminal.

`docker stop`, systemd and `timeout` send SIGTERM. By default Python dies of it as of a kill, and
what is under way is left as it is.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import FrameType

REPEAT = 1.0
"""Seconds in which a signal that comes again is the same wish.

`timeout` sends one to a process and another to its group, and so does systemd.
"""
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP


class Ended(KeyboardInterrupt):
    """A signal asks this process to end; all that is under way unwinds as after Ctrl-C.

    Attributes:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(describe_signal(number))
        self.number = number


def describe_signal(number: int) -> str:
    """Say which signal has ended something, in a sentence."""
    by = "hand" if number == signal.SIGINT else signal.Signals(number).name
    return f"Stopped by {by}."


class EndSignals:
    """The wish to end, once a signal has brought it.

    Python drops what a signal's handler raises while it deletes an object or forks, so whoever
    asks at every batch is left to ask again, and only work that does not is cut off.

    Attributes:
        number: of the first signal, or 0.
    """

    def __init__(self, cut_off: Callable[[int], None]) -> None:
        self.number = 0
        self._cut_off, self._since, self._listened = cut_off, 0.0, -REPEAT
        self._heard, self._reminding = False, False
        # A handler must not wait for a lock that the thread below it may hold; this has none.
        self._wishes: SimpleQueue[bool] = SimpleQueue()

    def listen(self) -> str:
        """Return a sentence about the signal, or nothing before one came."""
        self._listened = time.monotonic()
        self._heard = bool(self.number)
        return describe_signal(self.number) if self.number else ""

    def take(self, number: int, _frame: FrameType | None = None) -> None:
        """Take a signal: the first one ends what is under way, a later one also what follows."""
        now = time.monotonic()
        if not self.number:
            self.number, self._since = number, now
            if now - self._listened < REPEAT:
                self._wishes.put(True)
            else:
                self._cut_off(number)
        elif self._reminding:
            self._reminding = False
            if not self._heard:
                self._cut_off(self.number)
        elif now - self._since >= REPEAT:
            raise Ended(number)

    def remind(self) -> None:
        """Cut off what is under way after all, if nobody asks for a while after a signal."""
        if not self._wishes.get():
            return
        try:
            self._wishes.get(timeout=REPEAT)
        except Empty:
            self._reminding = True
            signal.pthread_kill(threading.main_thread().ident or 0, self.number)

    def close(self) -> None:
        """Remind nobody any more."""
        self._wishes.put(False)


@contextmanager
def end_signals(cut_off: Callable[[int], None]) -> Iterator[EndSignals]:
    """Take the signals that ask this process to end, for a while.

    One that the process ignores, as SIGHUP below `nohup`, stays ignored. Only a process's main
    thread can take signals; elsewhere nothing changes.

    Args:
        cut_off: called with the signal's number while nobody asks for it; may raise.
    """
    signals = EndSignals(cut_off)
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    before = {number: signal.getsignal(number) for number in numbers}
    before = {number: old for number, old in before.items() if old is not signal.SIG_IGN}
    threading.Thread(target=signals.remind, daemon=True).start()
    for number in before:
        signal.signal(number, signals.take)
    try:
        yield signals
    finally:
        signals.close()
        for number, old in before.items():
            signal.signal(number, old)


def end_at_once(number: int) -> None:
    """Let all that is under way unwind.

    Raises:
        Ended: always.
    """
    raise Ended(number)

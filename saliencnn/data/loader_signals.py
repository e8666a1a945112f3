"""Signals that end a whole training, in the processes that load its images."""

import signal
from collections.abc import Iterable, Iterator
from typing import TypeVar

Loaded = TypeVar("Loaded")
ENDINGS = (
    (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if hasattr(signal, "pthread_sigmask") else ()
)
"""Signals that ask a group of processes to end; Windows has no groups like that."""
GRACE = 10
"""Seconds that a process which loads images goes on after such a signal."""


def end_later(_loader: int) -> None:
    """Let a process that loads images go on for a while when it is told to end.

    Whoever ends the whole group tells the process that trains too, which ends this one. As an error
    of a loader it would come out there at any moment, in the middle of writing an epoch.
    """
    for number in ENDINGS:
        signal.signal(number, lambda *_: signal.alarm(GRACE))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)


def begin(batches: Iterable[Loaded]) -> Iterator[Loaded]:
    """Start what loads the batches; it takes no signal before it knows what to do with it."""
    if not ENDINGS:
        return iter(batches)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    try:
        return iter(batches)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

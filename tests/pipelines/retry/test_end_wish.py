"""A wish that comes at any moment, also while somebody is about to wait for it."""

import os
import signal
import subprocess
import sys
import threading

from pipelines.retry.end_wish import EndWish

SENDER = """
import os, signal, sys
print(flush=True)
while True:
    os.kill(int(sys.argv[1]), signal.SIGUSR1)
"""


def test_a_wish_is_waited_for_and_stays() -> None:
    wish = EndWish()
    assert not wish.is_set()
    assert not wish.wait(0.01)
    threading.Timer(0.05, wish.set).start()
    assert wish.wait(60)
    assert wish.wait(60)
    wish.set()
    assert wish.is_set()


def test_a_handler_may_bring_it_whatever_it_interrupts() -> None:
    """A `threading.Event` here soon waits for its own lock, which the interrupted wait holds."""
    wishes = [EndWish()]
    before = signal.signal(signal.SIGUSR1, lambda *_: wishes[0].set())
    command = [sys.executable, "-c", SENDER, str(os.getpid())]
    sender = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert sender.stdout is not None
        sender.stdout.readline()
        for _ in range(2000):
            wishes[0] = EndWish()
            assert wishes[0].wait(60)
    finally:
        sender.kill()
        sender.communicate()
        signal.signal(signal.SIGUSR1, before)

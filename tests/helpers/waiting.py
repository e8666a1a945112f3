"""Waiting for what other processes do."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from urllib.request import urlopen

T = TypeVar("T")


def wait_for(happened: Callable[[], T], seconds: float, log: Callable[[], str] = str) -> T:
    """Return what a function gives as soon as that is true; fail after some seconds."""
    deadline = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < deadline, f"it did not happen in {seconds} s: {log()[-3000:]}"
        time.sleep(0.1)
    return found


def is_served(address: str) -> bool:
    """Whether a server answers at an address, and well."""
    with suppress(OSError), urlopen(address, timeout=2) as answer:
        return bool(answer.status == 200)
    return False

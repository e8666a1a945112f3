"""The caches of the pages, in which a store counts as its address.

Two decorators are Streamlit's, shared by everybody who looks at this dashboard: ``cached``
hands every caller a copy, ``shared`` hands all the same object, which nobody may change.
``lately`` is for lists, which change all the time and take long in a large store.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from threading import Lock
from typing import Any, Generic, TypeVar

import streamlit as st

from saliencnn.store.connection import Store

_BY_ADDRESS = {Store: attrgetter("uri")}

cached = partial(st.cache_data, show_spinner=False, hash_funcs=_BY_ADDRESS)
shared = partial(st.cache_resource, show_spinner=False, hash_funcs=_BY_ADDRESS)

Listed = TypeVar("Listed")
READING = 0.1
"""Fraction of the time that reading a list again and again may take."""


@shared()
def _lists() -> dict[tuple[str, str], tuple[list[Any], float]]:
    """Return the name of what reads a list and a store's address -> the list, and until when."""
    return {}


@dataclass(frozen=True)
class Lately(Generic[Listed]):
    """A list of what a store has, read anew after some seconds, or later where reading takes long.

    Attributes:
        read: reads it; nobody may change what it returns.
        age: seconds that a list may be old, whatever reading takes.
    """

    read: Callable[[Store], list[Listed]]
    age: float
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, store: Store) -> list[Listed]:
        """Return the list; everybody who asks meanwhile waits for the one who reads."""
        key = self.read.__name__, store.uri
        with self._lock:
            known, until = _lists().get(key, ([], 0.0))
            began = time.monotonic()
            if began < until:
                return known
            found = self.read(store)
            now = time.monotonic()
            _lists()[key] = found, now + max(self.age, (now - began) / READING)
            return found

    def clear(self) -> None:
        """Read anew at the next call, also where somebody is reading now."""
        with self._lock:
            lists = _lists()
            for key in [key for key in lists if key[0] == self.read.__name__]:
                del lists[key]


def lately(age: float) -> Callable[[Callable[[Store], list[Listed]]], Lately[Listed]]:
    """Return a decorator for a function that lists what a store has."""
    return partial(Lately, age=age)

"""What a pure function has returned before, kept for the whole process."""

import hashlib
import pickle
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from saliencnn.common.lru import LRU

Given = ParamSpec("Given")
Value = TypeVar("Value")


def memoize(most: int) -> Callable[[Callable[Given, Value]], Callable[Given, Value]]:
    """Keep what a function returns for arguments of the same content; nobody may change it.

    Args:
        most: values to keep, those used last.

    Returns:
        A decorator for a function of values that can be pickled, that never returns None.
    """

    def decorate(function: Callable[Given, Value]) -> Callable[Given, Value]:
        known: LRU[bytes, Value] = LRU(most)

        @wraps(function)
        def look_up(*args: Given.args, **kwargs: Given.kwargs) -> Value:
            key = hashlib.sha256(pickle.dumps((args, kwargs))).digest()
            found = known.get(key)
            if found is None:
                found = function(*args, **kwargs)
                known.put(key, found)
            return found

        return look_up

    return decorate

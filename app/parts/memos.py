"""What is kept in memory, so that moving a slider or a reload computes nothing anew."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import streamlit as st

from app.reads.caching import shared
from saliencnn.common.lru import LRU

Value = TypeVar("Value")


def remember(name: str, key: Hashable, compute: Callable[[], Value], most: int = 16) -> Value:
    """Return a value that this session has computed before, or compute it.

    Args:
        name: what the values are; a session keeps ``most`` of each name, those used last.
        key: tells the values of a name apart.
        compute: returns the value, never None.
        most: bounds the memory that a session takes.
    """
    return _recall(memos(name, most), key, compute)


def share(name: str, key: Hashable, compute: Callable[[], Value], most: int = 64) -> Value:
    """Return a value that anybody at this dashboard has computed before, or compute it.

    Args:
        name: what the values are; ``most`` of each name are kept, those used last.
        key: tells the values of a name apart, by all that they are computed from.
        compute: returns the value, never None; nobody may change it.
        most: bounds the memory that they take.
    """
    return _recall(_shared_memos(name, most), key, compute)


@shared()
def _shared_memos(name: str, most: int) -> LRU[Hashable, Any]:
    return LRU(most)


def _recall(known: LRU[Hashable, Any], key: Hashable, compute: Callable[[], Value]) -> Value:
    value: Value | None = known.get(key)
    if value is None:
        value = compute()
        known.put(key, value)
    return value


def memos(name: str, most: int = 16) -> LRU[Hashable, Any]:
    """Return the values that this session keeps under a name."""
    found: LRU[Hashable, Any] = st.session_state.setdefault(f"memos-{name}", LRU(most))
    return found

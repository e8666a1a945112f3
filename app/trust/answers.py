"""Answers about one image that a browser session remembers."""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from pipelines.trust.answers import MapQuery
from saliencnn.common.progress import Progress

Answer = TypeVar("Answer")
REMEMBERED = 16
"""Answers that a browser session keeps, so that moving a slider computes nothing anew."""


def ask(key: tuple[object, ...], compute: Callable[[Progress], Answer]) -> Answer:
    """Return an answer that this session remembers, or compute it with a progress bar.

    Args:
        key: what is asked, an ``MapQuery``, and how.
        compute: told what to tell about progress.
    """
    remembered, digest = _remembered(), _digest(key)
    if digest not in remembered:
        bar = st.progress(0.0, "Loading the checkpoint…")
        try:
            remembered[digest] = compute(bar.progress)
        finally:
            bar.empty()
        while len(remembered) > REMEMBERED:
            remembered.pop(next(iter(remembered)))
    return remembered[digest]


def is_remembered(key: tuple[object, ...]) -> bool:
    """Return whether ``ask`` would compute nothing."""
    return _digest(key) in _remembered()


def _remembered() -> dict[tuple[object, ...], Any]:
    return st.session_state.setdefault("evidence", {})


def _digest(key: tuple[object, ...]) -> tuple[object, ...]:
    asked, *rest = key
    assert isinstance(asked, MapQuery)
    return (
        asked.run.run_id, asked.epoch, asked.pixels.tobytes(), asked.target, asked.methods, *rest,
    )  # fmt: skip

"""What a page shows where an answer will appear that takes longer than a moment."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.widgets import plain
from saliencnn.common.progress import Progress
from saliencnn.common.sentences import duration

LEAST_KNOWN = 3.0
"""Seconds after which the pace tells how long the rest will take."""
LEAST_DONE = 0.1
"""Of the work, likewise: what comes first, such as loading networks, has another pace."""


@contextmanager
def working(words: str, place: DeltaGenerator | None = None) -> Iterator[Progress]:
    """Show a bar while some work is done, how far it is and how long the rest will take.

    Args:
        words: what is done first; they may hold names from data.
        place: where the person looks; by default here.

    Yields:
        The work's progress callback; work that cannot say how far it is need not call it.
    """
    # Not the place itself, which may hold more than the bar.
    bar = (place or st).empty()
    bar.progress(0.0, plain(words))
    started = time.monotonic()

    def report(fraction: float, words: str) -> None:
        left = format_left(time.monotonic() - started, fraction)
        bar.progress(fraction, plain(f"{words}{left}"))

    try:
        yield report
    finally:
        bar.empty()


def format_left(seconds: float, fraction: float) -> str:
    """Say how long work takes that has done a fraction of itself in so many seconds."""
    if seconds < LEAST_KNOWN or not LEAST_DONE <= fraction < 1:
        return ""
    return f" · about {duration(seconds * (1 - fraction) / fraction)} left"

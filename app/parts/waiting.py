"""What a page shows where an answer will appear that takes longer than a moment."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts.widgets import plain
from saliencnn.common.pace import Pace
from saliencnn.common.progress import Progress
from saliencnn.common.sentences import duration


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
    pace = Pace()

    def report(fraction: float, words: str) -> None:
        left = format_left(pace.note(fraction, time.monotonic()))
        bar.progress(fraction, plain(f"{words}{left}"))

    try:
        yield report
    finally:
        bar.empty()


def format_left(seconds: float | None) -> str:
    """Say how long work still takes, behind what is being done; "" where that is not known."""
    return f" · about {duration(seconds)} left" if seconds and seconds >= 1 else ""

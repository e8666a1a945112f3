"""Streamlit parts that several pages use."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException

from saliencnn.common.errors import UserError
from saliencnn.common.markdown import plain
from saliencnn.common.translation import translate

FIELD_WIDTH = 176
"""In pixels: five beside each other on a wide page, three on a narrow one."""

REFRESH = 3.0
"""Seconds between two looks at a run in progress."""
NEWEST = "newest"
INTERRUPTED = "run-interrupted"
"""Key of the session's state: whether the last run ended before the page was drawn."""


@contextmanager
def guarded() -> Iterator[None]:
    """Show one sentence instead of a traceback; the log gets the whole story.

    Notes whether a click ended the run early.
    """
    try:
        yield
        st.session_state[INTERRUPTED] = False
    except RerunException:
        st.session_state[INTERRUPTED] = True
        raise
    except Exception as error:
        st.error(plain(say_error(error)), icon=":material/error:")


def say_error(error: Exception) -> str:
    """Return what a person is told of an error, and log its traceback unless it says all itself."""
    if not isinstance(error, UserError):
        logging.getLogger("saliencnn").error("a page failed", exc_info=error)
    return translate(error, "the dashboard's log").sentence


def choose_epoch(key: str, epochs: Sequence[int], growing: bool = False) -> int:
    """Let the person choose one of the epochs.

    A choice must survive the next epoch of a run in progress, whichever comes first: so the
    widget's identity and the meaning of its values stay while its options grow, and the end of
    the slider is the word `newest`, which moves along by itself.

    Args:
        key: of the widget in the session's state.
        epochs: to choose from, ascending.
        growing: whether the run is in progress.
    """
    if len(epochs) == 1:
        return epochs[0]
    options = epoch_options(epochs, growing)
    # Said anew each time: of a choice that another page kept, the first run would return another.
    kept = st.session_state.get(key)
    st.session_state[key] = kept if kept in options else options[-1]
    chosen = st.select_slider(
        "Epoch",
        options,
        key=key,
        persist_state="session",
        help="One epoch is one pass over the training images.",
    )
    return epochs[-1] if chosen == NEWEST else int(chosen)


def epoch_options(epochs: Sequence[int], growing: bool) -> list[int | str]:
    """Return what an epoch slider offers; in a run in progress the end is `NEWEST`."""
    return [*epochs[:-1], NEWEST if growing else epochs[-1]]

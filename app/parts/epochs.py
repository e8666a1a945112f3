"""The choice of an epoch, which the URL says too."""

from collections.abc import Sequence

import streamlit as st

from app.parts.page_state import PageState
from app.parts.widgets import choose_epoch, epoch_options
from saliencnn.store.runs import RunInfo


def choose_linked_epoch(state: PageState, run: RunInfo, epochs: Sequence[int] = ()) -> int:
    """Let the person choose an epoch of a run, at first the one that a link names.

    All pages share the choice.

    Args:
        state: the page's.
        run: with at least one complete epoch.
        epochs: to choose from, ascending; by default all of the run.
    """
    key, growing, epochs = epoch_key(run), run.status == "running", epochs or run.epochs
    options, newest = epoch_options(epochs, growing), str(epochs[-1])
    asked = state.asks_once("epoch")
    if asked is not None:
        found = [option for option in options if [str(option)] == asked[:1]]
        st.session_state[key] = (found or options[-1:])[0]
    epoch = choose_epoch(key, epochs, growing)
    state.write({"epoch": [str(epoch)]}, defaults={"epoch": [newest]}, keep=True)
    return epoch


def epoch_key(run: RunInfo) -> str:
    """Return the key of the choice of a run's epoch in the session's state."""
    return f"epoch-{run.run_id}"

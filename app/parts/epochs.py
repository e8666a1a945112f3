"""The choice of an epoch, which the URL says too."""

from collections.abc import Sequence

import streamlit as st

from app.parts.page_state import PageState
from app.parts.widgets import choose_epoch, epoch_options


def choose_linked_epoch(
    state: PageState, key: str, epochs: Sequence[int], growing: bool, moving: bool = False
) -> int:
    """Let the person choose one of the epochs, at first the one that a link names.

    Args:
        state: the page's.
        key: of the widget in the session's state.
        epochs: to choose from, ascending.
        growing: whether the run is in progress.
        moving: whether the page goes through the epochs by itself, so that no URL keeps up.
    """
    options = epoch_options(epochs, growing)
    for text in state.asks_once("epoch")[:1]:
        found = [option for option in options if str(option) == text]
        if text == str(epochs[-1]):
            found = options[-1:]
        st.session_state[key] = (found or options[-1:])[0]
    epoch = choose_epoch(key, epochs, growing)
    if not moving:
        newest = [str(epochs[-1])]
        state.write({"epoch": [str(epoch)]}, defaults={"epoch": newest}, keep=True)
    return epoch

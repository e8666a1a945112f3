"""Fields that hold the values of a request.

One field serves the requests of all runs, so that a browser keeps it where the run changes: two
dozen new ones would take it a fifth of a second.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

import streamlit as st

from app.parts.shared_choice import show


def hold(name: str, key: str) -> dict[str, Any]:
    """Return what lets a field hold a value: its own key, and what happens on a change.

    Args:
        name: of the value.
        key: with which the keys of the request's values begin.
    """
    shown = show(_field(name), st.session_state[f"{key}-{name}"])
    return {"key": shown, "on_change": partial(take, (name,), key)}


def take(names: Iterable[str], key: str) -> None:
    """Take over what the fields hold; for callbacks, of which a button's may come first.

    Args:
        names: of the values.
        key: with which the keys of the request's values begin.
    """
    for name in names:
        if _field(name) in st.session_state:
            st.session_state[f"{key}-{name}"] = st.session_state[_field(name)]


def _field(name: str) -> str:
    return f"retry-field-{name}"

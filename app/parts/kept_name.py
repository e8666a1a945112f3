"""The name that a person gave last: their browser keeps it, not the address, which is shared."""

from urllib.parse import quote, unquote

import streamlit as st

from saliencnn.common.names import MAX_NAME_LENGTH, clean_line

_COOKIE = "saliencnn-name"
_PERSON = "person"
_SECONDS = 180 * 24 * 3600
"""How long a browser keeps it after the last visit."""


def known_name() -> str:
    """Return the name that was given last in this browser; "" without one."""
    state = st.session_state
    if _PERSON not in state:
        state[_PERSON] = clean_line(unquote(st.context.cookies.get(_COOKIE, "")))[:MAX_NAME_LENGTH]
    return str(state[_PERSON])


def take_name(name: str) -> None:
    """Take over a name that somebody gave; also for callbacks."""
    st.session_state[_PERSON] = clean_line(name)


def keep_name() -> None:
    """Let the browser keep the name, if there is one, until its next visit."""
    place, name = st.empty(), known_name()
    if name:
        cookie = f"{_COOKIE}={quote(name, safe='')}; path=/; max-age={_SECONDS}; samesite=strict"
        place.html(f'<script>document.cookie = "{cookie}";</script>', unsafe_allow_javascript=True)

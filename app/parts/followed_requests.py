"""Requests that a session follows: those that it queued or saw under way, until they were seen."""

from collections.abc import Iterable, Sequence

import streamlit as st

from pipelines.retry.request_state import RequestInfo

_FOLLOWED = "requests-followed"
"""Key of the session's state: ids of requests."""
SEEN_LATER = ("completed", "failed")
"""States of ended requests that a person wants to hear of; who cancels one knows of it."""


def follow_requests(ids: Iterable[str]) -> None:
    """Keep requests in sight of this session, whichever run it looks at."""
    st.session_state[_FOLLOWED] = {*st.session_state.get(_FOLLOWED, ()), *ids}


def leave_requests(ids: Iterable[str]) -> None:
    """Keep requests in sight no longer; a callback, too."""
    st.session_state[_FOLLOWED] = {*st.session_state.get(_FOLLOWED, ())} - {*ids}


def find_followed(requests: Sequence[RequestInfo]) -> list[RequestInfo]:
    """Return which of some requests have ended and were not looked at since, in their order."""
    followed = st.session_state.get(_FOLLOWED, ())
    return [one for one in requests if one.id in followed and one.state in SEEN_LATER]

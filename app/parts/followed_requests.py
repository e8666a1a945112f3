"""Requests that a session follows: those that it queued or saw under way, until they were seen."""

from collections.abc import Container, Iterable, Sequence

import streamlit as st

from pipelines.retry.request_state import RequestInfo

_FOLLOWED = "requests-followed"
"""Key of the session's state: ids of requests."""
_HIDDEN = "requests-hidden"
"""Likewise: of those that the person hid."""
SEEN_LATER = ("completed", "failed")
"""States of ended requests that a person wants to hear of; who cancels one knows of it."""


def follow_requests(ids: Iterable[str]) -> None:
    """Keep requests in sight of this session, whichever run it looks at."""
    st.session_state[_FOLLOWED] = {*st.session_state.get(_FOLLOWED, ()), *ids}


def leave_requests(ids: Iterable[str]) -> None:
    """Keep requests in sight no longer."""
    st.session_state[_FOLLOWED] = {*st.session_state.get(_FOLLOWED, ())} - {*ids}


def hide_request(request_id: str) -> None:
    """Keep a request out of sight from now on, whichever run this session looks at; a callback."""
    leave_requests([request_id])
    st.session_state[_HIDDEN] = {*st.session_state.get(_HIDDEN, ()), request_id}


def is_hidden(request_id: str) -> bool:
    """Whether the person at this session hid a request."""
    return request_id in st.session_state.get(_HIDDEN, ())


def find_followed(requests: Sequence[RequestInfo], runs: Container[str]) -> list[RequestInfo]:
    """Return which of some requests have ended and were not looked at since, in their order.

    Args:
        requests: of the queue.
        runs: ids of all runs: what trained one that is gone leaves nothing to look at.
    """
    followed = st.session_state.get(_FOLLOWED, ())
    ended = [one for one in requests if one.id in followed and one.state in SEEN_LATER]
    return [one for one in ended if one.state == "failed" or one.run_id in runs]

"""What time it is by the clock that everybody who uses a store shares."""

import time
from email.utils import parsedate_to_datetime

from mlflow.exceptions import MlflowException

from saliencnn.store.connection import Store
from saliencnn.store.outage import ask_server

VALID = 60.0
"""Seconds for which a server's answer is taken on by this process's own clock."""

_answers: dict[str, tuple[float, float]] = {}
"""Address -> the server's time, and this process's monotonic clock when it was asked."""


def store_time(store: Store) -> float:
    """Return seconds since 1970 by the store's clock, to within a second or two.

    A server dates its answers (RFC 9110, section 6.6.1); MLflow itself dates neither tags nor
    metrics. An embedded store is a file of this machine, whose own clock is then the one.
    Where a server does not say, this process's own clock has to do.
    """
    if not store.is_server:
        return time.time()
    known = _answers.get(store.uri)
    if known is None or time.monotonic() - known[1] > VALID:
        known = _ask(store) or known
        if known is None:
            return time.time()
        _answers[store.uri] = known
    return known[0] + time.monotonic() - known[1]


def _ask(store: Store) -> tuple[float, float] | None:
    """Return the server's time and when it was asked, or None where it does not say."""
    try:
        date = ask_server(store).headers.get("Date", "")
        return parsedate_to_datetime(date).timestamp(), time.monotonic()
    except (MlflowException, ValueError):  # it is away, or a proxy takes the date out
        return None

"""Telling a store that is away from one that refuses."""

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from mlflow.exceptions import MlflowException
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

from saliencnn.common.errors import UserError
from saliencnn.common.translation import find_reason, translate
from saliencnn.store.connection import Store

_NO_TEXT = "surrogates not allowed"
"""What Python says of a text that no store can keep, wherever that is."""
PROBE = 10
"""Seconds that a server has to answer the question whether it is there."""


class StoreAway(UserError):
    """The store does not answer, or answers that something is wrong on its side."""


def is_outage(error: BaseException) -> bool:
    """Whether an error says that the store is away: no connection, no answer, or a 5xx status."""
    if isinstance(error, StoreAway | requests.ConnectionError | requests.Timeout):
        return True
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return error.response.status_code >= 500 or error.response.status_code == 429
    if not isinstance(error, MlflowException) or _NO_TEXT in str(error):
        return False
    # MLflow reports a refused connection, and a database that does not answer, as status 500, and
    # passes it on here and there as a bad value.
    came_from = error.__cause__ or error.__context__
    return error.get_http_status_code() >= 500 or (came_from is not None and is_outage(came_from))


@contextmanager
def reaching(store: Store) -> Iterator[None]:
    """Turn every sign of an outage within into ``StoreAway``.

    Raises:
        StoreAway: the store cannot be reached.
    """
    try:
        yield
    except Exception as error:
        if not is_outage(error) or isinstance(error, StoreAway):
            raise
        if store.is_server:
            words = f"The store {store.address} cannot be reached ({find_reason(error)})."
        else:  # a file is always there: its cause says more
            words = f"{translate(error).sentence.rstrip('.')} (the store {store.address})."
        raise StoreAway(words) from error


def answers(store: Store, within: float | None = None) -> bool:
    """Whether the store is there; waits for seconds at most.

    Asks a second time where no answer comes: a server that closes an idle connection just as
    the question goes out is not away.

    Args:
        store: which.
        within: seconds that it has for each answer; by default ``PROBE``.
    """
    return not store.is_server or _answers_once(store, within) or _answers_once(store, within)


def _answers_once(store: Store, within: float | None) -> bool:
    try:
        return bool(ask_server(store, within).status_code < 500)
    except MlflowException:
        return False


def ask_server(store: Store, within: float | None = None) -> requests.Response:
    """Ask a server for next to nothing, and return its answer, whatever its status.

    Args:
        store: which.
        within: seconds that it has to answer; by default ``PROBE``.

    Raises:
        MlflowException: no answer came.
    """
    return http_request(
        get_default_host_creds(store.uri),
        "/api/2.0/mlflow/experiments/get",
        "GET",
        params={"experiment_id": store.runs},
        max_retries=0,
        timeout=PROBE if within is None else within,
        raise_on_status=False,
    )

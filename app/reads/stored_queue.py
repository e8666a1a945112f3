"""Cached reads of the queue: requests and workers change all the time, so they live seconds."""

import streamlit as st

from app.reads import stored_runs
from pipelines.retry.explain_proposals import give_reasons
from pipelines.retry.history import PastRun, past_runs
from pipelines.retry.propose import propose
from pipelines.retry.queue import list_requests
from pipelines.retry.request_state import RequestInfo
from pipelines.retry.studies import Queue, open_queue
from pipelines.retry.workers import WorkerInfo, list_workers
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


@st.cache_resource(show_spinner="Opening the queue…")
def find_queue(_store: Store, uri: str) -> Queue:
    """Return the queue that belongs to a store.

    Raises:
        UserError: a lab's store without ``SALIENCNN_STUDY_URL``, or its database is away.
    """
    return open_queue(_store)


@st.cache_data(ttl=2, show_spinner=False)
def all_requests(_queue: Queue, uri: str) -> list[RequestInfo]:
    """Return all requests in order of asking, at most two seconds old."""
    return list_requests(_queue)


@st.cache_data(ttl=2, show_spinner=False)
def all_workers(_queue: Queue, uri: str) -> list[WorkerInfo]:
    """Return the workers of the last day, at most two seconds old."""
    return list_workers(_queue)


def forget_queue() -> None:
    """Read requests and workers anew after a person changed something."""
    all_requests.clear()
    all_workers.clear()


def history_of(store: Store, run: RunInfo) -> dict[str, PastRun]:
    """Return what the runs comparable to one teach, by run id, oldest first."""
    return past_runs(stored_runs.all_runs(store, store.uri), run)


@st.cache_data(max_entries=64, show_spinner="Weighing what past runs teach…")
def proposals(
    start: Hyperparameters, history: tuple[PastRun, ...], count: int, seed: int, judge: str
) -> list[tuple[Hyperparameters, str]]:
    """Return proposals, each with its reason."""
    found = propose(start, history, count, seed, judge)
    return list(zip(found, give_reasons(start, found, history, judge), strict=True))

"""Cached reads of the queue: requests and workers change all the time, so they live seconds."""

from collections.abc import Sequence

from app.reads import stored_runs
from app.reads.caching import cached, shared
from pipelines.retry.history import PastRun, past_runs
from pipelines.retry.proposals import Proposal, list_proposals
from pipelines.retry.queue import list_requests
from pipelines.retry.request_state import RequestInfo
from pipelines.retry.resized import ResizedRun, resized_runs
from pipelines.retry.settings import Settings
from pipelines.retry.studies import Queue, open_queue
from pipelines.retry.workers import WorkerInfo, list_workers
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.findings.finding import Finding
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


@shared(show_spinner="Opening the queue…")
def find_queue(store: Store) -> Queue:
    """Return the queue that belongs to a store.

    Raises:
        UserError: a lab's store without ``SALIENCNN_STUDY_URL``, or its database is away.
    """
    return open_queue(store)


@cached(ttl=2)
def all_requests(store: Store) -> list[RequestInfo]:
    """Return all requests in order of asking, at most two seconds old."""
    return list_requests(find_queue(store))


def find_requests(store: Store) -> list[RequestInfo]:
    """Return all requests like ``all_requests``; none without a queue: runs can be looked at."""
    try:
        return all_requests(store)
    except UserError:
        return []


@cached(ttl=2)
def all_workers(store: Store) -> list[WorkerInfo]:
    """Return the workers of the last day, at most two seconds old."""
    return list_workers(find_queue(store))


def runs_of(store: Store, requests: Sequence[RequestInfo]) -> dict[str, RunInfo]:
    """Return all runs by id; what a completed request trained is as training left it.

    The list of runs may be older than the requests, and then know less than a run's last epochs.
    """
    runs = {run.run_id: run for run in stored_runs.all_runs(store)}
    done = (one.run_id for one in requests if one.state == "completed" and one.run_id)
    behind = {
        run_id for run_id in done if run_id not in runs or runs[run_id].status != "finished"
    } - _read_anew(store)
    if not behind:
        return runs
    _read_anew(store).update(behind)  # once: a run may be deleted, or go on after its request
    stored_runs.all_runs.clear()
    return {run.run_id: run for run in stored_runs.all_runs(store)}


@shared()
def _read_anew(store: Store) -> set[str]:
    """Return the runs of completed requests for which the list of runs was read anew."""
    return set()


def forget_queue() -> None:
    """Read requests and workers anew after a person changed something."""
    all_requests.clear()
    all_workers.clear()


def finished_retries(store: Store, run_id: str) -> list[str]:
    """Return the runs that retries of a run became, the newest first; none without a queue."""
    requests = find_requests(store)
    own = [one for one in requests if one.from_run == run_id and one.state == "completed"]
    return [one.run_id for one in reversed(own) if one.run_id]


def history_of(store: Store, run: RunInfo) -> dict[str, PastRun]:
    """Return what the runs comparable to one teach, by run id, oldest first."""
    return past_runs(stored_runs.all_runs(store), run)


def resized_of(store: Store, run: RunInfo) -> tuple[ResizedRun, ...]:
    """Return the runs on the same images as one at other sizes, oldest first."""
    return resized_runs(stored_runs.all_runs(store), run)


@cached(max_entries=64, show_spinner="Weighing what past runs teach…")
def proposals(
    start: Hyperparameters,
    past: dict[str, PastRun],
    findings: tuple[Finding, ...],
    count: int,
    criterion: str,
    size: str,
    resized: tuple[ResizedRun, ...],
    asked: Settings | None,
) -> list[Proposal]:
    """Return what to train next, as the command line proposes it."""
    return list_proposals(
        start, past, findings, count, criterion=criterion, size=size, resized=resized, asked=asked
    )

"""A worker's side of the queue: claiming a request, keeping it, and recording how it ended."""

from dataclasses import dataclass

from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from pipelines.retry.queue import list_requests
from pipelines.retry.request_state import RequestInfo, describe_requests
from pipelines.retry.studies import Queue
from pipelines.retry.trials import end, known_studies, revive, take, trial_id_of, trials_of
from saliencnn.common.formats import QUEUED_REQUEST
from saliencnn.common.secrets import mask_secrets
from saliencnn.store.runs import list_runs


@dataclass(frozen=True)
class Claimed:
    """A request that a worker has taken.

    Attributes:
        trial_id: Optuna's id of the trial that is running now.
        info: the request.
        parent: id of the MLflow run that the study's runs are nested under.
    """

    trial_id: int
    info: RequestInfo
    parent: str


def claim(queue: Queue, worker: str) -> Claimed | None:
    """Take the request whose turn it is, or return None where none waits.

    Requests of dead workers are put back into the queue first.

    Args:
        queue: where.
        worker: who takes it.

    Raises:
        UserError: the studies cannot be reached.
    """
    with queue.alone():
        studies, waiting = known_studies(queue), []
        for study in studies:
            revive(queue, study)
            waiting += describe_requests(study, trials_of(queue, study, (TrialState.WAITING,)))
        for info in sorted(waiting, key=lambda info: info.turn):
            trial_id = trial_id_of(queue, info.study, info.trial)
            # What a later version asked waits for a worker that can read it.
            if QUEUED_REQUEST.reads(info.wanted) and take(queue, trial_id):
                queue.storage.set_trial_user_attr(trial_id, "worker", worker)
                return Claimed(trial_id, info, studies[info.study])
    return None


def record_run(queue: Queue, claimed: Claimed, run_id: str) -> bool:
    """Note which run trains a request; return False where it is no longer the worker's."""
    try:
        queue.storage.set_trial_user_attr(claimed.trial_id, "run_id", run_id)
    except UpdateFinishedTrialError:
        return False
    return True


def beat(queue: Queue, claimed: Claimed) -> None:
    """Record a heartbeat of a request."""
    queue.storage.record_heartbeat(claimed.trial_id)


def look(queue: Queue, claimed: Claimed) -> FrozenTrial:
    """Return a request's trial as it is now."""
    return queue.storage.get_trial(claimed.trial_id)


def complete(queue: Queue, claimed: Claimed) -> bool:
    """Mark a request as completed; return False where it is no longer the worker's.

    Whether the trial still runs is checked in the same transaction. It gets no values: proposals
    learn from the runs themselves.
    """
    return end(queue, claimed.trial_id, TrialState.COMPLETE)


def fail(queue: Queue, claimed: Claimed, reason: str, cancelled: str | None = None) -> bool:
    """Mark a request as failed for good; return False where it is no longer the worker's.

    Args:
        queue: where.
        claimed: which.
        reason: a sentence.
        cancelled: the person who wanted that, if it is no failure; may be empty.
    """
    try:
        # The reason goes first: without one, a failed trial is tried again.
        queue.storage.set_trial_user_attr(claimed.trial_id, "reason", mask_secrets(reason)[:1000])
        if cancelled is not None:
            queue.storage.set_trial_user_attr(claimed.trial_id, "cancelled", cancelled)
    except UpdateFinishedTrialError:
        return False
    return end(queue, claimed.trial_id, TrialState.FAIL)


def put_back(queue: Queue, claimed: Claimed) -> None:
    """Give a request back, for another worker to go on with; it is not held against it."""
    with queue.alone():
        trial = queue.storage.get_trial(claimed.trial_id)
        if trial.state == TrialState.RUNNING:
            before = trial.user_attrs.get("put_back")
            times = before + 1 if isinstance(before, int) else 1
            queue.storage.set_trial_user_attr(claimed.trial_id, "put_back", times)
            end(queue, claimed.trial_id, TrialState.FAIL)
        revive(queue, claimed.info.study)


def find_stray(queue: Queue, claimed: Claimed) -> str | None:
    """Return the run that a dead worker began for a request without having noted it.

    It died between the two steps. A worker trains one request at a time; so what it left
    unfinished and unnoted is that run.
    """
    if not claimed.info.worker:
        return None
    noted = {info.run_id for info in list_requests(queue)}
    for run in list_runs(queue.store):
        left = run.process == claimed.info.worker and run.status in ("running", "stopped")
        if left and run.hyperparameters and run.run_id not in noted:
            return run.run_id
    return None

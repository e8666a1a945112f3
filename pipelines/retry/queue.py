"""The queue of retries: waiting trials of Optuna's studies, one study for each question.

A study holds what was asked about one image set and one architecture. Asking adds a waiting
trial, a worker's claim makes it running, its result complete or failed; each is one atomic step
in the database, so a request is trained once, whoever dies where. ``Study.optimize`` and
``Study.ask`` are never called: on an empty queue they would make up a trial of their own.
"""

import copy
import time
from dataclasses import dataclass

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import RetryHeartbeatStaleTrialCallback, fail_stale_trials
from optuna.trial import FrozenTrial, TrialState

from pipelines.errors import UserError
from pipelines.request import Request
from pipelines.retry.requests import (
    RequestInfo,
    describe_requests,
    lost_trials,
    request_as_dict,
)
from pipelines.retry.space import SPACE, inside
from pipelines.retry.studies import Queue
from pipelines.store.runs import RunInfo, ask_to_stop, read_facts
from pipelines.store.studies import study_run


@dataclass(frozen=True)
class Claimed:
    """A request that a worker has taken.

    Attributes:
        trial_id: Optuna's id of the trial that is running now.
        info: the request.
        parent: id of the MLflow run that the study's runs are nested under.
        objectives: how many values the study wants: accuracy, and focus if 2.
    """

    trial_id: int
    info: RequestInfo
    parent: str
    objectives: int


def enqueue(queue: Queue, start: RunInfo, request: Request, person: str, why: str = "") -> str:
    """Queue the retry of a run.

    The trial's parameters are the request's, moved into the search space where they lie
    outside; what is trained is the request itself, which the trial holds word for word.

    Args:
        queue: where.
        start: the run that it is a retry of; it decides on the study.
        request: what to train.
        person: who asks.
        why: their words.

    Returns:
        The request's id.

    Raises:
        UserError: nobody's name is given, or the studies cannot be reached.
    """
    name = study_name(start, read_facts(queue.store, start.run_id).get("digest", start.pictures))
    noted = {
        "request": request_as_dict(request),
        "from_run": start.run_id,
        "asked_by": _name(person),
        "asked_at": time.time(),
        "why": why[:1000],
    }
    trial = optuna.create_trial(
        state=TrialState.WAITING,
        params=inside(request.hyperparameters.as_dict()),
        distributions=SPACE,
        user_attrs=noted,
    )
    with queue.alone():
        objectives = 2 if "focus" in start.metrics else 1
        study = optuna.create_study(
            study_name=name,
            storage=queue.storage,
            directions=["maximize"] * objectives,
            load_if_exists=True,
        )
        if "parent" not in study.user_attrs:
            study.set_user_attr("parent", study_run(queue.store, name))
        study_id = queue.storage.get_study_id_from_name(name)
        trial_id = queue.storage.create_new_trial(study_id, trial)
        return f"{name}/{queue.storage.get_trial(trial_id).number}"


def study_name(run: RunInfo, digest: str) -> str:
    """Return the name of the study that retries of a run belong to.

    Args:
        run: the run.
        digest: of its image set's validation pictures.
    """
    return f"{run.image_set}-{run.arch}-{digest[:6]}"


def list_requests(queue: Queue) -> list[RequestInfo]:
    """Return all requests of all studies, in order of asking.

    Raises:
        UserError: the studies cannot be reached.
    """
    with queue.reaching():
        found = [
            info
            for study in _studies(queue)
            for info in describe_requests(study, _trials(queue, study))
        ]
    return sorted(found, key=lambda info: (info.asked_at, info.id))


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
        studies, waiting = _studies(queue), []
        for study in studies:
            _revive(queue, study)
            waiting += describe_requests(study, _trials(queue, study, (TrialState.WAITING,)))
        for info in sorted(waiting, key=lambda info: info.turn):
            trial_id = _trial_id(queue, info.study, info.trial)
            if _take(queue, trial_id):
                queue.storage.set_trial_user_attr(trial_id, "worker", worker)
                return Claimed(trial_id, info, *studies[info.study])
    return None


def record_run(queue: Queue, claimed: Claimed, run_id: str) -> bool:
    """Note which run trains a request; return False where it is no longer the worker's."""
    try:
        queue.storage.set_trial_user_attr(claimed.trial_id, "run_id", run_id)
    except UpdateFinishedTrialError:
        return False
    return True


def beat(queue: Queue, claimed: Claimed) -> FrozenTrial:
    """Give a sign of life of a request; return its trial as it is now."""
    queue.storage.record_heartbeat(claimed.trial_id)
    return queue.storage.get_trial(claimed.trial_id)


def complete(queue: Queue, claimed: Claimed, values: list[float]) -> bool:
    """Tell the study a request's values; return False where it is no longer the worker's.

    This is what ``Study.tell`` does, less the look beforehand: whether the trial still runs is
    checked in the same transaction.
    """
    return _end(queue, claimed.trial_id, TrialState.COMPLETE, values)


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
        queue.storage.set_trial_user_attr(claimed.trial_id, "reason", reason[:1000])
        if cancelled is not None:
            queue.storage.set_trial_user_attr(claimed.trial_id, "cancelled", cancelled)
    except UpdateFinishedTrialError:
        return False
    return _end(queue, claimed.trial_id, TrialState.FAIL)


def put_back(queue: Queue, claimed: Claimed) -> None:
    """Give a request back, for another worker to go on with; it is not held against it."""
    with queue.alone():
        trial = queue.storage.get_trial(claimed.trial_id)
        if trial.state == TrialState.RUNNING:
            times = int(trial.user_attrs.get("put_back", 0)) + 1
            queue.storage.set_trial_user_attr(claimed.trial_id, "put_back", times)
            _end(queue, claimed.trial_id, TrialState.FAIL)
        _revive(queue, claimed.info.study)


def cancel(queue: Queue, request_id: str, person: str) -> None:
    """Cancel a request: a waiting one at once, a running one at its next batch.

    Raises:
        UserError: there is no such request, it has ended, or nobody's name is given.
    """
    name = _name(person)
    with queue.alone():
        info = _find(queue, request_id)
        if info.state not in ("queued", "running"):
            raise UserError(f"Request {request_id} is {info.state} and cannot be cancelled.")
        trial_id = _trial_id(queue, info.study, info.trial)
        queue.storage.set_trial_user_attr(trial_id, "cancelled", name)
        if _take(queue, trial_id):
            _end(queue, trial_id, TrialState.FAIL)
            return
    # Its worker reads the note with its next sign of life; through the run it is told sooner.
    run_id = queue.storage.get_trial(trial_id).user_attrs.get("run_id")
    if run_id:
        try:
            ask_to_stop(queue.store, run_id, name)
        except UserError:
            return  # it is not running any more, or not yet again


def put_first(queue: Queue, request_id: str) -> None:
    """Put a waiting request before all others.

    The time at which that was asked for is noted on its trial, and claims go by it. Cancelling
    it and queueing it again would do as well, but leave a cancelled request behind and give
    the new one another number.

    Raises:
        UserError: there is no such request, or it is not waiting.
    """
    with queue.alone():
        info = _find(queue, request_id)
        if info.state != "queued":
            raise UserError(
                f"Request {request_id} is {info.state}; only a queued one can go first."
            )
        trial_id = _trial_id(queue, info.study, info.trial)
        queue.storage.set_trial_user_attr(trial_id, "put_first_at", time.time())


def _studies(queue: Queue) -> dict[str, tuple[str, int]]:
    """Return the studies that hold requests: name -> (parent, objectives) as in ``Claimed``.

    A database may hold others as well.
    """
    return {
        study.study_name: (study.user_attrs["parent"], len(study.directions))
        for study in queue.storage.get_all_studies()
        if "parent" in study.user_attrs
    }


def _trials(
    queue: Queue, study: str, states: tuple[TrialState, ...] | None = None
) -> list[FrozenTrial]:
    return queue.study(study).get_trials(deepcopy=False, states=states)


def _trial_id(queue: Queue, study: str, number: int) -> int:
    study_id = queue.storage.get_study_id_from_name(study)
    return queue.storage.get_trial_id_from_study_id_trial_number(study_id, number)


def _find(queue: Queue, request_id: str) -> RequestInfo:
    """Return a request by its id, its dead worker's trial replaced."""
    study = request_id.rpartition("/")[0]
    if study in _studies(queue):
        _revive(queue, study)
        for info in describe_requests(study, _trials(queue, study)):
            if info.id == request_id:
                return info
    raise UserError(f"There is no request {request_id!r}.")


def _take(queue: Queue, trial_id: int) -> bool:
    """Make a waiting trial running; return False where it is not waiting any more."""
    # First a sign of life: a running trial that never gave one is never missed.
    queue.storage.record_heartbeat(trial_id)
    try:
        return queue.storage.set_trial_state_values(trial_id, TrialState.RUNNING)
    except UpdateFinishedTrialError:
        return False


def _end(queue: Queue, trial_id: int, state: TrialState, values: list[float] | None = None) -> bool:
    try:
        return queue.storage.set_trial_state_values(trial_id, state, values)
    except UpdateFinishedTrialError:
        return False


def _revive(queue: Queue, study: str) -> None:
    """Fail the trials of dead workers and let a copy of each wait; ``alone`` must be held.

    Optuna's own callback adds the copies. It is called here and not by the storage, so that a
    process killed between the two steps leaves nothing that the next one would not make up for.
    """
    opened = queue.study(study)
    fail_stale_trials(opened)
    for trial in lost_trials(_trials(queue, study)):
        RetryHeartbeatStaleTrialCallback()(opened, copy.deepcopy(trial))


def _name(person: str) -> str:
    name = " ".join(person.split())[:100]
    if not name:
        raise UserError("A request needs the name of who asks for it.")
    return name

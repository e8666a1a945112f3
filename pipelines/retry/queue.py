"""The queue of retries: waiting trials of Optuna's studies, one study for each question.

A study holds what was asked about one image set and one architecture. Asking adds a waiting
trial, a worker's claim makes it running, its result complete or failed; each is one atomic step
in the database, so a request is trained once, whoever dies where. ``Study.optimize`` and
``Study.ask`` are never called: on an empty queue they would make up a trial of their own.
"""

import time

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import TrialState

from pipelines.retry.request_state import (
    RequestInfo,
    describe_requests,
    request_as_dict,
    trains_the_same,
)
from pipelines.retry.space import SPACE, inside
from pipelines.retry.studies import Queue
from pipelines.retry.trials import end, known_studies, revive, take, trial_id_of, trials_of
from pipelines.training.contradictions import refuse_contradictions
from pipelines.training.request import Request
from saliencnn.common.errors import UserError
from saliencnn.common.names import MAX_NAME_LENGTH, clean_line, require_line
from saliencnn.store.outage import reaching
from saliencnn.store.runs import RunInfo, ask_to_stop, read_facts
from saliencnn.store.studies import study_run

MAX_WHY_LENGTH = 1000
"""Characters that are kept of why somebody asks."""


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
        UserError: there is no name or too long a one, somebody has queued the same retry and it
            has not ended, its hyperparameters contradict each other, or the store or the studies
            cannot be reached.
    """
    refuse_contradictions(request.hyperparameters)
    with reaching(queue.store):
        facts = read_facts(queue.store, start.run_id)
    name = study_name(start, facts.get("digest", start.images_id))
    noted = {
        "request": request_as_dict(request),
        "from_run": start.run_id,
        "asked_by": _name(person),
        "asked_at": time.time(),
        "why": clean_line(why)[:MAX_WHY_LENGTH],
    }
    trial = optuna.create_trial(
        state=TrialState.WAITING,
        params=inside(request.hyperparameters.as_dict()),
        distributions=SPACE,
        user_attrs=noted,
    )
    with reaching(queue.store), queue.alone():
        study = optuna.create_study(
            study_name=name,
            storage=queue.storage,
            load_if_exists=True,
        )
        if "parent" not in study.user_attrs:
            study.set_user_attr("parent", study_run(queue.store, name, start.experiment_id))
        _refuse_again(queue, name, start, request)
        study_id = queue.storage.get_study_id_from_name(name)
        trial_id = queue.storage.create_new_trial(study_id, trial)
        return f"{name}/{queue.storage.get_trial(trial_id).number}"


def _refuse_again(queue: Queue, study: str, start: RunInfo, request: Request) -> None:
    """Refuse a retry that somebody has queued; trained twice, it gives the same numbers twice.

    Raises:
        UserError: it waits or is being trained.
    """
    revive(queue, study)
    for info in describe_requests(study, trials_of(queue, study)):
        # One that is cancelled while it is trained ends, and may be asked for again.
        live = info.state in ("queued", "running") and not info.reason
        if live and info.from_run == start.run_id and trains_the_same(info.wanted, request):
            raise UserError(
                f"{info.asked_by} has queued the same retry already: request {info.id} is "
                f"{info.state}."
            )


def study_name(run: RunInfo, digest: str) -> str:
    """Return the name of the study that retries of a run belong to.

    Args:
        run: the run.
        digest: of its image set's validation images.
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
            for study in known_studies(queue)
            for info in describe_requests(study, trials_of(queue, study))
        ]
    return sorted(found, key=lambda info: (info.asked_at, info.id))


def cancel(queue: Queue, request_id: str, person: str) -> None:
    """Cancel a request: a waiting one at once, a running one at its next batch.

    Raises:
        UserError: there is no such request, it has ended, or there is no name or too long a one.
    """
    name = _name(person)
    with queue.alone():
        info = _find(queue, request_id)
        if info.state not in ("queued", "running"):
            raise UserError(f"Request {request_id} is {info.state} and cannot be cancelled.")
        trial_id = trial_id_of(queue, info.study, info.trial)
        try:
            queue.storage.set_trial_user_attr(trial_id, "cancelled", name)
        except UpdateFinishedTrialError as error:
            raise UserError(f"Request {request_id} has just ended.") from error
        if take(queue, trial_id):
            end(queue, trial_id, TrialState.FAIL)
            return
    # Its worker reads the note when it looks next; through the run it learns of it as soon.
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
        trial_id = trial_id_of(queue, info.study, info.trial)
        queue.storage.set_trial_user_attr(trial_id, "put_first_at", time.time())


def _find(queue: Queue, request_id: str) -> RequestInfo:
    """Return a request by its id, its dead worker's trial replaced."""
    study = request_id.rpartition("/")[0]
    if study in known_studies(queue):
        revive(queue, study)
        for info in describe_requests(study, trials_of(queue, study)):
            if info.id == request_id:
                return info
    raise UserError(f"There is no request {request_id!r}.")


def _name(person: str) -> str:
    missing = "A request needs the name of who asks for it."
    return require_line(person, "name", MAX_NAME_LENGTH, missing)

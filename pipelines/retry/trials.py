"""The trials behind the queue: finding, starting and ending them in Optuna's storage."""

import copy

from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import RetryHeartbeatStaleTrialCallback, fail_stale_trials
from optuna.trial import FrozenTrial, TrialState

from pipelines.retry.request_state import lost_trials
from pipelines.retry.studies import Queue


def known_studies(queue: Queue) -> dict[str, str]:
    """Return the studies that hold requests: name -> id of its MLflow run.

    A database may hold others as well.
    """
    return {
        study.study_name: study.user_attrs["parent"]
        for study in queue.storage.get_all_studies()
        if "parent" in study.user_attrs
    }


def trials_of(
    queue: Queue, study: str, states: tuple[TrialState, ...] | None = None
) -> list[FrozenTrial]:
    """Return a study's trials, of all states or of some; they are shared, not to be changed."""
    return queue.study(study).get_trials(deepcopy=False, states=states)


def trial_id_of(queue: Queue, study: str, number: int) -> int:
    """Return the id by which the storage knows the trial of a study with a number."""
    study_id = queue.storage.get_study_id_from_name(study)
    return queue.storage.get_trial_id_from_study_id_trial_number(study_id, number)


def take(queue: Queue, trial_id: int) -> bool:
    """Make a waiting trial running; return False where it is not waiting any more."""
    # First a heartbeat: a running trial that never had one is never missed.
    queue.storage.record_heartbeat(trial_id)
    try:
        return queue.storage.set_trial_state_values(trial_id, TrialState.RUNNING)
    except UpdateFinishedTrialError:
        return False


def end(queue: Queue, trial_id: int, state: TrialState) -> bool:
    """End a trial; return False where it has ended already."""
    try:
        return queue.storage.set_trial_state_values(trial_id, state)
    except UpdateFinishedTrialError:
        return False


def revive(queue: Queue, study: str) -> None:
    """Fail the trials of dead workers and let a copy of each wait; ``alone`` must be held.

    Optuna's own callback adds the copies. It is called here and not by the storage, so that a
    process killed between the two steps leaves nothing that the next one would not make up for.
    """
    opened = queue.study(study)
    fail_stale_trials(opened)
    for trial in lost_trials(trials_of(queue, study)):
        RetryHeartbeatStaleTrialCallback()(opened, copy.deepcopy(trial))

"""Runs that nobody trains any more, though nobody has said so to MLflow.

What kills a process at once, or the machine below it, leaves the run ``RUNNING`` in MLflow. Whoever
writes to the store next marks it as ``KILLED``. Should its process live after all, its next
heartbeat takes the mark away (``store.heartbeat``).
"""

import json
import logging
import time

from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from saliencnn.common.errors import UserError
from saliencnn.common.process import describe_process, is_gone, is_here
from saliencnn.store.clock import store_time
from saliencnn.store.connection import Store
from saliencnn.store.runs import ABANDONED, OURS, note, read_facts, run_experiments, search_runs

_UNFINISHED = "attributes.status = 'RUNNING'"
"""MLflow's filter of runs without an end."""
_log = logging.getLogger(__name__)


def mark_abandoned(store: Store) -> list[str]:
    """Mark the runs that nobody trains any more as killed; return their ids.

    A run is marked at once where its process is known to be gone, else after a day without a
    heartbeat. Entries of image sets and evaluations, which nobody goes on with, are marked a day
    after they were begun. Other people's runs are let alone, and so is a store that refuses.
    """
    marked: list[str] = []
    try:
        now = store_time(store)
        for run in search_runs(store, list(run_experiments(store)), f"{OURS} and {_UNFINISHED}"):
            if _mark(store, run, now):
                marked.append(run.info.run_id)
        for run in search_runs(store, [store.image_sets, store.evaluations], _UNFINISHED):
            if now - run.info.start_time / 1000 > ABANDONED:
                store.client.set_terminated(run.info.run_id, "KILLED", run.info.start_time)
                marked.append(run.info.run_id)
    except (MlflowException, OSError, UserError) as error:
        _log.info("No run was marked as killed: %s", error)
    return marked


def unmark(store: Store, run_id: str) -> None:
    """Mark a run as running again, whose process lives after all."""
    note(store, run_id, abandoned="", failure="")
    store.client.update_run(run_id, status="RUNNING")


def _mark(store: Store, run: Run, now: float) -> bool:
    """Mark a run unless somebody may train it; return whether it was."""
    run_id = run.info.run_id
    try:
        facts = read_facts(store, run_id)  # as they are now, not as they were in the list
        last = float(facts.get("heartbeat") or run.info.start_time / 1000)
    except (UserError, ValueError, json.JSONDecodeError):
        return False  # what cannot be read is not changed
    process = facts.get("process", "")
    if is_here(process) or not (is_gone(process) or abs(now - last) > ABANDONED):
        return False
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(last))
    where = describe_process(process) or "its process"
    reason = f"It was killed: {where} was last heard of on {when}."
    note(store, run_id, abandoned=str(now), failure=reason)
    store.client.set_terminated(run_id, "KILLED", int(last * 1000))
    return True

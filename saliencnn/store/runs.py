"""Training runs: starting, watching and listing them."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from mlflow.entities import LifecycleStage, Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID
from mlflow.utils.validation import MAX_TAG_VAL_LENGTH

from saliencnn.common.errors import UserError
from saliencnn.common.formats import RUN
from saliencnn.common.heartbeats import HeartbeatWatch
from saliencnn.common.names import MAX_NAME_LENGTH, require_line
from saliencnn.common.origin import describe_origin, list_packages
from saliencnn.common.process import is_here
from saliencnn.common.records import Unreadable, split_readable
from saliencnn.common.secrets import mask_secrets
from saliencnn.store.artifacts import experiment_of, location_of, write_files
from saliencnn.store.clock import store_time
from saliencnn.store.connection import Store
from saliencnn.store.experiments import HOLDS, HOLDS_RUNS
from saliencnn.store.location import RUNS
from saliencnn.store.outage import reaching
from saliencnn.store.paging import read_pages
from saliencnn.store.pictures import HAS_PICTURES
from saliencnn.store.run_info import RunInfo, Status
from saliencnn.store.run_record import FACT_PARAMS, describe_run, identify, parse_facts
from saliencnn.store.studies import STUDY_TAG

SILENCE = 120.0
"""Seconds without a heartbeat after which a running run counts as stopped."""
ABANDONED = 24 * 3600.0
"""Seconds without a heartbeat after which nobody is expected to go on with a run.

That is more than a clock is wrong by, or a server is away for, without somebody noticing.
"""

FACTS = "saliencnn.facts"
"""The tag with what is known of a run from its start; every run of ours has it."""
ENVIRONMENT = "environment"
"""Folder of a run's artifacts that says which packages it ran with."""
OURS = f"tags.`{FACTS}` LIKE '%'"
"""MLflow's filter of our training runs."""
_UNKNOWN = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""What MLflow answers where no run has an id, or none can have it."""
MAX_SHORTCUTS = 5
"""Sentences about shortcuts in its images that a run keeps."""
_MAX_PARAMS = 100
"""That MLflow takes at a time."""
_watch = HeartbeatWatch(SILENCE)
"""The heartbeats that this process has seen, of all stores."""


class RunMissing(UserError):
    """The store has no run of an id."""


def start_run(
    store: Store,
    name: str | None,
    hyperparameters: Mapping[str, Any],
    parent: str | None = None,
    **tags: str,
) -> str:
    """Create a run and return its id.

    Args:
        store: where.
        name: for people; MLflow makes one up where it is None.
        hyperparameters: names and values.
        parent: id of the run under which MLflow lists this one, in the same experiment.
        tags: RunInfo's attributes of the same names.
    """
    # Facts that never change share one tag: every tag of every run costs each listing time.
    described = json.dumps(RUN.stamp | tags)
    facts = {FACTS: described, "saliencnn.heartbeat": str(store_time(store))}
    facts |= describe_origin() | HAS_PICTURES
    experiment = store.runs
    if parent:
        facts[MLFLOW_PARENT_RUN_ID] = parent
        experiment = experiment_of(store, parent)
    run = store.client.create_run(experiment, run_name=name, tags=facts)
    run_id = str(run.info.run_id)
    shown = {name: tags[fact] for name, fact in FACT_PARAMS.items() if tags.get(fact)}
    try:
        params = [Param(key, str(value)) for key, value in {**hyperparameters, **shown}.items()]
        for start in range(0, len(params), _MAX_PARAMS):
            store.client.log_batch(run_id, params=params[start : start + _MAX_PARAMS])
        packages = {"requirements.txt": list_packages().encode()}
        write_files(store, location_of(store, run_id), packages, ENVIRONMENT)
    except KeyboardInterrupt:
        finish_run(store, run_id, "KILLED", "It was stopped while it started.")
        raise
    return run_id


def note(store: Store, run_id: str, metrics: Sequence[Metric] = (), **tags: str) -> None:
    """Set facts about a run, and numbers beside them."""
    named = [RunTag(f"saliencnn.{key}", value) for key, value in tags.items()]
    store.client.log_batch(run_id, metrics=metrics, tags=named)


def note_sentences(store: Store, run_id: str, sentences: Iterable[str]) -> None:
    """Keep sentences about a run, each cut and the last left out so that a tag can hold them."""
    kept = [mask_secrets(sentence)[:400] for sentence in sentences]
    while len(text := json.dumps(kept)) > MAX_TAG_VAL_LENGTH:
        kept.pop()
    note(store, run_id, notes=text)


def note_shortcuts(store: Store, run_id: str, sentences: Sequence[str]) -> None:
    """Keep with a run what gives the class of its training images away, the clearest first."""
    kept = [mask_secrets(sentence)[:400] for sentence in sentences[:MAX_SHORTCUTS]]
    note(store, run_id, shortcuts=json.dumps(kept))


def read_facts(store: Store, run_id: str) -> dict[str, str]:
    """Return everything that was noted about a run, by name."""
    return parse_facts(store.client.get_run(run_id))


def resume_run(store: Store, run_id: str, process: str) -> None:
    """Mark a run as running again, in another process."""
    stamp = str(store_time(store))
    note(store, run_id, heartbeat=stamp, failure="", stop="", abandoned="", process=process)
    store.client.update_run(run_id, status="RUNNING")


def finish_run(store: Store, run_id: str, status: str, reason: str = "") -> None:
    """End a run as ``FINISHED``, ``FAILED`` or ``KILLED``, with the reason in words."""
    note(store, run_id, failure=mask_secrets(reason)[:1000])
    store.client.set_terminated(run_id, status=status)


def ask_to_stop(store: Store, run_id: str, person: str) -> None:
    """Ask a run under way to stop; it does at its next batch, and its complete epochs stay.

    Raises:
        UserError: no such run, it has ended, or there is no name or too long a one.
    """
    missing = "Stopping a run needs the name of who asks for it."
    name = require_line(person, "name", MAX_NAME_LENGTH, missing)
    run = read_run(store, run_id)
    # A run whose heartbeat seems to have ended may live: the wish then waits for it.
    if run.ended:
        raise UserError(f"Run {run_id} is {run.status}; only a running one can be stopped.")
    note(store, run_id, stop=json.dumps({"person": name, "time": time.time()}))


def run_experiments(store: Store) -> dict[str, str]:
    """Return the experiments that runs of this program may lie in: id -> name."""
    search, marked = store.client.search_experiments, f"tags.`{HOLDS}` = '{HOLDS_RUNS}'"
    pages = read_pages(lambda token: search(filter_string=marked, page_token=token))
    found = {str(one.experiment_id): str(one.name) for one in pages}
    # A store that can only be read may have been written before experiments were marked.
    return found if store.runs in found else {store.runs: RUNS, **found}


def list_runs(store: Store) -> list[RunInfo]:
    """Return all training runs that can be read, newest first."""
    return split_runs(store)[0]


def split_runs(store: Store) -> tuple[list[RunInfo], list[Unreadable]]:
    """Return all training runs, newest first: those that can be read, and the others.

    Other people's runs in the same experiments are none of ours.
    """
    experiments = run_experiments(store)
    studies = {
        run.info.run_id: run.data.tags[STUDY_TAG]
        for run in search_runs(store, [*experiments], f"tags.`{STUDY_TAG}` LIKE '%'")
    }
    trained = list(search_runs(store, [*experiments], OURS))

    def read(run: Run) -> RunInfo:
        parent = run.data.tags.get(MLFLOW_PARENT_RUN_ID, "")
        info = _describe(store, run)
        name = experiments[info.experiment_id]
        return replace(info, study=studies.get(parent, ""), experiment=name)

    return split_readable(read, trained, identify)


def search_runs(store: Store, experiments: Sequence[str], filters: str) -> Iterator[Run]:
    """Yield the runs of experiments that MLflow's filters let through, newest first."""
    return read_pages(
        lambda token: store.client.search_runs(
            experiments, filters, max_results=1000, page_token=token
        )
    )


def read_run(store: Store, run_id: str) -> RunInfo:
    """Return one run.

    Raises:
        RunMissing: the store has no such run.
        UserError: it is deleted or another program's, a later version of this program wrote it, or
            it holds what this program does not write.
        StoreAway: the store does not answer.
    """
    try:
        with reaching(store):
            run = store.client.get_run(run_id)
            if run.info.lifecycle_stage == LifecycleStage.DELETED:
                raise UserError(
                    f"Run {run_id} is deleted; bring it back with: "
                    f"MLFLOW_TRACKING_URI={store.address} mlflow runs restore --run-id {run_id}"
                )
            if not {FACTS, STUDY_TAG} & {*run.data.tags}:
                raise UserError(f"Run {run_id} was logged by another program.")
            return _describe(store, run)
    except MlflowException as error:
        if error.error_code not in _UNKNOWN:
            raise
        raise RunMissing(f"Run {run_id!r} is not in the store {store.address}.") from error


def _describe(store: Store, run: Run) -> RunInfo:
    return describe_run(run, partial(_status, store, run.info.run_id))


def _status(store: Store, run_id: str, facts: Mapping[str, str]) -> Status:
    """Return whether a run without an end is running, or has been stopped by what killed it.

    A process of this machine that is there needs no heartbeat to be believed, so that its clock
    may be wrong; but one may also go on for long without its run.
    """
    heartbeat = facts.get("heartbeat", "")
    age = store_time(store) - float(heartbeat or 0)
    alive = _watch.is_alive((store.uri, run_id), heartbeat, age) or (
        abs(age) < ABANDONED and is_here(facts.get("process", ""))
    )
    return "running" if alive else "stopped"

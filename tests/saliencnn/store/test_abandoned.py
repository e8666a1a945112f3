"""Runs that MLflow shows as running though nobody trains them, and those that somebody does."""

import os
import socket
import subprocess
import sys
import time

import pytest
from mlflow.exceptions import MlflowException

from saliencnn.common.process import name_process, this_process
from saliencnn.store import heartbeat
from saliencnn.store.abandoned import mark_abandoned
from saliencnn.store.connection import Store
from saliencnn.store.heartbeat import Heartbeat
from saliencnn.store.runs import finish_run, note, read_facts, read_run, resume_run, start_run
from saliencnn.store.studies import study_run
from tests.helpers.lab import wait_for

DAY = 24 * 3600.0


def status_of(store: Store, run_id: str) -> str:
    return str(store.client.get_run(run_id).info.status)


def begin(store: Store, process: str, age: float) -> str:
    run_id = start_run(store, None, {"epochs": 3}, process=process)
    note(store, run_id, heartbeat=str(time.time() - age))
    return run_id


def dead_process() -> str:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        return name_process(child.pid)


def test_a_run_whose_process_is_gone_is_marked_at_once(any_store: Store) -> None:
    run_id = begin(any_store, dead_process(), age=5)
    assert run_id in mark_abandoned(any_store)
    assert status_of(any_store, run_id) == "KILLED"
    run = read_run(any_store, run_id)
    assert (run.status, run.ended) == ("stopped", False)
    assert run.reason.startswith(f"It was killed: {socket.gethostname()}:")
    ended = any_store.client.get_run(run_id).info.end_time / 1000
    assert abs(time.time() - ended) < 60
    assert run_id not in mark_abandoned(any_store)


@pytest.mark.parametrize(
    ("process", "age", "status"),
    [
        ("elsewhere:1", 2 * DAY, "KILLED"),
        ("elsewhere:1", -2 * DAY, "KILLED"),
        ("", 2 * DAY, "KILLED"),
        ("elsewhere:1", 3 * 3600, "RUNNING"),  # a clock that is wrong, or a server that was away
        ("elsewhere:1", -3 * 3600, "RUNNING"),
        (this_process(), 30 * DAY, "RUNNING"),  # a notebook computer that slept
        (f"{socket.gethostname()}:{os.getpid()}", 60, "RUNNING"),
    ],
    # Names with this process's number would differ from worker to worker.
    ids=["old", "from the future", "nameless", "hours", "hours ahead", "ours", "ours, as before"],
)
def test_a_run_that_somebody_may_train_is_let_alone(
    store: Store, process: str, age: float, status: str
) -> None:
    run_id = begin(store, process, age)
    mark_abandoned(store)
    assert status_of(store, run_id) == status
    finish_run(store, run_id, "KILLED")


def test_what_cannot_be_read_is_let_alone(store: Store) -> None:
    odd = begin(store, dead_process(), age=0)
    note(store, odd, heartbeat="yesterday")
    newer = begin(store, dead_process(), age=0)
    store.client.set_tag(newer, "saliencnn.facts", '{"format": 99}')
    study = study_run(store, "of nothing")
    store.client.update_run(study, status="RUNNING")
    dead = begin(store, dead_process(), age=0)
    assert mark_abandoned(store) == [dead]
    for run_id in (odd, newer, study):
        store.client.delete_run(run_id)


def test_other_peoples_runs_are_let_alone(store: Store) -> None:
    long_ago = int((time.time() - 2 * DAY) * 1000)
    theirs = store.client.create_run(store.runs, start_time=long_ago).info.run_id
    assert mark_abandoned(store) == []
    assert status_of(store, theirs) == "RUNNING"
    store.client.delete_run(theirs)


def test_half_written_evaluations_and_images_are_marked_after_a_day(store: Store) -> None:
    long_ago = int((time.time() - 2 * DAY) * 1000)
    old, young = (
        [store.client.create_run(e, start_time=t).info.run_id for e in places]
        for places, t in (
            ([store.image_sets, store.evaluations], long_ago),
            ([store.image_sets, store.evaluations], None),
        )
    )
    assert set(mark_abandoned(store)) == set(old)
    assert {status_of(store, run_id) for run_id in young} == {"RUNNING"}
    for run_id in (*old, *young):
        store.client.delete_run(run_id)


def test_a_marked_run_that_is_resumed_is_running_again(store: Store) -> None:
    run_id = begin(store, dead_process(), age=0)
    mark_abandoned(store)
    resume_run(store, run_id, "here:1")
    run = read_run(store, run_id)
    assert (status_of(store, run_id), run.status, run.reason) == ("RUNNING", "running", "")
    finish_run(store, run_id, "FINISHED")
    assert read_run(store, run_id).ended


def test_a_process_that_lives_after_all_takes_the_mark_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its server was away for days, and is looked at before the next heartbeat."""
    monkeypatch.setattr(heartbeat, "LOOK", 0.02)
    run_id = begin(store, "elsewhere:1", 3 * DAY)
    assert mark_abandoned(store) == [run_id]
    with Heartbeat(store, run_id, "elsewhere:1").beating():
        wait_for(lambda: status_of(store, run_id) == "RUNNING", 30)
    assert read_facts(store, run_id)["abandoned"] == ""
    finish_run(store, run_id, "KILLED", "by hand")
    Heartbeat(store, run_id, "elsewhere:1")._listen()
    assert status_of(store, run_id) == "KILLED", "an end stays an end"


def test_a_store_that_refuses_is_no_mishap(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MlflowException("attempt to write a readonly database")

    run_id = begin(store, dead_process(), age=0)
    monkeypatch.setattr(store.client, "log_batch", refuse)
    assert mark_abandoned(store) == []
    monkeypatch.undo()
    assert mark_abandoned(store) == [run_id]

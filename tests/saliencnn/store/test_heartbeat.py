"""Heartbeats of trainers whose clocks are wrong, and of stores that fail for a moment."""

import logging
import threading
import time

import pytest

from saliencnn.common.errors import UserError
from saliencnn.store import heartbeat
from saliencnn.store.clock import store_time
from saliencnn.store.connection import Store
from saliencnn.store.heartbeat import Heartbeat, watch_heartbeat
from saliencnn.store.runs import ask_to_stop, finish_run, note, read_facts, read_run, start_run
from tests.helpers.logs import Log

HOUR = 3600.0
SKEWS = [-3 * HOUR, -600.0, 600.0, 3 * HOUR]
"""Seconds by which a trainer's clock is wrong; below zero it is behind."""


class Trainer:
    """Beats as a trainer of an earlier version does: by its own clock."""

    def __init__(self, store: Store, run_id: str, skew: float, every: float = 0.3) -> None:
        self._store, self._run_id, self._skew, self._every = store, run_id, skew, every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def _beat(self) -> None:
        while not self._ended.wait(self._every):
            note(self._store, self._run_id, heartbeat=str(time.time() + self._skew))

    def __enter__(self) -> "Trainer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "LOOK", 0.1)


def start(store: Store, skew: float) -> str:
    run_id = start_run(store, None, {}, process="elsewhere:1")
    note(store, run_id, heartbeat=str(time.time() + skew))
    return run_id


@pytest.mark.parametrize("skew", SKEWS)
def test_a_trainer_with_a_wrong_clock_is_seen_to_run(any_store: Store, skew: float) -> None:
    run_id = start(any_store, skew)
    read_run(any_store, run_id)
    with Trainer(any_store, run_id, skew):
        assert watch_heartbeat(any_store, run_id, seconds=10)
        assert read_run(any_store, run_id).status == "running"


@pytest.mark.parametrize("skew", SKEWS)
def test_a_dead_trainer_with_a_wrong_clock_is_seen_to_be_silent(store: Store, skew: float) -> None:
    run_id = start(store, skew)
    assert not watch_heartbeat(store, run_id, seconds=0.5)


@pytest.mark.parametrize("skew", SKEWS)
def test_a_run_can_be_stopped_whatever_its_trainers_clock_says(store: Store, skew: float) -> None:
    run_id = start(store, skew)
    ask_to_stop(store, run_id, "Ann")
    assert "Ann" in read_facts(store, run_id)["stop"]
    finish_run(store, run_id, "KILLED")
    with pytest.raises(UserError, match="is stopped"):
        ask_to_stop(store, run_id, "Ann")


@pytest.mark.parametrize("skew", SKEWS)
def test_a_server_decides_what_time_it_is(
    server_store: Store, skew: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trainer's heartbeat is stamped, and a reader's look at it dated, by the server's clock."""
    true_time = time.time
    run_id = start_run(server_store, None, {})
    monkeypatch.setattr(heartbeat, "LOOK", 0.05)
    monkeypatch.setattr(heartbeat, "INTERVAL", 0.05)
    monkeypatch.setattr(time, "time", lambda: true_time() + skew)
    first = read_facts(server_store, run_id)["heartbeat"]
    with Heartbeat(server_store, run_id, "here:1").beating():
        deadline = time.monotonic() + 30
        while read_facts(server_store, run_id)["heartbeat"] == first:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    stamp = float(read_facts(server_store, run_id)["heartbeat"])
    assert abs(stamp - true_time()) < 60
    assert abs(store_time(server_store) - true_time()) < 60
    assert read_run(server_store, run_id).status == "running"


def test_a_heartbeat_outlives_what_fails_for_a_moment(
    store: Store, monkeypatch: pytest.MonkeyPatch, logs: Log
) -> None:
    """Whatever MLflow raises: the run goes on, one warning says so, and the next beat arrives."""
    run_id = start_run(store, None, {})
    monkeypatch.setattr(heartbeat, "LOOK", 0.02)
    monkeypatch.setattr(heartbeat, "INTERVAL", 0.02)
    failures = [RuntimeError("odd"), OSError("disk"), KeyError("tag")]
    written = store.client.log_batch
    beaten = threading.Event()

    def log_batch(*arguments: object, **named: object) -> None:
        if failures:
            raise failures.pop()
        written(*arguments, **named)
        beaten.set()

    monkeypatch.setattr(store.client, "log_batch", log_batch)
    with logs.at_level(logging.WARNING), Heartbeat(store, run_id, "here:1").beating():
        assert beaten.wait(30)
    warnings = [record for record in logs.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert run_id in warnings[0].getMessage()

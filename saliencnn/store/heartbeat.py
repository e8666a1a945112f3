"""The heartbeat of a run under way, and what people ask of the run meanwhile."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from mlflow.entities import Metric

from saliencnn.common.translation import translate
from saliencnn.store.abandoned import unmark
from saliencnn.store.clock import store_time
from saliencnn.store.connection import Store
from saliencnn.store.run_record import parse_facts
from saliencnn.store.runs import note, read_facts
from saliencnn.store.system_metrics import SystemMonitor

INTERVAL = 15.0
"""Seconds between two heartbeats."""
LOOK = 2.0
"""Seconds between two looks at what is asked of the run."""
WATCH = 4 * INTERVAL
"""Seconds for which a heartbeat is watched before another process takes a run over."""

_log = logging.getLogger(__name__)


class Heartbeat:
    """Tells the store now and then that a run is alive and how far it is, and listens.

    Attributes:
        progress: what the run is doing, for people.
        stopped_by: name of the person who asked the run to stop, else empty.
        owner: the process that the run belongs to.
    """

    def __init__(self, store: Store, run_id: str, process: str) -> None:
        self._store, self._run_id, self._process = store, run_id, process
        self._ended = threading.Event()
        self._monitor, self._started = SystemMonitor(), 0.0
        self.progress = ""
        self.stopped_by = ""
        self.owner = process

    def _keep_beating(self) -> None:
        last, failing = time.monotonic(), False
        while not self._ended.wait(LOOK):
            try:
                self._listen()
                if time.monotonic() - last >= INTERVAL and self.owner == self._process:
                    self._beat()
                    last = time.monotonic()
                failing = False
            except Exception as error:
                # Whatever it is, it must not end a training run, nor the heartbeat.
                if not failing:
                    why = translate(error).sentence
                    _log.warning("The heartbeat of run %s fails: %s", self._run_id, why)
                failing = True

    def _beat(self) -> None:
        now = store_time(self._store)
        step, moment = round(now - self._started), int(now * 1000)
        busy = [Metric(name, v, moment, step) for name, v in self._monitor.read().items()]
        note(self._store, self._run_id, busy, heartbeat=str(now), progress=self.progress)

    def _listen(self) -> None:
        run = self._store.client.get_run(self._run_id)
        self._started, facts = run.info.start_time / 1000, parse_facts(run)
        self.owner = facts.get("process", self._process)
        if facts.get("abandoned") and self.owner == self._process:
            unmark(self._store, self._run_id)
        asked = facts.get("stop")
        if asked:
            self.stopped_by = str(json.loads(asked)["person"])

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Beat in the background."""
        thread = threading.Thread(target=self._keep_beating, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            # A request to a store that is away may hang; nothing of it is needed any more.
            thread.join(timeout=2)


def watch_heartbeat(store: Store, run_id: str, seconds: float = WATCH) -> bool:
    """Watch a run for a while and return whether its heartbeat changes; no clock is trusted.

    Args:
        store: where the run is.
        run_id: the run.
        seconds: how long to watch at most.
    """
    first = _beat_of(store, run_id)
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(LOOK, left))
        if _beat_of(store, run_id) != first:
            return True
    return False


def _beat_of(store: Store, run_id: str) -> tuple[str | None, str | None]:
    facts = read_facts(store, run_id)
    return facts.get("heartbeat"), facts.get("process")

"""The signs of life of a run under way, and what people ask of it meanwhile."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from saliencnn.store.connection import Store
from saliencnn.store.runs import note, read_facts

HEARTBEAT = 15.0
"""Seconds between two signs of life."""
LOOK = 2.0
"""Seconds between two looks at what is asked of the run."""


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
        self.progress = ""
        self.stopped_by = ""
        self.owner = process

    def _beat(self) -> None:
        last = time.monotonic()
        while not self._ended.wait(LOOK):
            try:
                self._listen()
                if time.monotonic() - last >= HEARTBEAT and self.owner == self._process:
                    last = time.monotonic()
                    tags = {"heartbeat": str(time.time()), "progress": self.progress}
                    note(self._store, self._run_id, **tags)
            except Exception:
                # A store that is away for a moment must not end a training run.
                continue

    def _listen(self) -> None:
        facts = read_facts(self._store, self._run_id)
        self.owner = facts.get("process", self._process)
        asked = facts.get("stop")
        if asked:
            self.stopped_by = str(json.loads(asked)["person"])

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Beat in the background."""
        thread = threading.Thread(target=self._beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            # A request to a store that is away may hang; nothing of it is needed any more.
            thread.join(timeout=5)

"""A lab on this machine: Postgres, workers as processes, and waiting for what they do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from pipelines.store.connection import Store

T = TypeVar("T")

WORKER = """
import sys
from pipelines.retry.studies import open_queue
from pipelines.retry.worker import Worker
from pipelines.store.connection import open_store
heartbeat, grace = int(sys.argv[2]), int(sys.argv[3])
Worker(open_queue(open_store(sys.argv[1]), heartbeat, grace), poll=0.5).run(once=True)
"""
"""What `saliencnn worker --once` does, with less patience."""


def wait_for(happened: Callable[[], T], seconds: float, log: Callable[[], str] = str) -> T:
    """Return what a function gives as soon as that is true; fail after some seconds."""
    deadline = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < deadline, f"it did not happen in {seconds} s: {log()[-3000:]}"
        time.sleep(0.1)
    return found


@contextmanager
def worker_process(
    store: Store, log: Path, heartbeat: int, grace: int
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a worker as a process of its own until nothing waits, at the latest till the end."""
    command = [sys.executable, "-u", "-c", WORKER, store.uri, str(heartbeat), str(grace)]
    with log.open("w") as output:
        worker = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    try:
        yield worker
    finally:
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

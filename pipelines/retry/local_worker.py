"""The embedded store's only worker: starting it, and why it did not start."""

import os
import subprocess
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.retry.studies import Queue, study_url
from pipelines.retry.workers import read_state
from saliencnn.common.errors import UserError
from saliencnn.common.process import is_here, name_process, own_command
from saliencnn.common.secrets import mask_secrets
from saliencnn.common.sentences import one_sentence
from saliencnn.store.connection import Store

_STARTING = (
    "Another worker is being started on this embedded store, or runs; it takes only one, a lab's "
    "takes many."
)
_TAKEN = "Another worker has this embedded store already; it takes only one, a lab's takes many."


@dataclass(frozen=True)
class LocalStart:
    """The start of an embedded store's worker, as its starter noted it.

    Attributes:
        process: its name, which is the worker's id once it announces itself.
        log_size: bytes of ``worker.log`` before it wrote any.
    """

    process: str
    log_size: int = 0


@contextmanager
def only_worker(queue: Queue) -> Iterator[None]:
    """Hold the place of an embedded store's only worker; a lab's has as many as there are.

    SQLite is not made for several writers at once.

    Raises:
        UserError: another worker holds it.
    """
    if not queue.is_embedded:
        yield
        return
    place = _place(queue)
    try:
        place.acquire()
    except Timeout as error:
        raise UserError(_TAKEN) from error
    try:
        yield
    finally:
        place.release()


def start_local_worker(queue: Queue) -> int:
    """Start the embedded store's worker as a process of its own, which outlives this one.

    What it prints goes to ``worker.log`` beside the store.

    Returns:
        The process's number.

    Raises:
        UserError: it runs or starts already, or the store is a lab's.
    """
    if not queue.is_embedded:
        raise UserError("A lab's workers are started on their own machines, by: saliencnn worker.")
    # A worker takes its place seconds after its process has begun: so two people who start one
    # in these seconds must hear of each other here.
    with FileLock(queue.folder / "worker.start.lock"):
        if is_starting(queue):
            raise UserError(_STARTING)
        try:
            with _place(queue):
                pass
        except Timeout as error:
            raise UserError(_TAKEN) from error
        with (queue.folder / "worker.log").open("ab") as log:
            size = log.tell()
            process = subprocess.Popen(
                own_command("worker"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **_addresses(queue.store)},
            )
        _started(queue).write_text(f"{name_process(process.pid)}\n{size}")
    # Somebody has to wait for it, else it stays a zombie for as long as this process lives.
    threading.Thread(target=process.wait, daemon=True).start()
    return process.pid


def is_starting(queue: Queue, known: Collection[str] | None = None) -> bool:
    """Whether the process that ``start_local_worker`` has begun last is there, but not ready.

    Args:
        queue: whose.
        known: ids of the workers in a list that was read some seconds ago: one that has announced
            itself since is still starting to whoever reads that. None asks the queue.
    """
    start = read_start(queue)
    if start is None or not is_here(start.process):
        return False
    state = read_state(queue, start.process)
    return not state if known is None else state != "ended" and start.process not in known


def is_leaving(queue: Queue) -> bool:
    """Whether that process is still there although its worker has ended: for some seconds."""
    start = read_start(queue)
    if start is None or not is_here(start.process):
        return False
    return read_state(queue, start.process) == "ended"


def read_start(queue: Queue) -> LocalStart | None:
    """Return the newest start of a worker on this machine, or None where nothing is known."""
    if not queue.is_embedded:
        return None
    try:
        process, _, size = _started(queue).read_text().partition("\n")
        return LocalStart(process, int(size or 0))
    except (OSError, ValueError):
        return None


def explain_failed_start(queue: Queue) -> str:
    """Say why the worker that was started last ended before it was ready; empty if it did not."""
    start = read_start(queue)
    if start is None or is_here(start.process) or read_state(queue, start.process):
        return ""
    with (queue.folder / "worker.log").open("rb") as log:
        log.seek(start.log_size)
        lines = log.read().decode(errors="replace").split("\n")
    said = next((line for line in reversed(lines) if line.strip()), "it printed nothing")
    return one_sentence(mask_secrets(said.removeprefix("saliencnn: ")))


def _started(queue: Queue) -> Path:
    return queue.folder / "worker.process"


def _place(queue: Queue) -> FileLock:
    return FileLock(queue.folder / "worker.lock", timeout=0)


def _addresses(store: Store) -> dict[str, str]:
    """Return the environment in which a process finds the same store and studies."""
    studies = study_url(store).render_as_string(hide_password=False)
    return {"MLFLOW_TRACKING_URI": store.uri, "SALIENCNN_STUDY_URL": studies}

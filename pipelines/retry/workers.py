"""Which workers there are: where they run, whether they live, and what they are at."""

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import optuna
from filelock import FileLock, Timeout

from pipelines.retry.studies import Queue, study_url
from saliencnn.common.errors import UserError
from saliencnn.common.heartbeats import HeartbeatWatch
from saliencnn.common.process import describe_process, is_here, name_process, own_command
from saliencnn.common.secrets import mask_secrets
from saliencnn.common.sentences import one_sentence
from saliencnn.store.connection import Store

WORKERS = "saliencnn-workers"
"""The study that holds nothing but what workers announce and what people want of them."""
SILENCE = 30.0
"""Seconds without a heartbeat after which a worker counts as dead."""
RUNNING, PAUSED, ENDED = "running", "paused", "ended"
"""What people may want of a worker: to work, to take nothing new, or to end."""
MAX_LISTED_AGE = 24 * 3600.0
"""Seconds for which a worker that ended or died stays in the list."""

_watch = HeartbeatWatch(SILENCE)
"""The workers' heartbeats that this process has seen, of all queues."""


@dataclass(frozen=True)
class WorkerInfo:
    """A worker, as it last announced itself.

    Attributes:
        id: its process's name, as ``this_process`` gives it.
        state: ``starting``, ``idle``, ``training``, ``paused``, ``waiting`` (for a store that is
            away) or ``ended``.
        seen_at: its last heartbeat in seconds since 1970, by the queue's clock.
        request: id of the request that it trains, else empty.
        run_id: id of the run that trains it, else empty.
        wanted: ``RUNNING``, ``PAUSED`` or ``ENDED``.
        alive: whether its heartbeat goes on.
    """

    id: str
    state: str
    seen_at: float
    request: str = ""
    run_id: str = ""
    wanted: str = RUNNING
    alive: bool = False

    @property
    def name(self) -> str:
        """Its name for people."""
        return describe_process(self.id)


_ANNOUNCED = ("id", "state", "seen_at", "request", "run_id")
"""What a worker says of itself; the rest is what others want of it or see."""


def announce(queue: Queue, info: WorkerInfo) -> None:
    """Say what a worker is at."""
    said = {name: value for name, value in asdict(info).items() if name in _ANNOUNCED}
    queue.storage.set_study_user_attr(_study_id(queue), f"worker:{info.id}", said)


def list_workers(queue: Queue) -> list[WorkerInfo]:
    """Return the workers of the last day: living ones first, then those seen last.

    Raises:
        UserError: the studies cannot be reached.
    """
    with queue.reaching():
        noted, now = _read(queue), queue.now()
    named = [said for key, said in noted.items() if key.startswith("worker:")]
    found = [info for said in named if (info := _describe(queue, said, noted, now))]
    return sorted(found, key=lambda info: (not info.alive, -info.seen_at))


def _describe(
    queue: Queue, said: Mapping[str, Any], noted: Mapping[str, Any], now: float
) -> WorkerInfo | None:
    """Return a worker of the last day; None where it is older, or says nothing of the kind."""
    try:
        worker, seen_at = str(said["id"]), float(said["seen_at"])
        texts = {name: str(said[name]) for name in _ANNOUNCED if name != "seen_at"}
    except (KeyError, TypeError, ValueError):
        return None
    if now - seen_at >= MAX_LISTED_AGE:
        return None
    beats = _watch.is_alive((queue.url, worker), str(seen_at), now - seen_at)
    return WorkerInfo(
        **texts,
        seen_at=seen_at,
        wanted=noted.get(f"wanted:{worker}", RUNNING),
        alive=beats and texts["state"] != "ended",
    )


def pause_worker(queue: Queue, worker: str) -> None:
    """Let a worker finish what it trains and then take nothing new.

    Raises:
        UserError: there is no such worker.
    """
    _want(queue, worker, PAUSED)


def resume_worker(queue: Queue, worker: str) -> None:
    """Let a paused worker take requests again.

    Raises:
        UserError: there is no such worker.
    """
    _want(queue, worker, RUNNING)


def end_worker(queue: Queue, worker: str) -> None:
    """Let a worker end at its next batch, and give back the request that it trains.

    It learns of that with its next heartbeat, or its next look at an empty queue.

    Raises:
        UserError: there is no such worker.
    """
    _want(queue, worker, ENDED)


def what_is_wanted(queue: Queue, worker: str) -> str:
    """Return what people want of a worker."""
    return str(_read(queue).get(f"wanted:{worker}", RUNNING))


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


def is_starting(queue: Queue) -> bool:
    """Whether the process that ``start_local_worker`` has begun last is there."""
    start = read_start(queue)
    return start is not None and is_here(start.process)


@dataclass(frozen=True)
class LocalStart:
    """The start of an embedded store's worker, as its starter noted it.

    Attributes:
        process: its name, which is the worker's id once it announces itself.
        log_size: bytes of ``worker.log`` before it wrote any.
    """

    process: str
    log_size: int = 0


def read_start(queue: Queue) -> LocalStart | None:
    """Return the newest start of a worker on this machine, or None where nothing is known."""
    if not queue.is_embedded:
        return None
    try:
        process, _, size = _started(queue).read_text().partition("\n")
        return LocalStart(process, int(size or 0))
    except (OSError, ValueError):
        return None


def explain_failed_start(queue: Queue, workers: Sequence[WorkerInfo]) -> str:
    """Say why the worker that was started last ended before it was ready; empty if it did not.

    Args:
        queue: whose worker it is.
        workers: those that have announced themselves.
    """
    start = read_start(queue)
    if start is None or is_here(start.process) or start.process in {one.id for one in workers}:
        return ""
    with (queue.folder / "worker.log").open("rb") as log:
        log.seek(start.log_size)
        lines = log.read().decode(errors="replace").split("\n")
    said = next((line for line in reversed(lines) if line.strip()), "it printed nothing")
    return one_sentence(mask_secrets(said.removeprefix("saliencnn: ")))


_STARTING = (
    "Another worker is being started on this embedded store, or runs; it takes only one, a lab's "
    "takes many."
)
_TAKEN = "Another worker has this embedded store already; it takes only one, a lab's takes many."


def _started(queue: Queue) -> Path:
    return queue.folder / "worker.process"


def _place(queue: Queue) -> FileLock:
    return FileLock(queue.folder / "worker.lock", timeout=0)


def _addresses(store: Store) -> dict[str, str]:
    """Return the environment in which a process finds the same store and studies."""
    studies = study_url(store).render_as_string(hide_password=False)
    return {"MLFLOW_TRACKING_URI": store.uri, "SALIENCNN_STUDY_URL": studies}


def _want(queue: Queue, worker: str, wanted: str) -> None:
    with queue.reaching():
        if f"worker:{worker}" not in _read(queue):
            raise UserError(f"There is no worker {worker!r}.")
        queue.storage.set_study_user_attr(_study_id(queue), f"wanted:{worker}", wanted)


def _read(queue: Queue) -> dict[str, Any]:
    for study in queue.storage.get_all_studies():
        if study.study_name == WORKERS:
            return dict(study.user_attrs)
    return {}


def _study_id(queue: Queue) -> int:
    try:
        return queue.storage.get_study_id_from_name(WORKERS)
    except KeyError:
        optuna.create_study(study_name=WORKERS, storage=queue.storage, load_if_exists=True)
        return queue.storage.get_study_id_from_name(WORKERS)

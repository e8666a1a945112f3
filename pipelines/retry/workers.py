"""Which workers there are: where they run, whether they live, and what they are at."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import optuna

from pipelines.retry.studies import Queue
from saliencnn.common.errors import UserError
from saliencnn.common.heartbeats import HeartbeatWatch
from saliencnn.common.process import describe_process

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
        state: ``starting``, ``idle``, ``training``, ``reporting`` (on what it trained), ``paused``,
            ``waiting`` (for a store that is away) or ``ended``.
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

    It learns of that within seconds, see ``worker.LOOK`` and ``POLL``.

    Raises:
        UserError: there is no such worker.
    """
    _want(queue, worker, ENDED)


def read_state(queue: Queue, worker: str) -> str:
    """Return what a worker has said last that it is at; "" where it has never said anything."""
    said = _read(queue).get(f"worker:{worker}", {})
    return str(said.get("state", "")) if isinstance(said, dict) else ""


def what_is_wanted(queue: Queue, worker: str) -> str:
    """Return what people want of a worker."""
    return str(_read(queue).get(f"wanted:{worker}", RUNNING))


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

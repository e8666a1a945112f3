"""A queue in front of the process that computes: whoever comes first is answered first.

People who ask the same at the same time get one computation. The process starts with the first
request, and ends after a while without any, which gives its memory back.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.computing.frames import (
    COMPUTE,
    FAILED,
    FORGET,
    PROGRESS,
    Frame,
    decode,
    encode,
    make_error,
    name_of,
)
from pipelines.computing.process import ComputerDied, ComputingProcess
from saliencnn.common.progress import Progress
from saliencnn.common.sentences import count
from saliencnn.common.translation import translate

IDLE = 600.0
"""Seconds without a request after which the process ends."""
LOOK = 0.2
"""Seconds between two reports to whoever waits; each may raise, to give up."""
PATIENCE = 30.0
"""Seconds that a computation which nobody wants any more may take to notice."""


NO_ANSWER = Frame(0, FORGET)


@dataclass(eq=False)
class _Job:
    """A computation that some people wait for.

    Attributes:
        request: what is asked, encoded.
        people: how many wait for it.
        standing: fraction that is done, and what is being done in words.
        ended: whether there is an answer.
        answer: the message that holds what came back, or an error.
    """

    request: bytes
    people: int = 0
    standing: tuple[float, str] = (0.0, "waiting for its turn")
    ended: threading.Event = field(default_factory=threading.Event)
    answer: Frame = NO_ANSWER


class Computer:
    """Computes for all people of a dashboard, one request after the other.

    Attributes:
        idle: seconds without a request after which the process ends.
        patience: seconds that a computation which nobody wants any more may go on.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self.idle, self.patience = IDLE, PATIENCE
        self._changed = threading.Condition()
        self._jobs: dict[bytes, _Job] = {}
        self._running: _Job | None = None
        self._number = 0
        self._process: ComputingProcess | None = None
        self._thread: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """The process that computes, if there is one now."""
        process = self._process
        return process.pid if process else None

    def compute(
        self, work: str, given: Sequence[Any], named: Mapping[str, Any], report: Progress
    ) -> Any:
        """Return what a function of ours returns, computed by the process.

        Args:
            work: the function's name, as ``name_of`` gives it.
            given: its arguments: numbers, texts, arrays, stores, and dataclasses of ours.
            named: likewise; its own ``report`` is the process's.
            report: called with the progress, at least every ``LOOK`` seconds. What it raises
                comes out, and the computation ends unless somebody else waits for it.

        Raises:
            ComputerDied: the process ended meanwhile; the next request starts another.
            UserError: whatever the function raises, as the sentence that people are told.
        """
        job = self._join(encode((work, tuple(given), dict(named))))
        try:
            while not job.ended.wait(LOOK):
                report(*self._standing(job))
        finally:
            self._leave(job)
        if job.answer.kind == FAILED:
            raise make_error(*job.answer.words)
        return decode(job.answer.content)

    def _join(self, request: bytes) -> _Job:
        with self._changed:
            job = self._jobs.setdefault(request, _Job(request))
            job.people += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()
            self._changed.notify_all()
            return job

    def _leave(self, job: _Job) -> None:
        with self._changed:
            job.people -= 1
            if job.people or job.ended.is_set():
                return
            self._jobs.pop(job.request)
            process = self._process
            if job is self._running and process:
                process.tell(Frame(self._number, FORGET))
                killer = threading.Timer(self.patience, _kill, (job, process))
                killer.daemon = True
                killer.start()

    def _standing(self, job: _Job) -> tuple[float, str]:
        with self._changed:
            if job is self._running or job.ended.is_set():
                return job.standing
            known = [*self._jobs.values()]
            # Also one that nobody wants any more, until it has noticed.
            abandoned = self._running is not None and self._running not in known
            before = (known.index(job) if job in known else 0) + abandoned
        if not before:
            return job.standing
        waiting = count(before, "computation", "computations")
        return 0.0, f"waiting for {waiting} that came before"

    def _work(self) -> None:
        """Take one job after the other, for as long as this process lives."""
        while True:
            with self._changed:
                while not self._jobs:
                    if not self._changed.wait(self.idle):
                        self._end()
                job = self._running = next(iter(self._jobs.values()))
            try:
                job.answer = self._serve(job)
            except Exception as error:
                self._end()
                sentence = translate(error, "the dashboard's log").sentence
                job.answer = Frame(0, FAILED, (name_of(ComputerDied), sentence))
            with self._changed:
                self._running = None
                if self._jobs.get(job.request) is job:
                    del self._jobs[job.request]
                job.ended.set()

    def _serve(self, job: _Job) -> Frame:
        """Let the process do a job; return its answer."""
        process = self._start(job)
        with self._changed:
            if not job.people:
                return NO_ANSWER
            self._number += 1
            process.tell(Frame(self._number, COMPUTE, content=job.request))
        while (frame := process.receive()).kind == PROGRESS:
            job.standing = frame.words[0], frame.words[1]
        return frame

    def _start(self, job: _Job) -> ComputingProcess:
        """Return the process, started anew unless it is there."""
        if self._process is None or self._process.pid is None:
            self._end()
            job.standing = 0.0, "starting the process that computes"
            self._process = ComputingProcess()
            job.standing = 0.0, "started"
        return self._process

    def close(self) -> None:
        """End the process, if there is one and it computes nothing; the next request starts one."""
        with self._changed:
            if self._running is None:
                self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process:
            process.end()


def _kill(job: _Job, process: ComputingProcess) -> None:
    if not job.ended.is_set():
        process.kill()

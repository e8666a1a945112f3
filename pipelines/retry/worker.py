"""A worker: takes requests from the queue, one after the other, and trains them.

What trains is imported with the first request: it takes seconds and most of a gigabyte, which a
worker that waits does not need.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from optuna.trial import TrialState

from pipelines.retry import claims
from pipelines.retry.claims import Claimed
from pipelines.retry.end_wish import EndWish
from pipelines.retry.local_worker import only_worker
from pipelines.retry.studies import AWAY, Queue, StudiesAway
from pipelines.retry.workers import ENDED, PAUSED, WorkerInfo, announce, what_is_wanted
from pipelines.training.request import Interrupted, OnEpoch, ignore_epoch
from saliencnn.common.errors import UserError
from saliencnn.common.process import this_process
from saliencnn.common.progress import Progress, silent
from saliencnn.common.translation import translate
from saliencnn.store.abandoned import mark_abandoned
from saliencnn.store.outage import answers
from saliencnn.store.runs import RunInfo

_log = logging.getLogger(__name__)

END_DELAY = 0.5
"""Seconds between a failure and the signal that it may follow from, which ends the worker."""
POLL = 5.0
"""Seconds between two looks at an empty queue."""
LOOK = 2.0
"""Seconds between two looks at what is wanted of a worker that trains, and of what it trains."""


class Worker:
    """Trains one request at a time until it is asked to end.

    Args:
        queue: where requests wait.
        poll: seconds between two looks at an empty queue.
        say: called with a sentence about everything it does.
        report: called with the progress of training.
        on_epoch: called with every complete epoch's numbers.
        interrupted: called at every batch; a sentence in answer ends it, as ``end`` does.
        loaders: processes that load images, as for ``train``.
    """

    def __init__(
        self,
        queue: Queue,
        poll: float = POLL,
        say: Callable[[str], None] = print,
        report: Progress = silent,
        on_epoch: OnEpoch = ignore_epoch,
        interrupted: Interrupted = lambda: "",
        loaders: int | None = None,
    ) -> None:
        self._queue, self._poll, self._say = queue, poll, say
        self._asked_to_end = interrupted
        self._report, self._on_epoch, self._loaders = report, on_epoch, loaders
        self._ending, self._over = EndWish(), threading.Event()
        self._info = WorkerInfo(this_process(), "idle", seen_at=0.0)
        self._claimed: Claimed | None = None
        self._lost = False
        self._cancelled = ""
        self._interruptible = False
        self._renewing = False

    def end(self) -> None:
        """Let it stop at the next batch, and give back the request that it trains."""
        self._ending.set()

    @property
    def interruptible(self) -> bool:
        """Whether what it is at may be cut off anywhere: it prepares or trains a request."""
        return self._interruptible

    def run(self, once: bool = False, renew: bool = False) -> bool:
        """Work until asked to end, or with ``once`` until nothing waits.

        Args:
            once: end when nothing waits.
            renew: return, still counted as alive, when nothing waits after something was trained.

        Returns:
            Whether ``renew`` ended it: the process shall begin anew, without what training took.

        Raises:
            UserError: the store is embedded and has a worker already.
        """
        trained = False
        with only_worker(self._queue), self._beating():
            mark_abandoned(self._queue.store)
            while not self._ending.is_set():
                claimed = self._next()
                if claimed:
                    self._work(claimed)
                    trained = True
                elif once and self._info.state == "idle":
                    return False
                elif renew and trained:
                    self._renewing = True
                    return True
                else:
                    self._ending.wait(self._poll)
        return False

    def _next(self) -> Claimed | None:
        """Claim a request, unless paused or while the store or the studies are away."""
        try:
            wanted = what_is_wanted(self._queue, self._info.id)
            if wanted == ENDED:
                self.end()
                return None
            if wanted == PAUSED:
                self._become("paused")
                return None
            self._become("idle")
            if answers(self._queue.store):
                return claims.claim(self._queue, self._info.id)
            self._wait_for("The store", self._queue.store.address)
        except (*AWAY, StudiesAway) as error:
            self._wait_for("The studies", error)
        return None

    def _work(self, claimed: Claimed) -> None:
        """Train a request and see to it that its end is known, whatever happens."""
        info = claimed.info
        self._claimed, self._lost, self._cancelled = claimed, False, ""
        self._become("training", request=info.id, run_id=info.run_id or "")
        self._say(f"{info.id}: taken, asked by {info.asked_by}.")
        from saliencnn.recording.ending import Stopped
        from saliencnn.recording.epoch_record import Superseded

        try:
            self._complete(claimed, self._train(claimed))
        except Superseded:
            self._say(f"{info.id}: taken over by another worker.")
        except Stopped as stopped:
            if self._ending.is_set():
                self._give_back(claimed)
            else:
                self._fail(claimed, str(stopped), self._cancelled)
        except KeyboardInterrupt:
            self._give_back(claimed)
            if not self._ending.is_set():
                raise
        except Exception as error:
            # Whatever fails while the worker is being ended is no fault of the request.
            if self._ending.wait(END_DELAY):
                self._give_back(claimed)
                return
            if not isinstance(error, UserError):
                _log.error("Request %s failed.", claimed.info.id, exc_info=error)
            self._fail(claimed, translate(error, "the worker's log").sentence)
        finally:
            self._claimed = None
        mark_abandoned(self._queue.store)

    def _train(self, claimed: Claimed) -> RunInfo:
        from pipelines.retry.request_training import RequestTraining

        training = RequestTraining(
            self._queue,
            claimed,
            lambda run_id: self._become("training", claimed.info.id, run_id),
            self._wait_for,
            self._interrupted,
            self._report,
            self._on_epoch,
            self._loaders,
            claimed.info.run_id or "",
        )
        try:
            self._interruptible = True
            return training.complete()
        finally:
            self._interruptible = False

    def _interrupted(self) -> str:
        """Say why training has to end at this batch, if it has to."""
        if self._lost:
            from saliencnn.recording.epoch_record import Superseded

            raise Superseded("Another worker has taken the request over.")
        if self._cancelled:
            return f"Cancelled by {self._cancelled}."
        if self._asked_to_end():
            self.end()
        return "Its worker was ended; another goes on." if self._ending.is_set() else ""

    def _complete(self, claimed: Claimed, run: RunInfo) -> None:
        self._retry_until_stored(lambda: claims.complete(self._queue, claimed))
        accuracy = run.metrics["best_val_accuracy"]
        self._say(
            f"{claimed.info.id}: completed by run {run.run_id}: best accuracy {accuracy:.3f}."
        )
        from pipelines.report.make import report_run

        self._become("reporting", claimed.info.id, run.run_id)
        report_run(self._queue.store, run.run_id)

    def _fail(self, claimed: Claimed, reason: str, cancelled: str | None = None) -> None:
        self._retry_until_stored(lambda: claims.fail(self._queue, claimed, reason, cancelled))
        word = "failed" if cancelled is None else "cancelled"
        self._say(f"{claimed.info.id}: {word}: {reason}")

    def _give_back(self, claimed: Claimed) -> None:
        self._retry_until_stored(lambda: claims.put_back(self._queue, claimed))
        self._say(f"{claimed.info.id}: put back into the queue.")

    def _retry_until_stored(self, write: Callable[[], object]) -> None:
        """Write to the studies, if need be again until they can be reached.

        A worker that is ended meanwhile gives up; another then finds the run as it is.
        """
        while True:
            try:
                write()
                return
            except (*AWAY, StudiesAway) as error:
                if self._ending.is_set():
                    return
                self._wait_for("The studies", error)

    def _wait_for(self, what: str, why: Exception | str) -> None:
        """Say that something is away, and leave living workers time for a heartbeat."""
        reason = why if isinstance(why, str) else translate(why).sentence
        self._become("waiting", self._info.request, self._info.run_id)
        self._say(f"{what} cannot be reached, trying again: {reason}")
        self._ending.wait(max(self._poll, 2 * self._queue.heartbeat))

    def _become(self, state: str, request: str = "", run_id: str = "") -> None:
        self._info = replace(self._info, state=state, request=request, run_id=run_id)
        self._announce()

    def _announce(self) -> None:
        try:
            announce(self._queue, replace(self._info, seen_at=self._queue.now()))
        except AWAY:
            return  # the next heartbeat says the same

    @contextmanager
    def _beating(self) -> Iterator[None]:
        """Keep the worker's and its request's heartbeat going in the background."""
        thread = threading.Thread(target=self._keep_beating, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join(timeout=5)
            self._become("starting" if self._renewing else "ended")

    def _keep_beating(self) -> None:
        heartbeat, failing = self._queue.heartbeat, False
        due = time.monotonic() + heartbeat
        while not self._over.wait(min(LOOK, heartbeat)):
            try:
                if time.monotonic() >= due:
                    self._announce()
                    if claimed := self._claimed:
                        claims.beat(self._queue, claimed)
                    due = time.monotonic() + heartbeat
                self._listen()
                failing = False
            except Exception as error:
                # Without a heartbeat, another worker would take over what this one trains.
                if not failing:
                    why = translate(error).sentence
                    _log.warning("The heartbeat of worker %s fails: %s", self._info.id, why)
                failing = True

    def _listen(self) -> None:
        """Learn what is wanted of the worker, and what has become of its request."""
        if what_is_wanted(self._queue, self._info.id) == ENDED:
            self.end()
        claimed = self._claimed
        if claimed is None:
            return
        trial = claims.look(self._queue, claimed)
        if claimed is self._claimed:
            self._lost = trial.state != TrialState.RUNNING
            self._cancelled = trial.user_attrs.get("cancelled", "")

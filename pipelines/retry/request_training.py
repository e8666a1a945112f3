"""Training a request, from its first batch or on from where a dead worker has left it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from pipelines.retry import claims
from pipelines.retry.claims import Claimed, find_stray
from pipelines.retry.ignored_groups import ignore_groups
from pipelines.retry.map_groups import choose_groups, find_groups
from pipelines.retry.studies import Queue
from pipelines.training.request import Interrupted, OnEpoch
from pipelines.training.resume import resume
from pipelines.training.run import train
from saliencnn.common.progress import Progress
from saliencnn.recording.delivery import Undelivered
from saliencnn.recording.ending import Stopped
from saliencnn.recording.epoch_record import EpochMissing, Superseded
from saliencnn.recording.spool import SpoolBusy, spool_folder
from saliencnn.recording.sync import SetAside, deliver_spooled, own_database
from saliencnn.store.outage import StoreAway, reaching
from saliencnn.store.runs import RunInfo, finish_run, read_facts, read_run


@dataclass
class RequestTraining:
    """The training of one claimed request.

    Attributes:
        queue: where the request is.
        claimed: the request.
        trains: called with the run's id, or empty, whenever training begins or goes on.
        wait: called with what is away and why; returns once it is worth another try.
        interrupted: called at every batch; a sentence in answer ends training.
        report: called with the progress of training.
        on_epoch: called with every complete epoch's numbers.
        loaders: processes that load images, as for ``train``.
        run_id: of the run that trains it, empty before there is one.
    """

    queue: Queue
    claimed: Claimed
    trains: Callable[[str], None]
    wait: Callable[[str, Exception], None]
    interrupted: Interrupted
    report: Progress
    on_epoch: OnEpoch
    loaders: int | None
    run_id: str

    def complete(self) -> RunInfo:
        """Train the request; where the store goes away, wait for it and go on.

        Raises:
            Stopped: ``interrupted`` said so, or somebody asked the run to stop.
            Superseded: another worker has taken the request over.
        """
        while True:
            self.trains(self.run_id)
            try:
                with reaching(self.queue.store):
                    return read_run(self.queue.store, self._train())
            except (StoreAway, Undelivered, SpoolBusy) as error:
                self.wait("The store", error)
            if reason := self.interrupted():
                raise Stopped(reason)

    def _train(self) -> str:
        """Train the request and return its run, going on with one that a dead worker has left."""
        store, claimed = self.queue.store, self.claimed
        with own_database(store, claimed.parent):
            read_run(store, claimed.parent)
            if claimed.info.request.ignored_groups:
                return self._ignore()
            run_id = self.run_id or find_stray(self.queue, claimed)
            if not run_id:
                return train(
                    store,
                    claimed.info.request,
                    self.report,
                    started=self._started,
                    parent=claimed.parent,
                    interrupted=self.interrupted,
                    on_epoch=self.on_epoch,
                    loaders=self.loaders,
                )
        if run_id != self.run_id:
            self._started(run_id)
        with own_database(store, run_id):
            self._go_on(run_id)
        return run_id

    def _ignore(self) -> str:
        """Make the network that ignores groups; what a dead worker has left is made anew."""
        store, request = self.queue.store, self.claimed.info.request
        if self.run_id and read_run(store, self.run_id).status == "finished":
            return self.run_id

        def report(fraction: float, words: str) -> None:
            if reason := self.interrupted():
                raise Stopped(reason)
            self.report(fraction, words)

        run = read_run(store, self.claimed.info.from_run)
        epoch = int(request.weights.rpartition(":")[2])
        groups = choose_groups(find_groups(store, run, epoch), request.ignored_groups)
        return ignore_groups(store, run, epoch, groups, report, self.claimed.parent, self._started)

    def _go_on(self, run_id: str) -> None:
        """Go on with a run, unless only its end was missing."""
        store = self.queue.store
        with suppress(Superseded, SetAside, EpochMissing):  # to be trained again
            deliver_spooled(store, spool_folder(store), run_id)
        run = read_run(store, run_id)
        if run.status == "finished":
            return
        if read_facts(store, run_id).get("stop"):
            raise Stopped(run.reason)
        resume(
            store,
            run_id,
            self.report,
            taken_over=True,
            interrupted=self.interrupted,
            on_epoch=self.on_epoch,
            loaders=self.loaders,
        )

    def _started(self, run_id: str) -> None:
        self.run_id = run_id
        self.trains(run_id)
        if not claims.record_run(self.queue, self.claimed, run_id):
            reason = "Another worker had taken its request over before it began."
            finish_run(self.queue.store, run_id, "KILLED", reason)
            raise Superseded(reason)

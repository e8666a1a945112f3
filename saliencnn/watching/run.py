"""A run whose epochs its own script trains, and that is recorded beside it."""

import atexit
import time
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import torch
from torch import nn

from saliencnn.checks.subject import Subject
from saliencnn.checks.table import CHECKS
from saliencnn.common.errors import UserError
from saliencnn.common.evenly import choose_evenly
from saliencnn.common.process import this_process
from saliencnn.common.translation import find_reason, translate
from saliencnn.data.planes import decode_planes
from saliencnn.recording.delivery import Delivery
from saliencnn.recording.ending import Stopped, end_early, finish, give_up
from saliencnn.recording.epoch_record import check_owner
from saliencnn.recording.recorder import Recorded, Recorder
from saliencnn.saliency.methods import applicable
from saliencnn.store.connection import Store
from saliencnn.store.heartbeat import Heartbeat
from saliencnn.trust.audit import AUDITED_METHODS, keep_audit
from saliencnn.watching.settings import write_metrics
from saliencnn.watching.undisturbed import undisturbed

ENDED = "Its process ended without calling end()."


class WatchedRun:
    """A run under way; ``watch`` makes it. As a context manager it ends by itself.

    Attributes:
        run_id: MLflow's id of the run.
        store: where it is.
    """

    def __init__(
        self,
        store: Store,
        recorded: Recorded,
        model: nn.Module,
        training_images: int,
        every: int,
        methods: tuple[str, ...] | None,
    ) -> None:
        """Plan the maps of every epoch, and let the store know that the run is under way."""
        self.store, self.run_id = store, recorded.run_id
        self._model, self._every, self._recorded = model, every, recorded
        self._delivery = Delivery(store, recorded.run_id)
        with undisturbed(model):
            self._recorder = Recorder(
                recorded, self._delivery, model, training_images, methods=methods
            )
        self._heartbeat = Heartbeat(store, recorded.run_id, this_process())
        self._beating = ExitStack()
        self._beating.enter_context(self._heartbeat.beating())
        self._calls = self._epoch = 0
        self._began = time.perf_counter()
        self._ended = False
        atexit.register(self._end_with_process)

    def epoch(self, **metrics: Any) -> dict[str, float]:
        """Validate and explain the network as it is, and record it with its checkpoint.

        The network, its mode and all random numbers stay as they are. While the store is away,
        epochs wait on this machine's disk (``saliencnn sync`` delivers what is left).

        Args:
            metrics: the loop's own numbers of this epoch, e.g. ``train_loss=0.3``.

        Returns:
            The epoch's numbers: ``val_accuracy``, ``val_loss``, ... and those that were given.
            Those alone where this epoch is not recorded (``every``).

        Raises:
            Stopped: somebody asked the run to stop; it is then ended.
            UserError: it has ended, or belongs to another process.
        """
        if self._ended:
            raise UserError(f"Run {self.run_id} has ended; watch the network again for another.")
        self._calls += 1
        if self._calls % self._every:
            return write_metrics(metrics, {})[0]
        try:
            return self._record(metrics)
        except BaseException as error:
            self._close(error)
            raise

    def check(
        self,
        images: int = 32,
        methods: Sequence[str] | str = AUDITED_METHODS,
        checks: Sequence[str] | str = (),
    ) -> dict[str, dict[str, str]]:
        """Check how far the maps can be trusted, with the network as it is; Trust shows it.

        Call it right after ``epoch``, whose maps it checks. It takes minutes on a CPU.

        Args:
            images: how many validation images, taken evenly from all classes.
            methods: which maps, or one of them; those that are not defined for the network are
                left out.
            checks: which; by default all. Label randomization is not judged here.

        Returns:
            Check -> method -> ``pass``, ``borderline``, ``fail`` or ``not judged``.

        Raises:
            UserError: no epoch is recorded yet, or there are not so many images.
        """
        if not self._epoch:
            raise UserError("Record an epoch before its maps are checked.")
        run, epoch = self._recorded, self._epoch
        methods = (methods,) if isinstance(methods, str) else methods
        checks = (checks,) if isinstance(checks, str) else checks
        named = tuple(checks) or tuple(CHECKS)
        labels = run.images.index.labels
        if not 2 <= images <= len(labels):
            raise UserError(f"images is {images}; it must be from 2 to {len(labels)}.")
        chosen = choose_evenly(labels, images)
        with undisturbed(self._model):
            pixels = decode_planes(run.images.encoded[int(place)] for place in chosen)
            parameter = next(self._model.parameters())
            subject = Subject(
                self._model,
                run.spec,
                run.preparation.normalise(pixels).to(parameter.device, parameter.dtype),
                torch.from_numpy(labels[chosen]),
                tuple(applicable(methods, run.spec)),
                run.seed,
            )
            found = keep_audit(self.store, self.run_id, epoch, chosen, subject, named)
        return {
            check: {method: str(one.outcome) for method, one in results.items()}
            for check, results in found.results.items()
        }

    def end(self) -> None:
        """End the run as finished; doing it again does nothing.

        Raises:
            Undelivered: the store has gone away, and a part of the run waits on this disk.
        """
        if not self._ended:
            self._release()
            finish(self._delivery, self.run_id, self._epoch)

    def fail(self, error: BaseException) -> None:
        """End the run as failed, or as stopped by hand, with an error's words as the reason."""
        if not self._ended:
            self._close(_blame_loop(error))

    @property
    def ended(self) -> bool:
        """Whether nothing more is recorded."""
        return self._ended

    def __enter__(self) -> "WatchedRun":
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.end()
        else:
            self.fail(error)

    def __repr__(self) -> str:
        """Say which run it is, and how to look at it."""
        state = "ended" if self._ended else "under way"
        return (
            f"WatchedRun({self.run_id}, {self._epoch} epochs, {state}; see it with: "
            f"MLFLOW_TRACKING_URI={self.store.address} saliencnn app)"
        )

    def _record(self, metrics: dict[str, Any]) -> dict[str, float]:
        self._obey()
        self._epoch += 1
        self._heartbeat.progress = f"epoch {self._epoch}, validating"
        with undisturbed(self._model), torch.inference_mode(False):
            validated = self._recorder.validate()
            assert validated  # nobody shares its images
            self._recorder.score(validated, {})
        now = time.perf_counter()
        seconds, self._began = now - self._began, now
        measured = {**validated.metrics, "best_val_accuracy": 0.0, "seconds": seconds}
        own, broken = write_metrics(validated.metrics, {})
        given, unfit = write_metrics(metrics, measured)
        numbers = {**own, **given, "seconds": seconds}
        if self._every > 1:
            numbers["loop_epoch"] = float(self._calls)
        news = tuple(
            f"{name} was no finite number at epoch {self._epoch}." for name in (*broken, *unfit)
        )
        self._recorder.send(self._epoch, validated, numbers, last=False, news=news)
        self._heartbeat.progress = f"epoch {self._epoch} is recorded"
        return {**numbers, "best_val_accuracy": self._recorder.training.best_accuracy}

    def _obey(self) -> None:
        """End the run where people or another process want it."""
        check_owner(self.run_id, self._heartbeat.owner, this_process())
        if self._heartbeat.stopped_by:
            raise Stopped(f"Stopped by {self._heartbeat.stopped_by}.")

    def _close(self, error: BaseException) -> None:
        self._release()
        end_early(self._delivery, self.run_id, error)

    def _release(self) -> None:
        self._ended = True
        self._beating.close()
        atexit.unregister(self._end_with_process)

    def _end_with_process(self) -> None:
        self._release()
        give_up(self._delivery, self.run_id, "KILLED", ENDED, hurry=True)


def _blame_loop(error: BaseException) -> BaseException:
    """Return an error of the loop's own code as what it is, and no fault of this program."""
    if isinstance(error, Exception) and translate(error).ours:
        return UserError(f"Its loop ended with {type(error).__name__}: {find_reason(error)}.")
    return error

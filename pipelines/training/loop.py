"""The training loop: epoch after epoch, each on its way to the store before the next begins."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from pipelines.training.epoch import Learned, check_loss, learn_epoch
from pipelines.training.optimizer import freeze, make_optimizer
from pipelines.training.request import FinishedEpoch, Interrupted, OnEpoch, Request
from saliencnn.common.errors import UserError
from saliencnn.common.process import this_process
from saliencnn.common.progress import Progress, part_of
from saliencnn.common.sentences import list_some
from saliencnn.common.translation import translate
from saliencnn.data.fitted import why_unreadable
from saliencnn.data.image_index import Images
from saliencnn.data.imageset import ImageSet
from saliencnn.models.architectures import Architecture
from saliencnn.recording.delivery import STORE_TIMEOUT, Delivery
from saliencnn.recording.epoch_record import EpochRecord, RunEnd, Superseded, check_owner
from saliencnn.recording.map_plan import map_shape, plan_maps
from saliencnn.recording.validation import Validated, accuracy_on, cover_regions, validate
from saliencnn.store.checkpoints import Training
from saliencnn.store.connection import Store
from saliencnn.store.heartbeat import Heartbeat

END_DELAY = 0.5
"""Seconds between the end of a process that loads images and the signal that ends this one."""

_log = logging.getLogger(__name__)

TRAINER_LOG = "what its trainer printed or kept"
"""Where the traceback of a run that failed is to be found: on the machine that trained it."""


class Stopped(UserError):
    """Somebody asked the run to stop; its complete epochs stay."""


@contextmanager
def see_to_end(store: Store, run_id: str) -> Iterator[Delivery]:
    """Yield a run's delivery; whatever ends the run early, the store learns of it.

    Raises:
        BaseException: what ended it.
    """
    delivery = Delivery(store, run_id)
    try:
        yield delivery
    except Superseded:
        raise  # the run is another process's now, and so is its end
    except Stopped as stopped:
        _give_up(delivery, run_id, "KILLED", str(stopped))
        raise
    except KeyboardInterrupt as interrupt:
        reason = str(interrupt) or "Stopped by hand."
        _give_up(delivery, run_id, "KILLED", reason, hurry=True)
        raise
    except Exception as error:
        _give_up(delivery, run_id, "FAILED", translate(error, TRAINER_LOG).sentence)
        raise


def _give_up(
    delivery: Delivery, run_id: str, status: str, reason: str, hurry: bool = False
) -> None:
    """End the run early; report the original error, not what follows from it."""
    end = RunEnd(run_id, this_process(), 0, status, reason)
    try:
        delivery.close(end, patience=0, hurry=hurry)
    except UserError as error:
        _log.warning("%s", error)


def finish(delivery: Delivery, end: RunEnd) -> None:
    """Deliver what waits of a finished run and its end, and wait for a store that is away.

    Raises:
        Undelivered: it stayed away; everything waits in the spool.
    """
    delivery.close(end, STORE_TIMEOUT)


@dataclass
class TrainingRun:
    """A run under way: everything the loop needs at hand."""

    store: Store
    run_id: str
    request: Request
    architecture: Architecture
    image_set: ImageSet
    images: Images
    report: Progress
    interrupted: Interrupted
    on_epoch: OnEpoch
    loaders: int

    def go(
        self, delivery: Delivery, model: nn.Module, first: int, training: Training | None
    ) -> RunEnd:
        """Train epoch after epoch, and return the end that the run has then come to."""
        heartbeat = Heartbeat(self.store, self.run_id, this_process())
        with heartbeat.beating():
            try:
                last = self._train(model, first, training, heartbeat, delivery)
            except (Stopped, Superseded):
                raise
            except Exception:
                self._await_end()
                raise
        return RunEnd(self.run_id, this_process(), last, "FINISHED")

    def _await_end(self) -> None:
        """Leave the wish to end a moment to arrive, if it is what made something fail.

        Whoever ends all processes of a group may reach those that load images before this one.

        Raises:
            Stopped: the caller has been asked to end.
        """
        deadline = time.monotonic() + END_DELAY
        while not (reason := self.interrupted()) and time.monotonic() < deadline:
            time.sleep(0.05)  # a signal's handler may raise in here
        if reason:
            raise Stopped(reason)

    def _train(
        self,
        model: nn.Module,
        first: int,
        training: Training | None,
        heartbeat: Heartbeat,
        delivery: Delivery,
    ) -> int:
        """Return the last epoch."""
        request, hp = self.request, self.request.hyperparameters
        size = request.image_size or self.architecture.image_size
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        model = model.to(device).to(memory_format=torch.channels_last)
        freeze(model, self.architecture, hp.freeze_backbone)
        optimizer = make_optimizer(model, hp)
        if training:
            optimizer.load_state_dict(training.optimizer)
        samples, index = self.image_set.train, self.images.index
        plan = plan_maps(self.architecture, index.labels, len(samples))
        regions = cover_regions(self.images, map_shape(model, self.architecture, size))
        steps = sum(len(chosen) for _, chosen in plan.tables.values())
        learning = len(samples) / (len(samples) + steps)
        for epoch in range(first, hp.epochs + 1):
            self._obey(heartbeat)  # the processes that load images begin undisturbed
            started = time.perf_counter()
            report = self._watch(heartbeat, epoch, 0.0, learning)
            learned = learn_epoch(
                model, self.architecture, optimizer, samples, hp, size, epoch, self.loaders, report
            )
            report = self._watch(heartbeat, epoch, learning, 1.0)
            validated = validate(
                model, self.architecture, self.images, plan, regions, hp.seed, report
            )
            seconds = time.perf_counter() - started
            rate = learned.metrics["learning_rate"]
            check_loss(validated.metrics["val_loss"], epoch, "validation", rate)
            training = _score(optimizer, training, validated.metrics["val_accuracy"])
            metrics = {
                **learned.metrics,
                **validated.metrics,
                "best_val_accuracy": training.best_accuracy,
                "seconds": seconds,
                "images_per_second": (len(samples) + len(index)) / seconds,
            }
            if self.image_set.counterfactual:
                images = self.image_set.counterfactual
                metrics["counterfactual_accuracy"] = accuracy_on(model, images, size)
                metrics["counterfactual_images"] = float(len(images))
            record = self._pack(epoch, model, training, learned, validated, metrics)
            delivery.send(record)
            self.on_epoch(FinishedEpoch(self.run_id, epoch, hp.epochs, metrics))
            if record.last:
                break
        return epoch

    def _pack(
        self,
        epoch: int,
        model: nn.Module,
        training: Training,
        learned: Learned,
        validated: Validated,
        metrics: dict[str, float],
    ) -> EpochRecord:
        hp = self.request.hyperparameters
        skipped = learned.unreadable if epoch == 1 else ()
        why = why_unreadable(self.image_set.train, skipped)
        news = format_skipped(skipped, "training", why)
        stopping = epoch < hp.epochs and is_over(training, hp.patience)
        if stopping:
            news += (
                f"Training ended after epoch {epoch} of {hp.epochs}: the last {training.waited} "
                "brought no better validation accuracy.",
            )
        return EpochRecord(
            run_id=self.run_id,
            process=this_process(),
            arch=self.request.arch,
            keep=self.request.keep,
            epoch=epoch,
            last=stopping or epoch == hp.epochs,
            ended=time.time(),
            classes=self.image_set.classes,
            weights=model.state_dict(),
            training=training,
            predictions=validated.predictions,
            tables=validated.tables,
            metrics=metrics,
            skipped=skipped,
            news=news,
        )

    def _watch(self, heartbeat: Heartbeat, epoch: int, start: float, end: float) -> Progress:
        """Return the progress of a part of an epoch; at each call the run may be stopped."""
        epochs = self.request.hyperparameters.epochs
        part = part_of(self.report, start, end, f"epoch {epoch} of {epochs}")

        def report(fraction: float, words: str) -> None:
            self._obey(heartbeat)
            heartbeat.progress = f"epoch {epoch} of {epochs}, {words} {fraction:.0%}"
            part(fraction, words)

        return report

    def _obey(self, heartbeat: Heartbeat) -> None:
        """End the run where its store or its caller says so."""
        check_owner(self.run_id, heartbeat.owner, this_process())
        if heartbeat.stopped_by:
            raise Stopped(f"Stopped by {heartbeat.stopped_by}.")
        reason = self.interrupted()
        if reason:
            raise Stopped(reason)


def is_over(training: Training, patience: int) -> bool:
    """Whether a run has waited long enough for a better validation accuracy; 0 is never."""
    return 0 < patience <= training.waited


def format_skipped(names: Sequence[str], split: str, why: str) -> tuple[str, ...]:
    """Return a sentence about images that could not be read, if there are any.

    Args:
        names: of the images.
        split: that they belong to.
        why: a sentence about the first of them.
    """
    if not names:
        return ()
    return (
        f"{len(names)} {split} images could not be read and were skipped (the run's artifact "
        f"skipped/{split}.txt names all): {list_some(names)}. {why}".strip(),
    )


def _score(optimizer: torch.optim.Optimizer, before: Training | None, accuracy: float) -> Training:
    """Return the state of training after an epoch with a validation accuracy."""
    if before is None or accuracy > before.best_accuracy:
        return Training(optimizer.state_dict(), accuracy)
    return Training(optimizer.state_dict(), before.best_accuracy, before.waited + 1)

"""The training loop: epoch after epoch, each on its way to the store before the next begins."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import nn

from pipelines.training.apart import measure_apart
from pipelines.training.average import WeightAverage
from pipelines.training.epoch import Learned, check_loss, learn_epoch
from pipelines.training.interventions import TrainingInterventions
from pipelines.training.optimizer import freeze, make_optimizer
from pipelines.training.outlines import outline_objects
from pipelines.training.request import FinishedEpoch, Interrupted, OnEpoch, Request
from saliencnn.common.devices import choose_device
from saliencnn.common.process import this_process
from saliencnn.common.progress import Progress, part_of
from saliencnn.common.ranks import RankLost, any_rank, count_ranks, same_everywhere, share
from saliencnn.data.image_index import Images
from saliencnn.data.imageset import ImageSet, Sample
from saliencnn.data.loading import why_unreadable
from saliencnn.data.preparation import Preparation
from saliencnn.models.spec import ModelSpec
from saliencnn.models.stored_weights import load_state
from saliencnn.recording.delivery import Delivery
from saliencnn.recording.ending import Stopped
from saliencnn.recording.epoch_record import Superseded, check_owner
from saliencnn.recording.recorder import Recorded, Recorder
from saliencnn.recording.validation import Validated
from saliencnn.store.checkpoints import Training
from saliencnn.store.connection import Store
from saliencnn.store.heartbeat import Heartbeat
from saliencnn.store.skipped import format_skipped

END_DELAY = 0.5
"""Seconds between the end of a process that loads images and the signal that ends this one."""


@dataclass
class TrainingRun:
    """A run under way: everything the loop needs at hand."""

    store: Store
    run_id: str
    request: Request
    spec: ModelSpec
    preparation: Preparation
    image_set: ImageSet
    images: Images
    report: Progress
    interrupted: Interrupted
    on_epoch: OnEpoch
    loaders: int
    estimates: tuple[str, ...] = ()

    @cached_property
    def interventions(self) -> TrainingInterventions:
        """What is tried on the network every so many epochs."""
        every = self.request.interventions_every
        return TrainingInterventions(every, self.images, self.spec, self.preparation)

    def go(
        self, delivery: Delivery, model: nn.Module, first: int, training: Training | None
    ) -> int:
        """Train epoch after epoch, and return the last.

        Processes that help learn here which run it is, see ``help_train``.
        """
        heartbeat = Heartbeat(self.store, self.run_id, this_process())
        with heartbeat.beating():
            try:
                share((self.run_id, first))
                return self.train(delivery, model, first, training, heartbeat)
            except (Stopped, Superseded, RankLost):
                raise
            except Exception:
                self._await_end()
                raise

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

    def train(
        self,
        delivery: Delivery,
        model: nn.Module,
        first: int,
        training: Training | None,
        heartbeat: Heartbeat,
    ) -> int:
        """Do this process's part of all epochs, and return the last."""
        hp = self.request.hyperparameters
        device = choose_device()
        model = model.to(device).to(memory_format=torch.channels_last)
        same_everywhere(model)
        average = WeightAverage(model, hp.ema) if hp.ema else None
        if average and training and training.weights:
            load_state(model, training.weights)
        freeze(model, self.spec, hp.freeze_backbone)
        optimizer = make_optimizer(model, self.spec, hp)
        if training:
            optimizer.load_state_dict(training.optimizer)
        samples = self._outline_objects(heartbeat, first)
        judged = average.model if average else model
        recorder = self._make_recorder(delivery, judged, training)
        steps = sum(len(chosen) for _, chosen in recorder.plan.tables.values())
        learning = len(samples) / (len(samples) + steps)
        for epoch in range(first, hp.epochs + 1):
            self._obey(heartbeat)  # the processes that load images begin undisturbed
            started = time.perf_counter()
            learned = learn_epoch(
                model,
                self.spec,
                optimizer,
                samples,
                hp,
                self.preparation,
                epoch,
                self.loaders,
                self._watch(heartbeat, epoch, 0.0, learning),
                average,
            )
            # Of processes that validate together not all report as often: they ask afterwards.
            obeying = count_ranks() == 1
            report = self._watch(heartbeat, epoch, learning, 1.0, obeying)
            validated = recorder.validate(report)
            if not obeying:
                self._obey(heartbeat)
            last = False
            if validated:
                seconds = time.perf_counter() - started
                weights = model.state_dict() if average else None
                recorder.score(validated, optimizer.state_dict(), weights)
                last = self._record(recorder, judged, epoch, learned, validated, seconds, report)
            if share(last):
                break
        return epoch

    def _outline_objects(self, heartbeat: Heartbeat, first: int) -> tuple[Sample, ...]:
        """Return the training images with the outlines that training needs."""
        report = self._watch(heartbeat, first, 0.0, 0.0, obeying=count_ranks() == 1)
        outlined = outline_objects(self.image_set.train, self.request.hyperparameters, report)
        self.estimates = outlined.notes
        return outlined.samples

    def _record(
        self,
        recorder: Recorder,
        judged: nn.Module,
        epoch: int,
        learned: Learned,
        validated: Validated,
        seconds: float,
        report: Progress,
    ) -> bool:
        """Send a scored epoch on its way to the store, and return whether it is the last."""
        hp, training = self.request.hyperparameters, recorder.training
        rate = learned.metrics["learning_rate"]
        check_loss(validated.metrics["val_loss"], epoch, "validation", rate)
        images = len(self.image_set.train) + len(self.images.index)
        metrics = {
            **learned.metrics,
            **validated.metrics,
            "seconds": seconds,
            "images_per_second": images / seconds,
        }
        stopping = epoch < hp.epochs and is_over(training, hp.patience)
        last = stopping or epoch == hp.epochs
        skipped = learned.unreadable if epoch == 1 else ()
        news = self._tell(epoch, skipped, training.waited if stopping else 0)
        apart, more = measure_apart(
            judged, self.image_set, self.preparation, self.spec.logits, epoch, last, report
        )
        if self.interventions.are_due(epoch, last):
            apart |= self.interventions.measure(judged, report)
        metrics, news = {**metrics, **apart}, (*news, *more)
        recorder.send(epoch, validated, metrics, last, skipped, news)
        metrics["best_val_accuracy"] = training.best_accuracy
        self.on_epoch(FinishedEpoch(self.run_id, epoch, hp.epochs, metrics))
        return last

    def _make_recorder(
        self, delivery: Delivery, model: nn.Module, training: Training | None
    ) -> Recorder:
        request = self.request
        recorded = Recorded(
            self.run_id,
            request.arch,
            request.keep,
            self.spec,
            self.preparation,
            self.images,
            request.hyperparameters.seed,
            request.map_images or 0,
        )
        return Recorder(recorded, delivery, model, len(self.image_set.train), training)

    def _tell(self, epoch: int, skipped: Sequence[str], waited: int) -> tuple[str, ...]:
        """Return what an epoch adds to the sentences about the run.

        Args:
            epoch: which.
            skipped: training images that could not be read.
            waited: epochs without a better accuracy, if training ends for their sake.
        """
        news = format_skipped(skipped, "training", why_unreadable(self.image_set.train, skipped))
        if epoch == 1:
            news = (*self.estimates, *news)
        if not waited:
            return news
        epochs = self.request.hyperparameters.epochs
        return (
            *news,
            f"Training ended after epoch {epoch} of {epochs}: the last {waited} "
            "brought no better validation accuracy.",
        )

    def _watch(
        self, heartbeat: Heartbeat, epoch: int, start: float, end: float, obeying: bool = True
    ) -> Progress:
        """Return the progress of a part of an epoch; at each call the run may be stopped."""
        epochs = self.request.hyperparameters.epochs
        part = part_of(self.report, start, end, f"epoch {epoch} of {epochs}")

        def report(fraction: float, words: str) -> None:
            if obeying:
                self._obey(heartbeat)
            heartbeat.progress = f"epoch {epoch} of {epochs}, {words} {fraction:.0%}"
            part(fraction, words)

        return report

    def _obey(self, heartbeat: Heartbeat) -> None:
        """End the run, in all processes at once, where its store or its caller says so."""
        check_owner(self.run_id, heartbeat.owner, this_process())
        by = heartbeat.stopped_by
        reason = f"Stopped by {by}." if by else self.interrupted()
        if any_rank(bool(reason)):
            raise Stopped(reason or "Another process of this training was asked to stop.")


def is_over(training: Training, patience: int) -> bool:
    """Whether a run has waited long enough for a better validation accuracy; 0 is never."""
    return 0 < patience <= training.waited

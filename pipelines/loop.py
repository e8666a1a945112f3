"""The training loop: epoch after epoch, each complete in the store before the next begins."""

import math
import os
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from pipelines.data.imageset import ImageSet
from pipelines.data.kept import Pictures
from pipelines.data.loader import load_epoch, mix_seed
from pipelines.errors import UserError
from pipelines.models.architectures import Architecture
from pipelines.optimise import freeze, learn, learning_rate, make_optimizer, set_training
from pipelines.plan import map_shape, plan_maps
from pipelines.request import Interrupted, Progress, Report, Request
from pipelines.store import checkpoints, runs
from pipelines.store.checkpoints import Training
from pipelines.store.connection import Store
from pipelines.store.epochs import write_epoch
from pipelines.store.heartbeat import Heartbeat
from pipelines.validate import Validated, accuracy_on, cover_regions, validate


class Superseded(UserError):
    """Another process has resumed the run that this one trains."""


class Stopped(UserError):
    """Somebody asked the run to stop; its complete epochs are in the store."""


@dataclass
class TrainingRun:
    """A run under way: everything the loop needs at hand."""

    store: Store
    run_id: str
    request: Request
    architecture: Architecture
    image_set: ImageSet
    pictures: Pictures
    notes: list[str]
    report: Report
    interrupted: Interrupted

    def go(self, model: nn.Module, first: int, training: Training | None) -> None:
        """Train epoch after epoch and end the run in the store, whatever happens."""
        heartbeat = Heartbeat(self.store, self.run_id, this_process())
        try:
            with heartbeat.beating():
                self._train(model, first, training, heartbeat)
        except Superseded:
            raise  # the run is another process's now, and so is its end
        except Stopped as stopped:
            runs.finish_run(self.store, self.run_id, "KILLED", str(stopped))
            raise
        except KeyboardInterrupt:
            runs.finish_run(self.store, self.run_id, "KILLED", "Stopped by hand.")
            raise
        except Exception as error:
            reason = (
                str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            )
            runs.finish_run(self.store, self.run_id, "FAILED", reason)
            raise
        end_run(self.store, self.run_id, self.request.hyperparameters.epochs)

    def _train(
        self, model: nn.Module, first: int, training: Training | None, heartbeat: Heartbeat
    ) -> None:
        hp = self.request.hyperparameters
        size = self.request.image_size or self.architecture.image_size
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        model = model.to(device).to(memory_format=torch.channels_last)
        freeze(model, self.architecture, hp.freeze_backbone)
        optimizer = make_optimizer(model, hp)
        if training:
            optimizer.load_state_dict(training.optimizer)
        best = training.best_accuracy if training else 0.0
        plan = plan_maps(self.architecture, self.pictures.index.labels, len(self.image_set.train))
        regions = cover_regions(self.pictures, map_shape(model, self.architecture, size))
        steps = sum(len(chosen) for _, chosen in plan.tables.values())
        metrics: dict[str, float] = {}

        def tell(epoch: int, phase: str, done: int, total: int) -> None:
            if phase != "complete":
                self._obey(heartbeat)
            heartbeat.progress = f"epoch {epoch} of {hp.epochs}, {phase} {done / total:.0%}"
            self.report(Progress(self.run_id, epoch, hp.epochs, phase, done, total, metrics))

        for epoch in range(first, hp.epochs + 1):
            started = time.perf_counter()
            learned = self._train_epoch(model, optimizer, epoch, size, tell)
            validated = validate(
                model,
                self.architecture,
                self.pictures,
                plan,
                regions,
                hp.seed,
                partial(tell, epoch, "validating", total=steps),
            )
            seconds = time.perf_counter() - started
            _check_loss(validated.metrics["val_loss"], epoch, "validation", learned)
            best = max(best, validated.metrics["val_accuracy"])
            seen = len(self.image_set.train) + len(self.pictures.index)
            metrics = {
                **learned,
                **validated.metrics,
                "best_val_accuracy": best,
                "seconds": seconds,
                "images_per_second": seen / seconds,
            }
            if self.image_set.counter:
                metrics["counter_accuracy"] = accuracy_on(model, self.image_set.counter, size)
            self._keep(model, Training(optimizer.state_dict(), best), epoch, validated, metrics)
            tell(epoch, "complete", steps, steps)

    def _obey(self, heartbeat: Heartbeat) -> None:
        """End the run where its store or its caller says so."""
        if heartbeat.owner != this_process():
            raise Superseded(
                f"Run {self.run_id} has been resumed by another process, {heartbeat.owner}."
            )
        if heartbeat.stopped_by:
            raise Stopped(f"Stopped by {heartbeat.stopped_by}.")
        reason = self.interrupted()
        if reason:
            raise Stopped(reason)

    def _train_epoch(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        epoch: int,
        size: int,
        tell: Callable[[int, str, int, int], None],
    ) -> dict[str, float]:
        """Learn from every training picture once; return loss, accuracy and learning rate."""
        hp, samples = self.request.hyperparameters, self.image_set.train
        device = next(model.parameters()).device
        torch.manual_seed(mix_seed(hp.seed, epoch, 1))
        set_training(model, self.architecture, hp.freeze_backbone)
        batches = math.ceil(len(samples) / hp.batch_size)
        loss_sum, right, seen, done = 0.0, 0, 0, 0
        unreadable: list[str] = []
        for step, batch in enumerate(load_epoch(samples, hp, size, epoch)):
            done += len(batch.labels) + len(batch.unreadable)
            unreadable += batch.unreadable
            if not len(batch.labels):
                continue
            rate = learning_rate(hp, (epoch - 1) * batches + step, hp.epochs * batches)
            for group in optimizer.param_groups:
                group["lr"] = rate
            images = batch.images.to(device, memory_format=torch.channels_last, non_blocking=True)
            labels = batch.labels.to(device, non_blocking=True)
            logits, loss = learn(model, optimizer, images, labels, hp.label_smoothing)
            _check_loss(loss, epoch, f"batch {step + 1}", {"learning_rate": rate})
            loss_sum += loss * len(labels)
            right += int((logits.argmax(1) == labels).sum())
            seen += len(labels)
            tell(epoch, "training", done, len(samples))
        if not seen:
            raise UserError(f"None of the {len(samples)} training pictures can be read.")
        if unreadable and epoch == 1:
            self.notes += note_skipped(self.store, self.run_id, sorted(unreadable), "training")
            # A run killed in its first epoch and resumed has the sentence already.
            runs.note_sentences(self.store, self.run_id, dict.fromkeys(self.notes))
        return {
            "train_loss": loss_sum / seen,
            "train_accuracy": right / seen,
            "learning_rate": rate,
        }

    def _keep(
        self,
        model: nn.Module,
        training: Training,
        epoch: int,
        validated: Validated,
        metrics: dict[str, float],
    ) -> None:
        """Write an epoch; then delete what the retention does not want any more."""
        store, run_id = self.store, self.run_id
        owner = runs.read_facts(store, run_id).get("process")
        if owner != this_process():
            raise Superseded(f"Run {run_id} has been resumed by another process, {owner}.")
        model_id = checkpoints.write_checkpoint(
            store, run_id, epoch, model.state_dict(), self.request.arch
        )
        checkpoints.write_training(store, run_id, epoch, training)
        write_epoch(
            store,
            run_id,
            epoch,
            classes=self.image_set.classes,
            predictions=validated.predictions,
            tables=validated.tables,
            metrics=metrics,
            model_id=model_id,
        )
        checkpoints.delete_training(store, run_id, epoch - 1)
        if self.request.keep != "all":
            self._discard(epoch)

    def _discard(self, epoch: int) -> None:
        """Keep the newest checkpoint, which a resumed run needs, and the best if asked to."""
        last = epoch == self.request.hyperparameters.epochs
        kept = checkpoints.kept_epochs(self.store, self.run_id)
        history = runs.read_history(self.store, [self.run_id], ["val_accuracy"])
        top = int(history.sort_values(["value", "epoch"])["epoch"].iloc[-1])
        stay = {epoch} if self.request.keep == "last" else {top} if last else {top, epoch}
        for old, model_id in kept.items():
            if old not in stay:
                checkpoints.delete_checkpoint(self.store, model_id)


def end_run(store: Store, run_id: str, epochs: int) -> None:
    """Mark a run that has all its epochs as finished; nothing will be resumed any more."""
    runs.finish_run(store, run_id, "FINISHED")
    checkpoints.delete_training(store, run_id, epochs)


def note_skipped(store: Store, run_id: str, names: Sequence[str], split: str) -> list[str]:
    """Keep the names of pictures that could not be read; return a sentence if there are any."""
    if not names:
        return []
    runs.write_skipped(store, run_id, split, names)
    listed = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return [f"{len(names)} {split} pictures could not be read and were skipped: {listed}."]


def this_process() -> str:
    """Return this process's name among all machines."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _check_loss(loss: float, epoch: int, where: str, learned: dict[str, float]) -> None:
    if not math.isfinite(loss):
        raise UserError(
            f"The loss became {loss} in epoch {epoch} ({where}, learning rate "
            f"{learned['learning_rate']:.3g}); lower the learning rate and train again."
        )

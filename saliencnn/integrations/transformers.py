"""A callback for Hugging Face's trainer of image classifiers."""

from collections.abc import Mapping
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from saliencnn.integrations.recording import record_epoch
from saliencnn.recording.ending import Stopped
from saliencnn.watching.run import WatchedRun
from saliencnn.watching.start import watch

_SETTINGS = ("learning_rate", "weight_decay", "warmup_ratio", "label_smoothing_factor", "seed")
OWN = ("step", "epoch")
"""What the trainer counts by; a run has numbers of its own for both."""


class SaliencyCallback(TrainerCallback):
    """Watches a trainer's network: one that takes ``pixel_values`` and returns ``logits``.

    ```python
    Trainer(model, args, callbacks=[SaliencyCallback(evaluation, processor)], ...)
    ```

    Attributes:
        run: the run under way, or the last one; None before the first.
    """

    def __init__(self, validation: Any, processor: Any = None, **options: Any) -> None:
        """Remember what to watch.

        Args:
            validation: as for ``watch``, such as the trainer's evaluation dataset.
            processor: the network's image processor, whose mean and standard deviation the images
                were normalised with.
            options: further arguments of ``watch``.
        """
        self._validation, self._options = validation, dict(options)
        if processor is not None:
            self._options.setdefault("mean", list(processor.image_mean))
            self._options.setdefault("std", list(processor.image_std))
        self.run: WatchedRun | None = None

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: Any = None,
        **_rest: Any,
    ) -> None:
        """Begin the run."""
        if not state.is_world_process_zero:
            return
        if self.run is not None:
            self.run.fail(Stopped("Its training ended with an error."))
        named: Mapping[int, str] = getattr(model.config, "id2label", None) or {}
        options = {"classes": [named[key] for key in sorted(named)] or None, **self._options}
        options.setdefault("settings", read_settings(args))
        self.run = watch(model, self._validation, **options)

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_rest: Any
    ) -> None:
        """Record an epoch, with the numbers that the trainer logged last.

        A stop ends all processes.
        """
        if record_epoch(self.run, lambda: _read_numbers(state)):
            control.should_training_stop = True

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_rest: Any
    ) -> None:
        """End the run."""
        if self.run is not None:
            self.run.end()


def _read_numbers(state: TrainerState) -> dict[str, float]:
    logged = {}
    for entry in state.log_history:
        logged.update(entry)
    if "loss" in logged:
        logged["train_loss"] = logged.pop("loss")
    return {k: v for k, v in logged.items() if isinstance(v, int | float) and k not in OWN}


def read_settings(args: TrainingArguments) -> dict[str, Any]:
    """Return what a trainer's arguments say of how it trains."""
    settings = {name: getattr(args, name) for name in _SETTINGS if hasattr(args, name)}
    by_epochs = args.max_steps <= 0 and args.num_train_epochs >= 1
    return {
        **settings,
        "batch_size": args.train_batch_size,
        "optimizer": str(getattr(args.optim, "value", args.optim)),
        "schedule": str(getattr(args.lr_scheduler_type, "value", args.lr_scheduler_type)),
        "epochs": int(args.num_train_epochs) if by_epochs else None,
    }

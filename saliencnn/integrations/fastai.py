"""A callback for fastai's learner; each call of ``fit`` is a run."""

from typing import Any

from fastai.callback.core import Callback, CancelFitException
from torch import Tensor

from saliencnn.common.ranks import leads
from saliencnn.integrations.recording import record_epoch
from saliencnn.recording.ending import Stopped
from saliencnn.watching.run import WatchedRun
from saliencnn.watching.start import watch


class SaliencyCallback(Callback):
    """Watches a learner's network on its own validation images.

    ```python
    learn.fit_one_cycle(5, cbs=SaliencyCallback())
    ```

    ``fine_tune`` fits twice, and so leaves two runs: the frozen one and the whole one.

    Attributes:
        watched: the run under way, or the last one; None before the first.
    """

    order = 80  # after the recorder, whose numbers an epoch is recorded with

    def __init__(self, validation: Any = None, **options: Any) -> None:
        """Remember what to watch.

        Args:
            validation: as for ``watch``; by default the learner's validation images, as its loader
                gives them.
            options: further arguments of ``watch``.
        """
        super().__init__()
        self._validation, self._options = validation, options
        self.watched: WatchedRun | None = None

    def before_fit(self) -> None:
        """Begin the run; a search for a learning rate is none.

        One before it that an error had ended is ended as stopped.
        """
        learner = self.learn
        if self.watched is not None:
            self.watched.fail(Stopped("Its training ended with an error."))
        self.watched = None
        if hasattr(learner, "lr_finder") or hasattr(learner, "gather_preds") or not leads():
            return
        options = dict(self._options)
        options.setdefault("settings", {"learning_rate": learner.lr, "epochs": learner.n_epoch})
        options.setdefault("classes", [str(one) for one in getattr(learner.dls, "vocab", [])])
        validation = self._validation
        if validation is None:
            validation = read_loader(learner.dls.valid)
            if (known := find_normalize(learner.dls.valid)) is not None:
                options.setdefault("mean", known[0])
                options.setdefault("std", known[1])
        self.watched = watch(learner.model, validation, **options)

    def after_epoch(self) -> None:
        """Record an epoch with the recorder's numbers; a stop ends all processes."""
        if record_epoch(self.watched, self._read_numbers):
            raise CancelFitException

    def _read_numbers(self) -> dict[str, float]:
        recorder = self.learn.recorder
        names = recorder.metric_names[1:-1]  # without the epoch and the time
        values = dict(zip(names, recorder.log[1:], strict=False))
        return {name: float(value) for name, value in values.items() if value is not None}

    def after_fit(self) -> None:
        """End the run. An error that ends ``fit`` does not come here: see ``before_fit``."""
        if self.watched is not None:
            self.watched.end()


def read_loader(loader: Any) -> list[tuple[Tensor, int]]:
    """Return what a loader gives, image by image: (input, label)."""
    found: list[tuple[Tensor, int]] = []
    for images, labels in loader:
        plain = images.detach().cpu().as_subclass(Tensor)
        found += [(image, int(label)) for image, label in zip(plain, labels, strict=True)]
    return found


def find_normalize(loader: Any) -> tuple[list[float], list[float]] | None:
    """Return the mean and standard deviation that a loader's batches are normalised with."""
    for step in getattr(loader.after_batch, "fs", []):
        if hasattr(step, "mean") and hasattr(step, "std") and step.mean is not None:
            return (step.mean.flatten().tolist(), step.std.flatten().tolist())
    return None

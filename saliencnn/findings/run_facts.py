"""What is known of a run at one epoch, as the rules need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from saliencnn.checks.grading import CheckResult
from saliencnn.checks.interventions.effects import Effects
from saliencnn.findings.finding import Evidence
from saliencnn.measures.classification import confusion, macro_f1, per_class
from saliencnn.models.spec import CONTRAST

HISTORY = (
    *("val_accuracy", "val_loss", "train_loss", "counterfactual_accuracy"),
    *("focus", "focus_gradcampp", "empty_maps", "negative_energy"),
)
"""The metrics whose course the rules look at."""
INSIDE = 0.5
"""Focus from which on most of a map lies on the object."""


@dataclass(frozen=True, eq=False)
class RunFacts:
    """A run's stored numbers.

    Attributes:
        run_id: the run's id.
        classes: class names.
        history: one row an epoch, complete ones only, index epoch ascending; columns are of
            ``HISTORY``, NaN where unknown.
        predictions: of the last epoch, one row a validation image with the fields true and
            predicted.
        recalls: float (E, C), each epoch's fraction of a class's images that are recognized; NaN
            for classes without images.
        focus: float (N,), of each image's Grad-CAM map of its true class at the last epoch; NaN
            where unknown. The metric of this name is its mean.
        focus_predicted: likewise of the predicted class: what made the network say so.
        checks: check -> method -> result, of the last epoch's audit; empty without one.
        effects: of interventions on the last epoch's network; None where nobody has tried.
        score: what the maps explain, of ``saliencnn.models.spec.SCORES``.
        counterfactual_images: images behind ``counterfactual_accuracy``; 0 where unknown.
        guided: whether training was guided to look at the object.
    """

    run_id: str
    classes: tuple[str, ...]
    history: pd.DataFrame
    predictions: np.ndarray
    recalls: np.ndarray
    focus: np.ndarray
    focus_predicted: np.ndarray
    checks: Mapping[str, Mapping[str, CheckResult]] = field(default_factory=dict)
    counterfactual_images: int = 0
    guided: bool = False
    effects: Effects | None = None
    score: str = CONTRAST

    @property
    def epoch(self) -> int:
        """The last complete epoch."""
        return int(self.history.index[-1])

    @property
    def images(self) -> int:
        """How many validation images there are."""
        return len(self.predictions)

    @cached_property
    def counts(self) -> np.ndarray:
        """Images by true (rows) and predicted class, int (C, C)."""
        return confusion(self.predictions["true"], self.predictions["predicted"], len(self.classes))

    @cached_property
    def by_class(self) -> pd.DataFrame:
        """Precision, recall, f1 and images of each class."""
        return per_class(self.predictions["true"], self.predictions["predicted"], self.classes)

    @property
    def accuracy(self) -> float:
        """Fraction of the validation images that are classified correctly."""
        return float((self.predictions["true"] == self.predictions["predicted"]).mean())

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the classes with images."""
        return macro_f1(self.by_class)

    @property
    def chance(self) -> float:
        """Accuracy of whoever always names the most frequent class."""
        return float(self.counts.sum(axis=1).max() / max(self.images, 1))

    def metric(self, name: str) -> np.ndarray:
        """Return a metric of all epochs, float (E,); NaN where unknown."""
        if name not in self.history:
            return np.full(len(self.history), np.nan)
        return self.history[name].to_numpy(float)

    def last(self, name: str) -> float:
        """Return a metric of the last epoch; NaN where unknown."""
        return float(self.metric(name)[-1])

    def see(self, page: str, **query: str) -> Evidence:
        """Return a page that shows this run."""
        names = {"from_class": "from", "class_name": "class"}
        return Evidence(
            page, {"run": self.run_id, **{names.get(k, k): v for k, v in query.items()}}
        )

"""What is known of a run at one epoch, as the rules need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from saliencnn.checks.grading import CheckResult
from saliencnn.checks.interventions.effects import Effects
from saliencnn.common.sentences import count_of
from saliencnn.findings.finding import Evidence
from saliencnn.findings.focus_words import Place, begin_looking, name_images
from saliencnn.findings.methods import FOCUS_METHOD, is_doubted, judge_methods
from saliencnn.findings.mostly import Beside, are_wide, list_beside
from saliencnn.maps.examples import sort_examples
from saliencnn.measures.classification import confusion, macro_f1, per_class

HISTORY = (
    *("val_accuracy", "val_loss", "train_accuracy", "train_loss", "counterfactual_accuracy"),
    *("focus", "focus_gradcampp", "focus_inside", "empty_maps", "negative_energy"),
)
"""The metrics whose course the rules look at."""
ALL_CLASSES = "all classes"


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
        shortcuts: sentences about what gives the class of its training images away.
        built_shortcut: what tells the class in images that were built so, in words; "" where none
            were.
        counterfactual_images: images behind ``counterfactual_accuracy``; 0 where unknown.
        guided: whether training was guided to look at the object.
        focus_around: like ``focus``, of the two epochs between which its mean changed most, float
            (2, N); None where it hardly changed.
        box_area: see ``Place``.
        class_images: how many training images each class has; empty where unknown.
        original_side: pixels that half of the training images have at their shorter side, or more;
            0 where unknown.
        scaled_side: pixels to which training scales that side; 0 where unknown.
        balanced: whether training let each class count the same.
        method: whose maps ``focus_predicted`` is of.
        pointing: float (N,), whether each image's map of its true class points at the object, see
            ``measures.focus.points_at``; NaN where that is not known, or more than half of the
            class's maps lie on it. None where it is known of none.
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
    shortcuts: tuple[str, ...] = ()
    built_shortcut: str = ""
    focus_around: np.ndarray | None = None
    box_area: float | None = None
    class_images: tuple[int, ...] = ()
    original_side: int = 0
    scaled_side: int = 0
    balanced: bool = False
    method: str = FOCUS_METHOD
    pointing: np.ndarray | None = None

    @property
    def epoch(self) -> int:
        """The last complete epoch."""
        return int(self.history.index[-1])

    @property
    def it(self) -> str:
        """How a sentence on where it looks begins."""
        return begin_looking("It", bool(self.checks), self.doubted)

    @cached_property
    def doubted(self) -> bool:
        """Whether the checks advise not to rely on the method that focus is measured in."""
        return is_doubted(judge_methods(self.checks), self.method)

    @property
    def believed(self) -> bool:
        """Whether its maps were checked, and nothing speaks against that method."""
        return bool(self.checks) and not self.doubted

    @property
    def weak_classes(self) -> list[Beside]:
        """Classes of which at most half of the maps lie on the object, see ``list_beside``."""
        true, chance = self.predictions["true"], self.box_area or 0
        return list_beside(self.focus, true, len(self.classes), self.pointing, chance)

    @property
    def spots(self) -> np.ndarray:
        """Of the maps of which it is known, whether each points at the object, float (K,)."""
        return np.empty(0) if self.pointing is None else self.pointing[np.isfinite(self.pointing)]

    @property
    def is_wide(self) -> bool:
        """Whether most maps point at the object, though most of each lies beside it."""
        return are_wide(self.focus, self.spots, self.box_area)

    @property
    def place(self) -> Place:
        """Where its maps should lie."""
        return Place(self.box_area)

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
    def right(self) -> np.ndarray:
        """Which validation images are classified correctly, bool (N,)."""
        return np.asarray(self.predictions["true"] == self.predictions["predicted"])

    @property
    def accuracy(self) -> float:
        """Fraction of the validation images that are classified correctly."""
        return float(self.right.mean())

    @property
    def right_in_words(self) -> str:
        """The accuracy in words, with how many images it is of."""
        return count_of(int(self.right.sum()), self.images)

    @property
    def focused_images(self) -> str:
        """The images behind mean focus, in words."""
        known = int(np.isfinite(self.focus).sum())
        return f"{name_images(known, self.images)} ({ALL_CLASSES})"

    @property
    def built(self) -> str:
        """The shortcut that images were built with, as a sentence adds it; "" without one."""
        return self.built_shortcut and f", {self.built_shortcut}"

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

    def see_missed(self, class_name: str, **query: str) -> Evidence:
        """Return the maps of the first missed image of the class, in the order that pages have."""
        rows, target = self.predictions, self.classes.index(class_name)
        missed = np.flatnonzero((rows["true"] == target) & ~self.right)
        if len(missed):
            mapless = ~np.isfinite(self.focus_predicted[missed])
            first = missed[sort_examples(rows[missed], mapless)[0]]
            query["image"] = str(rows["image"][first])
        return self.see("progression", class_name=class_name, **query)

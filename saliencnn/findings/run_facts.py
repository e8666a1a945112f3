"""What is known of a run at one epoch, as the rules need it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from saliencnn.checks.grading import MIN_IMAGES, CheckResult
from saliencnn.checks.interventions.effects import Effects
from saliencnn.common.sentences import count_of
from saliencnn.common.terms import say_on_object
from saliencnn.findings.finding import Evidence
from saliencnn.findings.method_groups import OF_METHOD
from saliencnn.findings.methods import FOCUS_METHOD, Advice, is_doubted, judge_methods
from saliencnn.measures.classification import confusion, macro_f1, per_class
from saliencnn.saliency.methods import METHODS

HISTORY = (
    *("val_accuracy", "val_loss", "train_accuracy", "train_loss", "counterfactual_accuracy"),
    *("focus", "focus_gradcampp", "focus_inside", "empty_maps", "negative_energy"),
)
"""The metrics whose course the rules look at."""
ALL_CLASSES = "all classes"
FOCUS_STEP = 0.05
"""Of mean focus, from one epoch to the next, the least change that is told."""
FOCUS_LABEL = METHODS[FOCUS_METHOD].label
BOX_MARGIN = 0.2
"""Above the fraction that boxes fill, focus from which on maps lie inside them for a reason."""


@dataclass(frozen=True)
class Place:
    """Where the maps of images should lie, in words: on the object, or inside its box.

    A map inside a box may lie beside the object all the same; one outside cannot lie on it.

    Attributes:
        box_area: mean fraction of the image that the objects' boxes fill; None where the objects'
            exact pixels are known.
    """

    box_area: float | None = None

    @property
    def words(self) -> dict[str, str]:
        """The words that a rule's sentence takes up."""
        if self.box_area is None:
            return {"at": "at the object", "on": "on it", "it": "it", "inside": "on the object"}
        at = say_on_object(True)
        return {"at": at, "on": "inside it", "it": "its box", "inside": at}

    def describe_chance(self, focus: float) -> str:
        """Say that mean focus is little above what maps of anything have; "" where it is not."""
        box = self.describe_box(focus)
        return (
            f"{focus:.0%} of a {FOCUS_LABEL} map lies {say_on_object(True)}, which {box}"
            if box
            else ""
        )

    def compare_with_chance(self, focus: float) -> str:
        """Say how much of a map chance alone puts inside boxes, as a sentence; "" of objects."""
        if self.box_area is None:
            return ""
        return (
            f" Boxes cover {self.box_area:.0%} of the image on average, so by chance as much of a "
            f"map lies inside; here {focus:.0%} does."
        )

    def describe_box(self, focus: float) -> str:
        """Say how large the boxes are where mean focus is little above that; "" where it is not."""
        if self.box_area is None or focus - self.box_area >= BOX_MARGIN:
            return ""
        better = "only somewhat" if focus - self.box_area >= FOCUS_STEP else "no"
        return f"covers {self.box_area:.0%} of the image: {better} better than chance"


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
        return is_doubted(judge_methods(self.checks))

    @property
    def believed(self) -> bool:
        """Whether its maps were checked, and nothing speaks against that method."""
        return bool(self.checks) and not self.doubted

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
        """Return the maps of the class's missed image that the run is most confident of."""
        rows, target = self.predictions, self.classes.index(class_name)
        missed = np.flatnonzero((rows["true"] == target) & ~self.right)
        if len(missed):
            mapless = ~np.isfinite(self.focus_predicted[missed])
            first = missed[np.lexsort((-rows["confidence"][missed], mapless))[0]]
            query["image"] = str(rows["image"][first])
        return self.see("progression", class_name=class_name, **query)


def begin_looking(subject: str, checked: bool, doubted: bool) -> str:
    """Return how a sentence on where a network looks begins: maps may prove little.

    Args:
        subject: of the sentence, as it begins where the maps have been checked.
        checked: whether they have.
        doubted: whether the checks advise not to rely on them.
    """
    if checked and not doubted:
        return subject
    return f"{_limit_to_maps(doubted)} {subject[:1].lower()}{subject[1:]}"


def _limit_to_maps(doubted: bool) -> str:
    """Say how far maps tell that were not checked, or that failed; ends with a comma."""
    if doubted:
        return f"As far as its {FOCUS_LABEL} maps tell, {OF_METHOD[Advice.DO_NOT]},"
    return "As far as its unchecked maps tell,"


def name_images(known: int, images: int) -> str:
    """Say which images a statement about focus is of, e.g. ``240 validation images``.

    Args:
        known: images whose focus is known.
        images: all of them.
    """
    which = "" if known == images else " whose focus is known"
    return f"{known:,} validation images{which}"


def find_step(focus: np.ndarray) -> int | None:
    """Return after which epoch's place mean focus changed most, None where it hardly did.

    Args:
        focus: float (E,), epoch by epoch; NaN where unknown.
    """
    steps = np.abs(np.diff(focus))
    if not np.isfinite(steps).any() or np.nanmax(steps) < FOCUS_STEP:
        return None
    return int(np.nanargmax(steps))


def describe_arrival(
    inside: np.ndarray, epochs: Sequence[int], focus: np.ndarray, place: Place
) -> str:
    """Say from which epoch on, to the last one, most maps lie where they should, or that none do.

    Args:
        inside: fraction of the maps that lie mostly there, epoch by epoch, float (E,); NaN where
            unknown.
        epochs: E, ascending.
        focus: of the last epoch's maps, float (N,); NaN where unknown.
        place: where they should lie.
    """
    known = focus[np.isfinite(focus)]
    if len(known) < MIN_IMAGES or place.describe_chance(float(known.mean())):
        return ""
    most = inside > 0.5
    others = np.flatnonzero(~most)
    first = others[-1] + 1 if len(others) else 0
    if not np.isfinite(inside[-1]):
        return ""
    if not most.any():
        return f" At no epoch does it look {place.words['at']} in more than half of the images."
    if first == len(epochs):
        return ""
    return (
        f" From epoch {epochs[first]} on, most of the map lies {place.words['inside']} in more "
        "than half of the images."
    )

"""What is known of one class of a run, as the rules need it."""

from dataclasses import dataclass, field

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.findings.focus_words import FOCUS_LABEL, name_arrival
from saliencnn.findings.mostly import are_wide
from saliencnn.measures.focus import INSIDE


@dataclass(frozen=True, eq=False)
class ClassFacts:
    """The validation images of one class.

    Attributes:
        name: the class.
        predicted: int (N,), what each image is taken for at the last epoch.
        target: the class among those.
        classes: all class names.
        epochs: int (E,), ascending.
        focus: float (E, N), of the images' maps of the class; NaN where unknown.
        box_area: see ``run_facts.Place``.
        is_lowest: whether no class is recognized less often.
        checked: whether the maps of the last epoch have been; those that have not prove nothing.
        doubted: whether those checks advise not to rely on the method.
        method: whose maps they are, as people call it.
        unlogged: likewise the methods that a person chose instead, of which the run has no focus.
        arrival_of_all: from which epoch on most maps of all classes lie where they should, see
            ``focus_words.find_arrival``; None where that is not known.
        brief: whether counts are of use only to whoever asks: of maps of another class, which
            other sentences tell of, they would seem to contradict.
        pointing: float (N,), whether the last epoch's maps point at the object, see
            ``measures.focus.points_at``; NaN where unknown.
    """

    name: str
    predicted: np.ndarray
    target: int
    classes: tuple[str, ...]
    epochs: np.ndarray
    focus: np.ndarray
    box_area: float | None = None
    is_lowest: bool = False
    checked: bool = False
    doubted: bool = False
    method: str = FOCUS_LABEL
    unlogged: tuple[str, ...] = ()
    arrival_of_all: int | None = None
    brief: bool = False
    pointing: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def course(self) -> np.ndarray:
        """Mean focus of each epoch, float (E,); NaN where fewer images than can be judged."""
        return _average(self.focus)

    @property
    def inside(self) -> np.ndarray:
        """Fraction of the maps that lie mostly on the object, like ``course``."""
        return _average(np.where(np.isfinite(self.focus), self.focus >= INSIDE, np.nan))

    @property
    def is_wide(self) -> bool:
        """Whether most of its maps lies around the object, though they point at it."""
        return are_wide(self.focus[-1], self.pointing, self.box_area)

    @property
    def of_all(self) -> str:
        """Since when the network looks at the object in all classes, as a clause; "" if unknown."""
        if self.arrival_of_all is None:
            return ""
        by = "" if self.method == FOCUS_LABEL else f" by {FOCUS_LABEL}"
        return f"over all classes{by} {name_arrival(self.arrival_of_all)}"


def _average(values: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    enough = known.sum(axis=1) >= MIN_IMAGES
    sums = np.where(known, values, 0).sum(axis=1)
    return np.where(enough, sums / np.maximum(known.sum(axis=1), 1), np.nan)

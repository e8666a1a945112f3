"""What interventions changed: accuracy with its interval beside the control, and who turned."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from saliencnn.checks.interventions.answers import AS_THEY_ARE, CONTROL, Answers, find_partners
from saliencnn.checks.interventions.table import INTERVENTIONS, Intervention
from saliencnn.measures.rates import LEVEL, mcnemar, wilson_interval


@dataclass(frozen=True, eq=False)
class Effect:
    """One intervention on N images.

    Attributes:
        row: the intervention.
        right: bool (N,), which images are classified correctly after it.
        confidence: float32 (N,), of the true class after it.
        before: bool (N,), which are so beside it: after its control, or as they are.
        confidence_before: likewise.
        followed: bool (N,), which images are taken for the class of the one that something was
            taken from; none where nothing was.
        followed_before: likewise beside it, where it came from an image of their own class.
        others: int (N,), that class; -1 where nothing was taken.
    """

    row: Intervention
    right: np.ndarray
    confidence: np.ndarray
    before: np.ndarray
    confidence_before: np.ndarray
    followed: np.ndarray
    followed_before: np.ndarray
    others: np.ndarray

    def of(self, chosen: np.ndarray) -> "Effect":
        """Return its effect on the images at some places."""
        arrays = (one.name for one in fields(self) if one.name != "row")
        return replace(self, **{name: getattr(self, name)[chosen] for name in arrays})

    @property
    def accuracy(self) -> float:
        """Fraction of images that are right after it."""
        return float(self.right.mean())

    @property
    def control(self) -> float:
        """Fraction that are right after its control, or as they are where it has none."""
        return float(self.before.mean())

    @property
    def cost(self) -> float:
        """What it costs of the accuracy, beside its control."""
        return self.control - self.accuracy

    @property
    def interval(self) -> tuple[float, float]:
        """95% interval of the accuracy (Wilson 1927)."""
        low, high = wilson_interval(np.array(self.accuracy), np.array(len(self.right)))
        return float(low), float(high)

    @property
    def by_chance(self) -> float:
        """How likely chance alone makes as many images fall (exact one-sided McNemar test)."""
        return mcnemar(self.right, self.before)

    @property
    def follows(self) -> float:
        """Fraction of the images that follow what was taken from another class, beside chance."""
        return float(self.followed.mean() - self.followed_before.mean())

    @property
    def follows_by_chance(self) -> float:
        """How likely chance alone makes as many follow (exact one-sided McNemar test)."""
        return mcnemar(self.followed_before, self.followed)

    def follows_class(self, label: int) -> float:
        """Return the fraction that follows of those to which something of a class was given."""
        given = self.others == label
        gained = self.followed[given].sum() - self.followed_before[given].sum()
        return float(gained / max(1, given.sum()))

    @property
    def turned(self) -> np.ndarray:
        """Images that were right and are wrong now; the surest ones first."""
        fallen = np.flatnonzero(self.before & ~self.right)
        return fallen[np.argsort(-self.confidence_before[fallen], kind="stable")]

    def by_class(self, labels: np.ndarray, classes: int) -> np.ndarray:
        """Return each class's accuracy after it, float (C,); NaN without images."""
        images = np.bincount(labels, minlength=classes)
        right = np.bincount(labels, self.right, minlength=classes)
        return np.divide(right, images, out=np.full(classes, np.nan), where=images > 0)


@dataclass(frozen=True, eq=False)
class Effects:
    """All interventions on a network's images.

    Attributes:
        labels: int64 (N,), true classes.
        right: bool (N,), which images are right as they are.
        chance: accuracy of whoever always names the most frequent class.
        rows: name -> effect, in the table's order.
    """

    labels: np.ndarray
    right: np.ndarray
    chance: float
    rows: Mapping[str, Effect]

    def of(self, chosen: np.ndarray) -> "Effects":
        """Return the effects on the images at some places, int (M,); ``chance`` stays all's."""
        rows = {name: effect.of(chosen) for name, effect in self.rows.items()}
        return replace(self, labels=self.labels[chosen], right=self.right[chosen], rows=rows)

    @property
    def accuracy(self) -> float:
        """Accuracy on the images as they are."""
        return float(self.right.mean())

    def is_beyond_chance(self, probability: float) -> bool:
        """Whether what chance makes that often stands out among as many as were looked at."""
        return probability <= (1 - LEVEL) / max(1, len(self.rows))


def find_effects(answers: Answers, labels: np.ndarray) -> Effects:
    """Return what interventions changed; of rows that this version does not know, nothing."""
    place = {name: position for position, name in enumerate(answers.names)}
    right = answers.predicted == labels
    others, nothing = labels[find_partners(labels, same=False)], np.full_like(labels, -1)
    here = place[AS_THEY_ARE]
    rows = {}
    for name, row in INTERVENTIONS.items():
        if name in place:
            after, beside = place[name], place.get(name + CONTROL, here)
            taken = others if row.needs == "other" else nothing
            rows[name] = Effect(
                row, right[after], answers.confidence[after], right[beside],
                answers.confidence[beside], answers.predicted[after] == taken,
                answers.predicted[beside] == taken, taken,
            )  # fmt: skip
    chance = float(np.bincount(labels).max() / max(len(labels), 1))
    return Effects(labels, right[here], chance, rows)

"""Classes' numbers as tables: accuracies, how far networks differ, and what images prove of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.comparison.groups import Group
from saliencnn.data.classset import ClassSet
from saliencnn.measures.rates import difference_interval, wilson_interval


def accuracy_by_class(
    tables: Mapping[str, pd.DataFrame], group: Group, classes: Sequence[int] | None = None
) -> pd.DataFrame:
    """Return one row a class and model.

    Args:
        tables: evaluation's id -> its numbers class by class, see ``read_by_class``.
        group: the evaluations.
        classes: only these, in this order; by default all.

    Returns:
        Columns class (name), index, model (name), accuracy (0 to 1), images; classes without
        images are left out.
    """
    wanted = range(len(group.class_set)) if classes is None else classes
    frames = [
        tables[run_id].iloc[list(wanted)].assign(model=name, index=list(wanted))
        for run_id, name in group.names.items()
    ]
    frame = pd.concat(frames)
    frame["class"] = [group.class_set.classes[i] for i in frame["index"]]
    return frame.loc[frame["images"] > 0, ["class", "index", "model", "accuracy", "images"]]


def spread_of_classes(tables: Mapping[str, pd.DataFrame], group: Group) -> pd.DataFrame:
    """Return how the models' accuracies on each class spread, and how much its images say of it.

    Returns:
        One row a class with images, in order: class (name), index, images, range (highest less
        lowest accuracy, 0 to 1), average (mean over the models, 0 to 1), and the ends of both
        numbers' 95% intervals: range_low, range_high, average_low, average_high.
    """
    accuracy = np.stack([tables[run_id]["accuracy"] for run_id in group.run_ids])
    kept = np.flatnonzero(~np.isnan(accuracy).any(axis=0))
    accuracy = accuracy[:, kept]
    images = tables[group.run_ids[0]]["images"].to_numpy()[kept]
    average = accuracy.mean(axis=0)
    ranges = difference_interval(accuracy.max(axis=0), accuracy.min(axis=0), images)
    averages = wilson_interval(average, images)
    return pd.DataFrame(
        {
            "class": [group.class_set.classes[i] for i in kept],
            "index": kept,
            "images": images,
            "range": np.ptp(accuracy, axis=0),
            "average": average,
            "range_low": ranges[0],
            "range_high": ranges[1],
            "average_low": averages[0],
            "average_high": averages[1],
        }
    )


def count_right(table: pd.DataFrame, classes: Sequence[int]) -> list[str]:
    """Return of how many of each class's images a model is right, such as ``3 of 4``.

    Args:
        table: its numbers class by class, see ``read_by_class``.
        classes: with images.
    """
    images = table["images"].to_numpy()[classes]
    right = (table["accuracy"].to_numpy()[classes] * images).round().astype(int)
    return [f"{n} of {of}" for n, of in zip(right, images, strict=True)]


EXTREMES = {
    "range": ("agree on each", "disagree wholly on each"),
    "average": ("are right on no image", "are right on every image"),
}
"""What networks do where a number is 0 on every class, and where it is 1."""


@dataclass(frozen=True)
class Ranking:
    """An order of classes, by what their images prove and not by a number from one image.

    Attributes:
        by: column of ``spread_of_classes`` that is shown.
        bound: the end of its interval that ranks.
        descending: whether the highest come first.
    """

    by: str
    bound: str
    descending: bool

    @property
    def end(self) -> str:
        """Which end of its interval ranks, in words."""
        return "lower" if self.bound.endswith("low") else "upper"

    def order(self, spread: pd.DataFrame) -> pd.DataFrame:
        """Return all classes, the first ones first."""
        up = not self.descending
        keys = [self.bound, self.by, "images", "class"]
        return spread.sort_values(keys, ascending=[up, up, False, True], ignore_index=True)

    def ties(self, ordered: pd.DataFrame) -> int:
        """Return how many classes share the first place."""
        if ordered.empty:
            return 0
        return int(np.isclose(ordered[self.bound], ordered[self.bound].iloc[0]).sum())

    def describe_all(self, spread: pd.DataFrame) -> str:
        """Say what networks do on all classes, where that is one thing; "" elsewhere."""
        at_none, at_all = EXTREMES[self.by]
        numbers = spread[self.by]
        if spread.empty or numbers.nunique() > 1:
            return ""
        return {0.0: at_none, 1.0: at_all}.get(numbers.iloc[0], "")

    def pick_first(self, spread: pd.DataFrame, least: int) -> pd.DataFrame:
        """Return the first classes of the order of which it is true that networks do so there.

        Args:
            spread: see ``spread_of_classes``.
            least: how many, where there are as many; more that tie for the first place.
        """
        numbers = spread[self.by]
        true = spread[numbers > 0 if self.descending else numbers < 1]
        if true.empty or self.describe_all(spread):
            return true.head(0)
        ordered = self.order(true)
        return ordered.head(max(self.ties(ordered), least))


WORST = "do worst"
"""The order that begins with the classes missed most."""
RANKINGS = {
    "disagree most": Ranking("range", "range_low", descending=True),
    "disagree least": Ranking("range", "range_high", descending=False),
    "do best": Ranking("average", "average_low", descending=True),
    WORST: Ranking("average", "average_high", descending=False),
}
"""Orders of classes, by what networks do on them."""


def leaves_of(
    table: pd.DataFrame, class_set: ClassSet, classes: Collection[int] | None = None
) -> pd.DataFrame:
    """Return a model's classes by accuracy, descending.

    Args:
        table: its numbers class by class, see ``read_by_class``.
        class_set: names and roots.
        classes: only these; by default all.

    Returns:
        Columns class, index, root (empty where the set has none), accuracy (0 to 1), images, low
        and high (the ends of its 95% interval), rank (from 1); classes without images are left
        out.
    """
    frame = pd.DataFrame(
        {
            "class": class_set.classes,
            "index": np.arange(len(class_set)),
            "root": class_set.roots or "",
            "accuracy": table["accuracy"].to_numpy(),
            "images": table["images"].to_numpy(),
        }
    )
    frame = frame[frame["images"] > 0]
    if classes is not None:
        frame = frame[frame["index"].isin(classes)]
    order = ["accuracy", "images", "class"]
    frame = frame.sort_values(order, ascending=[False, False, True], ignore_index=True)
    low, high = wilson_interval(frame["accuracy"].to_numpy(), frame["images"].to_numpy())
    return frame.assign(low=low, high=high, rank=np.arange(1, len(frame) + 1))


def shortlist(leaves: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return the classes that a network is proven to do best and worst, and the chosen ones.

    Args:
        leaves: see ``leaves_of``, with a column chosen (bool).
        most: how many rows; the best and the worst have at least half of them.

    Returns:
        The rows with a column part: ``best``, ``chosen`` for those that are neither, ``worst``.
    """
    ends = (most - min(int(leaves["chosen"].sum()), most // 2)) // 2
    best = Ranking("accuracy", "low", descending=True).order(leaves).head(ends)
    left = leaves[~leaves["index"].isin(best["index"])]
    worst = Ranking("accuracy", "high", descending=False).order(left).head(ends).iloc[::-1]
    rest = left[left["chosen"] & ~left["index"].isin(worst["index"])].head(most - 2 * ends)
    parts = {"best": best, "chosen": rest, "worst": worst}
    return pd.concat([rows.assign(part=part) for part, rows in parts.items()], ignore_index=True)

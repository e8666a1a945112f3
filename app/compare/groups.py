"""Groups of evaluations that can be compared, and their classes' numbers; pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.linalg import orthogonal_procrustes

from app.compare.task import Offered
from saliencnn.data.classset import ClassSet
from saliencnn.measures.rates import difference_interval, wilson_interval
from saliencnn.store.evaluation_records import EvaluationInfo, network_names
from saliencnn.store.verdicts import ACCEPTED, REJECTED

MARKS = {ACCEPTED: "✔", REJECTED: "✖"}
"""Put before the name of a network that somebody has accepted or rejected."""


@dataclass(frozen=True)
class Group:
    """Evaluations of networks with the same classes on the same images.

    Attributes:
        models: the most accurate first.
        class_set: theirs.
        standings: evaluation's id -> ``accepted`` or ``rejected``, where somebody decided.
    """

    models: tuple[EvaluationInfo, ...]
    class_set: ClassSet
    standings: Mapping[str, str] = field(default_factory=dict)

    @property
    def run_ids(self) -> tuple[str, ...]:
        """Ids of the evaluations, the most accurate first."""
        return tuple(info.run_id for info in self.models)

    @property
    def names(self) -> dict[str, str]:
        """Evaluation's id -> the network's name, as short as is unique; a verdict's mark first."""
        names = network_names(self.models)
        marks = {one: MARKS[standing] for one, standing in self.standings.items() if standing}
        return {
            one: f"{marks[one]} {name}" if one in marks else name for one, name in names.items()
        }

    @property
    def notes(self) -> list[str]:
        """What a person should know of them: once what is said of all, and of whom the rest is."""
        said: dict[str, list[str]] = {}
        for info in self.models:
            for note in info.notes:
                said.setdefault(note, []).append(self.names[info.run_id])
        return [
            note if len(of) == len(self.models) else f"{', '.join(of)}: {note}"
            for note, of in said.items()
        ]

    @property
    def images(self) -> int:
        """How many images each of them was evaluated on."""
        return int(self.models[0].metrics["images"])

    @property
    def images_id(self) -> str:
        """Id of images whose order and labels are those of all the evaluations."""
        return self.models[0].images_id

    @property
    def offered(self) -> Offered:
        """What a task may name."""
        return Offered(self.run_ids, self.class_set.classes, self.images)

    def info(self, run_id: str) -> EvaluationInfo:
        """Return one of the evaluations.

        Raises:
            KeyError: it is none of them.
        """
        return {info.run_id: info for info in self.models}[run_id]


def group_evaluations(evaluations: Iterable[EvaluationInfo]) -> list[tuple[EvaluationInfo, ...]]:
    """Return the groups of evaluations that can be compared, in each the most accurate first.

    Args:
        evaluations: the newest first.

    Returns:
        The group with the newest evaluation first.
    """
    found: dict[tuple[str, str], list[EvaluationInfo]] = {}
    for info in evaluations:
        found.setdefault((info.images, info.class_set), []).append(info)
    return [
        tuple(sorted(group, key=lambda info: (-info.metrics["top1"], info.model)))
        for group in found.values()
    ]


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
        numbers' 95 % intervals: range_low, range_high, average_low, average_high.
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


def leaves_of(table: pd.DataFrame, class_set: ClassSet, root: str = "") -> pd.DataFrame:
    """Return a model's classes by accuracy, descending.

    Args:
        table: its numbers class by class, see ``read_by_class``.
        class_set: names and roots.
        root: only classes of this root class; by default all.

    Returns:
        Columns class, index, root (empty where the set has none), accuracy (0 to 1), images, low
        and high (the ends of its 95 % interval), rank (from 1); classes without images are left
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
    frame = frame[(frame["images"] > 0) & ((frame["root"] == root) | (root == ""))]
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


def neighbours_of(distances: np.ndarray, index: int, class_set: ClassSet) -> pd.DataFrame:
    """Return the classes by their distance from one, the nearest first.

    Args:
        distances: float (C, C), see ``read_distances``.
        index: of the class.
        class_set: names and roots.

    Returns:
        Columns class, root (left out where the set has none), distance (0 to 1); empty for a class
        without images, and classes without images are left out.
    """
    row = distances[index].astype(float)
    row[index] = np.nan
    order = np.argsort(row, kind="stable")
    order = order[~np.isnan(row[order])]
    columns = {"class": [class_set.classes[i] for i in order]}
    if class_set.roots:
        columns["root"] = [class_set.roots[i] for i in order]
    return pd.DataFrame({**columns, "distance": row[order]})


def turn_towards(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return points turned, mirrored and scaled so that they lie nearest to others.

    t-SNE's axes mean nothing, so two models' graphs can be compared only once one is turned
    towards the other (orthogonal Procrustes problem, Schönemann 1966).

    Args:
        points: float (C, 2); rows of NaN stay and do not count.
        others: float (C, 2), likewise.

    Returns:
        float64 (C, 2).
    """
    both = ~(np.isnan(points) | np.isnan(others)).any(axis=1)
    if both.sum() < 2:
        return points.astype(float)
    middle, target = points[both].mean(axis=0), others[both].mean(axis=0)
    around, wanted = points[both] - middle, others[both] - target
    rotation, scale = orthogonal_procrustes(around, wanted)
    size = float((around**2).sum())
    return (points - middle) @ rotation * (scale / size if size else 1.0) + target


def classes_within(points: np.ndarray, x: Sequence[float], y: Sequence[float]) -> tuple[int, ...]:
    """Return the classes in a rectangle, ascending.

    Args:
        points: float (C, 2); NaN is nowhere.
        x: two bounds, in any order.
        y: likewise.
    """
    low, high = np.sort([x, y], axis=1).T
    return tuple(int(i) for i in np.flatnonzero(((points >= low) & (points <= high)).all(axis=1)))

"""Groups of evaluations that can be compared, and their classes' numbers; pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.linalg import orthogonal_procrustes

from pipelines.comparison.task import Offered
from saliencnn.data.classset import ClassSet
from saliencnn.store.evaluation_records import EvaluationInfo, join_notes, network_names
from saliencnn.store.verdicts import ACCEPTED, REJECTED

COSTS = {"multiply_adds": "multiply-adds", "parameters": "parameters"}
"""What a network costs; findings call one cheap by the first."""
MARKS = {ACCEPTED: "✔", REJECTED: "✖"}
"""Put before the name of a network that somebody has accepted or rejected."""


@dataclass(frozen=True)
class Group:
    """Evaluations of networks with the same classes on the same images.

    Attributes:
        models: the most accurate first.
        class_set: theirs.
        standings: evaluation's id -> ``accepted``, ``rejected`` or "", also of evaluations that
            could be compared with these and are left out by the verdicts on them.
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
    def left_out(self) -> dict[str, str]:
        """Id of each evaluation that its verdict leaves out -> how it stands."""
        return {one: own for one, own in self.standings.items() if one not in self.run_ids}

    @property
    def notes(self) -> list[str]:
        """What a person should know of them: once what is said of all, and of whom the rest is."""
        return join_notes(self.models, self.names)

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
        The group with the newest evaluation first; those of one network last.
    """
    found: dict[tuple[str, str], list[EvaluationInfo]] = {}
    for info in evaluations:
        found.setdefault((info.images, info.class_set), []).append(info)
    return [
        tuple(sorted(group, key=lambda info: (-info.metrics["top1"], info.model)))
        for group in sorted(found.values(), key=lambda group: len(group) == 1)
    ]


def find_largest(
    groups: Iterable[Sequence[EvaluationInfo]], standings: Mapping[str, str]
) -> tuple[EvaluationInfo, ...]:
    """Return the networks that nobody rejected, of the group with most of them; () without any.

    Args:
        groups: see ``group_evaluations``.
        standings: evaluation's id -> ``accepted``, ``rejected`` or "".
    """
    kept = (tuple(info for info in group if standings[info.run_id] != REJECTED) for group in groups)
    return max(kept, key=len, default=())


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


def known_costs(group: Group) -> dict[str, str]:
    """Return the units of ``COSTS`` that all evaluations know, with their names for people."""
    return {
        unit: name
        for unit, name in COSTS.items()
        if all(unit in info.metrics for info in group.models)
    }


def cost_frame(group: Group, unit: str, pinned: str = "") -> pd.DataFrame:
    """Return each network's accuracy and cost, as ``complexity_chart`` takes them.

    Args:
        group: the networks.
        unit: one of ``known_costs``.
        pinned: id of the evaluation that stands out; empty for none.
    """
    return pd.DataFrame(
        {
            "model": group.names[info.run_id],
            "top1": info.metrics["top1"],
            "top5": info.metrics.get("top5"),
            "complexity": info.metrics[unit],
            "pinned": info.run_id == pinned,
            "run_id": info.run_id,
        }
        for info in group.models
    )


def kind_frame(group: Group, by_class: pd.DataFrame, roots: Sequence[str]) -> pd.DataFrame:
    """Return each network's accuracy on kinds of thing, as ``radar_chart`` takes them.

    Args:
        group: the networks.
        by_class: numbers class by class of any of them, with the column images.
        roots: root classes that have images.
    """
    images = by_class["images"].groupby(list(group.class_set.roots)).sum()
    return pd.DataFrame(
        {
            "model": group.names[info.run_id],
            "root": root,
            "accuracy": info.root_accuracy[root],
            "images": int(images[root]),
        }
        for info in group.models
        for root in roots
    )

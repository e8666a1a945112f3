"""How maps are drawn, and the cells that show one method's maps of an image."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from app.drawing.sheet import Cell
from saliencnn.drawing.heat import rescale, rescale_one
from saliencnn.maps.history import MapHistory
from saliencnn.measures.energy import is_constant
from saliencnn.saliency.methods import group_alike, label_group, name_group
from saliencnn.store.runs import RunInfo

SAME = 0.05
"""Of the maximum: maps that differ by no more anywhere look the same."""


@dataclass(frozen=True)
class View:
    """How maps are drawn.

    Attributes:
        methods: which, in the order of the rows.
        opacity: of the colours over the image, 0 to 1.
        threshold: what lies below this fraction of the maximum is not drawn, 0 to 1.
        jointly: whether all epochs share one scale, or each map has its own.
        trust: method -> its results in the sanity checks, in short.
        alike: method that is drawn -> all those chosen that look like it, itself among them.
    """

    methods: tuple[str, ...]
    opacity: float
    threshold: float
    jointly: bool
    trust: Mapping[str, str] = field(default_factory=dict)
    alike: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def drawn_as(self, method: str) -> tuple[str, ...]:
        """Return the chosen methods that a method is drawn for."""
        return self.alike.get(method, (method,))

    def label(self, method: str) -> str:
        """Return how people call a method and those that look like it."""
        return label_group(self.drawn_as(method))

    def name(self, method: str) -> str:
        """Return the same as part of a sentence."""
        return name_group(self.drawn_as(method))


def draw_once(view: View, runs: Iterable[RunInfo]) -> View:
    """Return a view in which methods that look the same on all of some runs are drawn once."""
    groups = group_alike(view.methods, [run.head_kind for run in runs])
    alike = {group[0]: group for group in groups if len(group) > 1}
    return replace(view, methods=tuple(group[0] for group in groups), alike=alike)


def draw_alike_once(view: View, maps: Mapping[str, Mapping[int, np.ndarray]]) -> View:
    """Return a view in which methods whose maps of an image look the same are drawn once.

    Args:
        view: how they are drawn.
        maps: method -> epoch -> raw map (h, w).
    """
    groups: list[list[str]] = []
    for method in view.methods:
        own = maps.get(method, {})
        same = next((one for one in groups if _look_same(maps.get(one[0], {}), own)), None)
        if same is None:
            groups.append(same := [])
        same.append(method)
    drawn = {
        group[0]: tuple(one for name in group for one in view.drawn_as(name)) for group in groups
    }
    alike = {method: names for method, names in drawn.items() if len(names) > 1}
    return replace(view, methods=tuple(drawn), alike=alike)


def _look_same(some: Mapping[int, np.ndarray], others: Mapping[int, np.ndarray]) -> bool:
    """Return whether two methods have maps at the same epochs, which look the same at each."""
    return (
        bool(some)
        and some.keys() == others.keys()
        and all(
            some[epoch].shape == others[epoch].shape
            and np.allclose(rescale_one(some[epoch]), rescale_one(others[epoch]), rtol=0, atol=SAME)
            for epoch in some
        )
    )


def scale_maps(maps: dict[int, np.ndarray], jointly: bool) -> dict[int, np.ndarray]:
    """Return a method's maps by epoch in 0..1, by one maximum for all or each by its own."""
    if not maps:
        return {}
    scaled = rescale(np.stack(list(maps.values())), jointly)
    return dict(zip(maps, scaled, strict=True))


def make_cell(
    history: MapHistory,
    method: str,
    epoch: int,
    scaled: dict[int, np.ndarray],
    classes: tuple[str, ...],
    true: int | None,
) -> Cell:
    """Return what the grid shows of one method at one epoch.

    Args:
        history: the image's maps.
        method: which.
        epoch: which.
        scaled: the method's maps as ``scale_maps`` returns them.
        classes: class names.
        true: the image's class, if known.
    """
    prediction = history.predictions.get(epoch)
    predicted = classes[prediction.predicted] if prediction else ""
    confidence = prediction.confidence if prediction else None
    correct = None if prediction is None or true is None else prediction.predicted == true
    if epoch not in scaled:
        return Cell(None, (), predicted, confidence, correct, "not logged")
    if is_constant(history.maps[method][epoch][None])[0]:
        return Cell(None, (), predicted, confidence, correct, "constant map")
    focus = history.focus[method][epoch]
    caption = (f"focus {focus:.2f}",) if np.isfinite(focus) else ()
    return Cell(scaled[epoch], caption, predicted, confidence, correct)

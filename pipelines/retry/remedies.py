"""What may be changed against what a run's findings show, as far as its own numbers support it."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from pipelines.retry.settings import Settings, scale_size
from pipelines.training.request import IMAGE_SIZE
from saliencnn.common.hyperparameters import UNBALANCED, UNGUIDED, Hyperparameters
from saliencnn.findings.confusion_help import (
    BALANCED,
    HARDER_IMAGES,
    LARGER_IMAGES,
    LONGER_TRAINING,
)

_BOUNDS = {spec.name: spec.metadata for spec in fields(Hyperparameters)}
MAX_EPOCHS, LOWEST_RATE = _BOUNDS["epochs"]["high"], _BOUNDS["learning_rate"]["low"]
MIXED = 0.2
"""Strength of mixup; Zhang (2018) found 0.1 to 0.4 to help."""
CROPPED, SMOOTHED = 0.35, 0.1
"""What a random crop leaves out at most, and the target's fraction that label smoothing spreads."""
MAX_TIMES = 2.0
"""Times the side that images are made larger at once: four times the pixels, and the time."""


@dataclass(frozen=True)
class Row:
    """What is changed where a finding says what is wrong, or what may help.

    Attributes:
        title: what is done, in words.
        change: from a run's settings, and ``Remedy.times``, to those that change.
        expected: what to expect of it, and how sure that is.
    """

    title: str
    change: Callable[[Settings, float], dict[str, Any]]
    expected: str


def _train_longer(start: Settings, _times: float) -> dict[str, Any]:
    return {"epochs": min(2 * start["epochs"], MAX_EPOCHS)}


def _enlarge(start: Settings, times: float) -> dict[str, Any]:
    if not start[IMAGE_SIZE]:
        return {}
    return {IMAGE_SIZE: scale_size(start[IMAGE_SIZE], min(times, MAX_TIMES))}


def _mix(start: Settings, _times: float) -> dict[str, Any]:
    mixes = start["mixup"] or start["cutmix"] or start["guidance"] != UNGUIDED
    return {} if mixes else {"mixup": MIXED}


def _raise_to(name: str, value: float) -> Callable[[Settings, float], dict[str, Any]]:
    return lambda start, _: {name: value} if start[name] < value else {}


_EXPECT_CLOSER = (
    "Expect training and validation accuracy to come closer. Whether more validation images are "
    "then right is not known."
)
_BALANCE = "Let each class count the same"
_HARDER = (
    Row("Images that are harder to memorize", _mix, _EXPECT_CLOSER),
    Row("Crop the images at random", _raise_to("crop", CROPPED), _EXPECT_CLOSER),
    Row("Ask for less certain answers", _raise_to("label_smoothing", SMOOTHED), _EXPECT_CLOSER),
)


def _make_harder(start: Settings, times: float) -> dict[str, Any]:
    """Return the first change that makes images harder to memorize, beside others that help."""
    return next(filter(None, (row.change(start, times) for row in _HARDER)), {})


ROWS: dict[str, tuple[Row, ...]] = {
    HARDER_IMAGES: (Row(_HARDER[0].title, _make_harder, _EXPECT_CLOSER),),
    LONGER_TRAINING: (
        Row(
            "Longer training",
            _train_longer,
            "Accuracy was still rising, so it may go on to; whether it then tells these classes "
            "apart is not known.",
        ),
    ),
    LARGER_IMAGES: (
        Row(
            "Larger images",
            _enlarge,
            "What more detail brings is not known: no run here was trained on these images at "
            "this size.",
        ),
    ),
    BALANCED: (
        Row(
            _BALANCE,
            lambda start, _: {"balance": "sampling"} if start["balance"] == UNBALANCED else {},
            "Expect the rarer class to be named more often, rightly or wrongly; whether fewer "
            "images are confused is not known.",
        ),
    ),
    "overfitting": _HARDER,
    "memorized": _HARDER,
    "imbalance": (
        Row(
            _BALANCE,
            lambda *_: {"balance": "sampling"},
            "Expect rare classes to be recognized more often; frequent ones may lose a little.",
        ),
    ),
    "loss above chance": (
        Row(
            "Learn more slowly",
            lambda start, _: {"learning_rate": max(start["learning_rate"] / 10, LOWEST_RATE)},
            "Expect a better first epoch; what the last one gains is not known.",
        ),
    ),
    "still rising": (
        Row(
            "Longer training",
            _train_longer,
            "Expect accuracy to rise further; by how much is not known.",
        ),
    ),
}
"""By what may help, or by the name of the finding's rule, what comes first of several.

A new one is one more row. Who trains longer what memorizes already mends nothing, so that comes
last.
"""

"""The search space of retries: which hyperparameters may change, and how far."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution

from saliencnn.common.hyperparameters import BALANCES, SCHEDULES, Hyperparameters

SPACE: dict[str, BaseDistribution] = {
    "learning_rate": FloatDistribution(1e-4, 1e-2, log=True),
    "schedule": CategoricalDistribution(SCHEDULES),
    "balance": CategoricalDistribution(BALANCES),
    "weight_decay": FloatDistribution(1e-6, 1e-1, log=True),
    "crop": FloatDistribution(0.0, 0.7),
    "color_jitter": FloatDistribution(0.0, 1.0),
    # Half at most: a network that never sees a color fails on the colored validation images.
    "grayscale": FloatDistribution(0.0, 0.5),
    "erasing": FloatDistribution(0.0, 0.8),
    "degrade": FloatDistribution(0.0, 0.8),
    "mixup": FloatDistribution(0.0, 1.0),
    "cutmix": FloatDistribution(0.0, 1.0),
    "label_smoothing": FloatDistribution(0.0, 0.2),
    "dropout": FloatDistribution(0.0, 0.5),
    "ema": FloatDistribution(0.0, 0.999),
}
"""What a retry may change; everything else stays as in the run it starts from."""
AUGMENTATIONS = ("crop", "color_jitter", "grayscale", "erasing", "degrade")
"""What changes the images themselves, and so where a network can look at all."""
COLOURS = ("color_jitter", "grayscale")
"""Those of them that take colours away, and so harm classes that differ in colour."""
MIXING = ("mixup", "cutmix")
"""What excludes guidance."""


def inside(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the space's part of some values, moved to the bounds where they lie outside.

    Args:
        values: hyperparameters by name, as a past run may have them.
    """
    moved = {}
    for name, distribution in SPACE.items():
        value = values[name]
        if isinstance(distribution, FloatDistribution):
            value = min(max(float(value), distribution.low), distribution.high)
        moved[name] = value
    return moved


def from_unit(point: Mapping[str, float]) -> dict[str, Any]:
    """Return the values at a point of the unit cube.

    Args:
        point: a number from 0 to 1 for every name of the space.
    """
    return {name: _scale(SPACE[name], fraction) for name, fraction in point.items()}


def to_unit(values: Mapping[str, Any]) -> dict[str, float]:
    """Return where values lie in the unit cube; choices lie evenly spread.

    Args:
        values: inside the space.
    """
    return {name: _share(distribution, values[name]) for name, distribution in SPACE.items()}


def place(hyperparameters: Hyperparameters) -> np.ndarray:
    """Return where hyperparameters lie in the unit cube, in the order of ``SPACE``."""
    return np.array(list(to_unit(inside(hyperparameters.as_dict())).values()))


def _scale(distribution: BaseDistribution, fraction: float) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        count = len(distribution.choices)
        return distribution.choices[min(int(fraction * count), count - 1)]
    assert isinstance(distribution, FloatDistribution)
    low, high = distribution.low, distribution.high
    if distribution.log:
        return min(max(low * (high / low) ** fraction, low), high)
    return low + fraction * (high - low)


def _share(distribution: BaseDistribution, value: Any) -> float:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices.index(value) / max(1, len(distribution.choices) - 1)
    assert isinstance(distribution, FloatDistribution)
    low, high = distribution.low, distribution.high
    if distribution.log:
        return math.log(value / low) / math.log(high / low)
    return (float(value) - low) / (high - low)

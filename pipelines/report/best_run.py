"""Which run is right most often, and whether by more than chance, from last numbers alone."""

from collections.abc import Iterable, Sequence

import numpy as np

from saliencnn.measures.rates import LEVEL, differ_by_chance, difference_interval
from saliencnn.store.runs import RunInfo
from saliencnn.store.verdicts import REJECTED

WITHOUT, OVERALL = "counterfactual_accuracy", "val_accuracy"
"""What ranks networks: the first where all have it."""


def choose_metric(without: Iterable[tuple[float, int]]) -> str:
    """Return the metric that ranks networks, from (rate, images) without the shortcut of each."""
    return WITHOUT if all(images for _, images in without) else OVERALL


def find_best(runs: Iterable[RunInfo], metric: str) -> RunInfo | None:
    """Return the first of the runs that are right most often; None where nothing is known of any.

    What is not sound is passed over.

    Args:
        runs: that validate on the same images.
        metric: by which.
    """
    sound = [one for one in runs if metric in one.metrics and is_sound(one)]
    return max(sound, key=lambda one: one.metrics[metric], default=None)


def is_sound(run: RunInfo) -> bool:
    """Whether a run was neither rejected, nor convicted, nor trained on random labels."""
    return run.standing != REJECTED and not (run.conviction or run.labels_randomized)


def find_better(shown: Sequence[RunInfo], others: Iterable[RunInfo], images: int) -> RunInfo | None:
    """Return the run that ``find_best`` does, if it is clearly right more often than those shown.

    Only their last numbers are read, so this tells which story is worth reading.

    Args:
        shown: runs that validate on the same images.
        others: likewise.
        images: how many there are.
    """
    metric = choose_metric(_rate(one, WITHOUT, images) for one in shown)
    best = find_best((one for one in others if _rate(one, metric, images)[1]), metric)
    if best is None:
        return None
    rate = _rate(best, metric, images)
    return best if all(find_lead(rate, _rate(one, metric, images)) for one in shown) else None


def find_lead(first: tuple[float, int], second: tuple[float, int]) -> tuple[float, float] | None:
    """Return the 95% interval of how much oftener a network is right than another.

    Args:
        first: how often the network is right, and of how many images.
        second: likewise the other; None comes of what chance may set apart.
    """
    (best, images), (other, others) = first, second
    low, high = difference_interval(np.array(best), np.array(other), np.array(min(images, others)))
    clearly = low > 0 and differ_by_chance(best, other, images, others) <= 1 - LEVEL
    return (float(low), float(high)) if clearly else None


def _rate(run: RunInfo, metric: str, images: int) -> tuple[float, int]:
    """Return how often a run is right, and of how many images; none where that is not known."""
    if metric not in run.metrics:
        return 0.0, 0
    of = int(run.metrics.get("counterfactual_images", 0)) if metric == WITHOUT else images
    return run.metrics[metric], of

"""What a picture of runs says: where each looks in one image, and how often it is right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from saliencnn.common.sentences import join_words, quote
from saliencnn.common.shown import LONGEST_NAME
from saliencnn.findings.focus_words import Place
from saliencnn.findings.map_location import name_location
from saliencnn.maps.history import EpochPrediction
from saliencnn.measures.energy import is_empty
from saliencnn.measures.focus import INSIDE

RATES = {"val_accuracy": "in validation", "counterfactual_accuracy": "without the shortcut"}
"""Metric -> on which images it is measured, in words."""
MARGIN_OF_CHANCE = 0.2
"""Of a map, what must lie on the object beyond the fraction of the image that it fills."""


@dataclass(frozen=True, eq=False)
class RunView:
    """What one run makes of the image at an epoch.

    Attributes:
        name: the run's, for people.
        epoch: which.
        saliency: the raw map (h, w); None where there is none.
        focus: fraction of it on the object; NaN where unknown.
        chance: fraction of the image that the object fills; NaN where unknown.
        mean_focus: of all validation images; NaN where unknown.
        prediction: what the run says of the image; None where unknown.
        rates: metric of ``RATES`` -> (fraction, images), where measured.
    """

    name: str
    epoch: int
    saliency: np.ndarray | None
    focus: float
    chance: float
    mean_focus: float
    prediction: EpochPrediction | None
    rates: dict[str, tuple[float, int]]

    @property
    def note(self) -> str:
        """Why there is nothing to see; "" where there is a map."""
        if self.saliency is None:
            return "not logged"
        return "empty map" if is_empty(self.saliency[None])[0] else ""


def describe_picture(views: Sequence[RunView], name: str, place: Place) -> str:
    """Say of one image where each run looks, and how often each is right.

    Args:
        views: of the runs.
        name: of the image's class.
        place: where maps should lie.
    """
    metric = shared_metric(views)
    told: list[str] = []
    explained = {"where": False, "rate": False}
    for view in views:
        parts = {
            "where": _say_where(view, place, not explained["where"]),
            "rate": _say_rate(view, metric, not explained["rate"]),
        }
        said = [part for part in parts.values() if part]
        if said:
            told.append(f"{view.name} {join_words(said)}")
        explained = {about: known or bool(parts[about]) for about, known in explained.items()}
    lead = "The same image" if len(views) > 1 else "An image"
    what = f"{lead} of {quote(name, LONGEST_NAME)}"
    return f"{what}: {'; '.join(told)}." if told else f"{what}."


def _say_where(view: RunView, place: Place, first: bool) -> str:
    """Say where a run looks in the image, as the end of a sentence; "" where no map says it."""
    if view.saliency is None or view.note:
        return ""
    if not np.isfinite(view.focus) or view.chance > 1 - MARGIN_OF_CHANCE:
        return f"has a map that {name_location(view.saliency)}"
    on = _say_share(view, place) if first else ""
    return f"looks {_name_place(view, place)} ({view.focus:.0%}{on})"


def _say_share(view: RunView, place: Place) -> str:
    """Say what the percentage is of, and what a map of anything would have there."""
    fills = f", which fills {view.chance:.0%} of the image" if np.isfinite(view.chance) else ""
    return f" of its map lies {place.words['inside'] if fills else place.words['on']}{fills}"


def _name_place(view: RunView, place: Place) -> str:
    """Say where most of a map lies, beside what a map of anything would have on the object."""
    chance = view.chance if np.isfinite(view.chance) else 0.0
    at = place.words["at"]
    if view.focus - chance < MARGIN_OF_CHANCE:
        by_chance = view.focus >= INSIDE
        return f"{at} no more than by chance" if by_chance else "mostly beside the object"
    return f"mostly {at}" if view.focus >= INSIDE else f"{at} and around it"


def _say_rate(view: RunView, metric: str, first: bool) -> str:
    if metric not in view.rates:
        return ""
    rate, _ = view.rates[metric]
    return f"is right on {rate:.1%}{f' {RATES[metric]}' if first else ''}"


def shared_metric(views: Sequence[RunView]) -> str:
    """Return the metric that tells runs apart: without the shortcut, where all measured that."""
    without = "counterfactual_accuracy"
    return without if all(without in view.rates for view in views) else "val_accuracy"


def list_words(view: RunView, classes: Sequence[str], true: int, metric: str) -> list[str]:
    """Return the lines below a run's map.

    Args:
        view: the run's.
        classes: all class names.
        true: the image's class.
        metric: of ``RATES``, the one that the runs share.
    """
    words = []
    if view.prediction is not None:
        name = quote(classes[view.prediction.predicted], LONGEST_NAME)
        words.append(f"says {name}: {'right' if view.prediction.predicted == true else 'wrong'}")
    mean = f", mean {view.mean_focus:.2f}" if np.isfinite(view.mean_focus) else ""
    focus = f": focus {view.focus:.2f}{mean}" if np.isfinite(view.focus) else ""
    words.append(f"epoch {view.epoch}{focus}")
    if metric in view.rates:
        rate, images = view.rates[metric]
        words.append(f"{round(rate * images):,}/{images:,} right {RATES[metric]}")
    return words

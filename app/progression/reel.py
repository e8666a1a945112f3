"""One image's maps over the epochs, of one run or of two: what a film shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from saliencnn.findings.focus_words import Place
from saliencnn.maps.history import EpochPrediction, MapHistory


@dataclass(frozen=True, eq=False)
class Reel:
    """One run's maps of an image.

    Attributes:
        name: the run's, "" where only one is shown.
        history: the maps.
        predictions: epoch -> what the run predicts.
        epochs: its complete ones.
        said: the maps of the class that it says, where that is not the explained one.
    """

    name: str
    history: MapHistory
    predictions: dict[int, EpochPrediction]
    epochs: Sequence[int]
    said: MapHistory = field(default_factory=MapHistory)

    def shown_at(self, epoch: int) -> int | None:
        """Return which epoch stands for one: itself, or the last where the run ended before it."""
        if epoch in self.epochs:
            return epoch
        return self.epochs[-1] if self.epochs and epoch > self.epochs[-1] else None


@dataclass(frozen=True, eq=False)
class Film:
    """What a film shows.

    Attributes:
        title: run, image and class, for the enlarged view.
        image: uint8 (H, W, 3).
        image_name: for people.
        outline: bool (H, W), where the object is; None if unknown.
        reels: of the run, and of the one beside it if there is one.
        classes: class names.
        true: the image's class, if known.
        chosen: the epoch.
        place: where the maps should lie, in words.
        target: the class whose maps these are; None where the page says it elsewhere.
    """

    title: str
    image: np.ndarray
    image_name: str
    outline: np.ndarray | None
    reels: tuple[Reel, ...]
    classes: tuple[str, ...]
    true: int | None
    chosen: int
    place: Place = field(default_factory=Place)
    target: int | None = None

    @property
    def epochs(self) -> list[int]:
        """Those of all its runs, ascending."""
        return sorted({epoch for reel in self.reels for epoch in reel.epochs})

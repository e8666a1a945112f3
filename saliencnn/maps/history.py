"""The maps of one image over the epochs: those that training logged, and those computed later."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from saliencnn.saliency.methods import METHODS
from saliencnn.store.maptable import MapTable, unpack_maps


@dataclass(frozen=True)
class EpochPrediction:
    """What the network predicts for an image at one epoch.

    Attributes:
        predicted: the most likely class.
        confidence: its probability, 0 to 1.
        target_confidence: probability of the class explained, 0 to 1.
        next_likely: (class, its probability) of the next most likely, none where not known.
    """

    predicted: int
    confidence: float
    target_confidence: float
    next_likely: tuple[tuple[int, float], ...] = ()


@dataclass
class MapHistory:
    """One image's maps for one target class over the epochs; missing ones have no key.

    Attributes:
        maps: method -> epoch -> raw map (h, w).
        focus: method -> epoch -> 0 to 1, or NaN.
        predictions: epoch -> what was predicted.
    """

    maps: dict[str, dict[int, np.ndarray]] = field(default_factory=dict)
    focus: dict[str, dict[int, float]] = field(default_factory=dict)
    predictions: dict[int, EpochPrediction] = field(default_factory=dict)

    def add(
        self,
        epoch: int,
        table: MapTable,
        image: int,
        next_likely: tuple[tuple[int, float], ...] = (),
    ) -> None:
        """Add an image's maps of an epoch, if the table has them."""
        rows = table.rows[table.rows["image"] == image][:1]
        if not len(rows):
            return
        row, maps = rows[0], unpack_maps(rows)[0]
        for position, method in enumerate(table.methods):
            self.maps.setdefault(method, {})[epoch] = maps[position]
            self.focus.setdefault(method, {})[epoch] = float(row["focus"][position])
        self.predictions[epoch] = EpochPrediction(
            int(row["predicted"]),
            float(row["confidence"]),
            float(row["target_confidence"]),
            next_likely,
        )

    def missing(self, methods: Iterable[str], epochs: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """Return the epochs that lack maps, with the methods they lack."""
        wanted = tuple(methods)
        lacking = {e: tuple(m for m in wanted if e not in self.maps.get(m, {})) for e in epochs}
        return {epoch: absent for epoch, absent in lacking.items() if absent}


AMONG_OTHERS = 1 / 3
"""Of the time that a forward pass of one image takes alone, what it takes in a batch; measured with
MobileNetV2 on two cores."""


@dataclass(frozen=True)
class Pace:
    """How long a run's network takes here.

    Attributes:
        checkpoint: seconds until one is loaded.
        forward: seconds of a forward pass of one image.
    """

    checkpoint: float
    forward: float

    def estimate(self, method: str, checkpoints: int) -> float:
        """Return about how many seconds a method's maps of an image at all checkpoints take."""
        row = METHODS[method]
        # Every other pass of these goes backward, which takes longer.
        passes = row.passes * (2 if row.family == "input" else 1)
        return checkpoints * (self.checkpoint + self.forward * (1 + AMONG_OTHERS * passes))


@dataclass(frozen=True)
class UploadedImageHistory:
    """An image from outside the image set over a run's checkpoints.

    Attributes:
        history: its maps over the epochs.
        pixels: as the network saw it, uint8 (size, size, 3).
        target: the class explained.
        pace: how long it took; None where all was known.
    """

    history: MapHistory
    pixels: np.ndarray
    target: int
    pace: Pace | None

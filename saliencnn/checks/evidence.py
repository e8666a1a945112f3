"""What a check shows on a single image: its maps under changes, or curves of its score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from saliencnn.checks.check import Check

if TYPE_CHECKING:
    from torch import Tensor, nn

Arrays = dict[str, np.ndarray]
"""One method's part of an evidence by name, as it is stored."""


@dataclass(frozen=True)
class Resources:
    """What a check may need besides its subject.

    Attributes:
        load_image: from the number of a validation image to its pixels, normalised, (C, H, W).
        control: network trained on randomized labels, for checks that compare with one.
    """

    load_image: Callable[[int], Tensor]
    control: nn.Module | None = None


@dataclass(frozen=True)
class MapComparison:
    """An image's maps as they are and after K changes.

    Attributes:
        names: of the K + 1 columns; the first is the image and the network as they are.
        maps: method -> (K + 1, h, w).
        similarity: measure -> method -> float64 (K,), of each changed map to the first; NaN where
            nothing is judged.
        logit_change: (K,), how far the logits moved, as the check measures it; NaN where it does
            not.
        tolerance: of the logits' change, above which nothing is judged; NaN without one.
    """

    names: tuple[str, ...]
    maps: dict[str, np.ndarray]
    similarity: dict[str, dict[str, np.ndarray]]
    logit_change: np.ndarray
    tolerance: float = float("nan")

    def split(self) -> dict[str, Arrays]:
        """Return each method's part."""
        shared = {
            "names": np.array(self.names),
            "logit_change": self.logit_change,
            "tolerance": np.array(self.tolerance),
        }
        return {
            method: {
                **shared,
                "maps": maps,
                **{f"similarity/{name}": of[method] for name, of in self.similarity.items()},
            }
            for method, maps in self.maps.items()
        }

    @classmethod
    def join(cls, parts: Mapping[str, Arrays]) -> MapComparison:
        """Return the whole of ``split``; of no method, it has no columns either."""
        first = next(iter(parts.values()), {"names": np.array([])})
        unknown = np.full(max(0, len(first["names"]) - 1), np.nan)
        measures = [name for name in first if name.startswith("similarity/")]
        return cls(
            tuple(str(name) for name in first["names"]),
            {method: part["maps"] for method, part in parts.items()},
            {
                name.removeprefix("similarity/"): {m: part[name] for m, part in parts.items()}
                for name in measures
            },
            first.get("logit_change", unknown),
            float(first.get("tolerance", np.nan)),
        )


@dataclass(frozen=True)
class CurveComparison:
    """The class's probability as pixels of an image are removed or inserted.

    Attributes:
        fractions: kind of curve -> (S + 1,), fraction of the pixels.
        own: kind -> method -> (S + 1,), in the order of its map; NaN where that is constant.
        random_baseline: kind -> method -> (draws, S + 1), in random orders of the same resolution.
        beaten: method -> fraction of the random orders that it beats, 0 to 1; NaN for constant
            maps.
    """

    fractions: dict[str, np.ndarray]
    own: dict[str, dict[str, np.ndarray]]
    random_baseline: dict[str, dict[str, np.ndarray]]
    beaten: dict[str, float]

    def split(self) -> dict[str, Arrays]:
        """Return each method's part."""
        return {
            method: {
                "beaten": np.array(beaten),
                **{f"fractions/{kind}": fractions for kind, fractions in self.fractions.items()},
                **{f"own/{kind}": curves[method] for kind, curves in self.own.items()},
                **{
                    f"random_baseline/{kind}": curves[method]
                    for kind, curves in self.random_baseline.items()
                },
            }
            for method, beaten in self.beaten.items()
        }

    @classmethod
    def join(cls, parts: Mapping[str, Arrays]) -> CurveComparison:
        """Return the whole of ``split``; of no method, it has no kinds either."""
        first = next(iter(parts.values()), {})
        kinds = [name.removeprefix("own/") for name in first if name.startswith("own/")]
        return cls(
            {kind: first[f"fractions/{kind}"] for kind in kinds},
            {kind: {m: part[f"own/{kind}"] for m, part in parts.items()} for kind in kinds},
            {
                kind: {m: part[f"random_baseline/{kind}"] for m, part in parts.items()}
                for kind in kinds
            },
            {m: float(part["beaten"]) for m, part in parts.items()},
        )


Evidence = MapComparison | CurveComparison


def moved_per_score(similarity: np.ndarray, logit_change: np.ndarray) -> np.ndarray:
    """Return how much a map moved for each unit that the score moved.

    Args:
        similarity: Spearman's correlation of the maps before and after, -1 to 1.
        logit_change: how far the score moved, 0 or more, of the same shape.

    Returns:
        (1 - similarity) / logit_change, from 0; NaN where the score did not move at all.
    """
    moved = np.where(np.asarray(logit_change) > 0, logit_change, np.nan)
    return np.asarray((1 - similarity) / moved)


def join_evidence(check: Check, parts: Mapping[str, Arrays]) -> Evidence:
    """Return what a check shows from each method's part."""
    return (CurveComparison if check.draws_curves else MapComparison).join(parts)

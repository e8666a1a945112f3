"""How far BBMP's explanation of one image depends on where its descent began."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipelines.trust.answers import MapQuery, Options, answer, kept_answers
from saliencnn.checks.evidence import Arrays
from saliencnn.common.progress import Progress

if TYPE_CHECKING:
    from saliencnn.checks.subject import Subject

METHOD, CHECK = "bbmp", "spread"
STARTS = ("from Grad-CAM", "from the center", "random 1", "random 2")
OPTIONS: Options = {"starts": len(STARTS)}


@dataclass(frozen=True)
class MaskSpread:
    """Masks of one image by S starts, as saliency: 1 where a mask deletes, 0 where it keeps.

    Attributes:
        starts: S names.
        maps: (S, h, w) in 0..1.
        objectives: (S,), what each descent reached; the lower, the better its mask.
        mean: (h, w) in 0..1, over the starts.
        deviation: (h, w) in 0..0.5, standard deviation over the starts.
        correlation: mean of Pearson's r over all pairs of maps; NaN if one is constant.
    """

    starts: tuple[str, ...]
    maps: np.ndarray
    objectives: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    correlation: float


def show_mask_spread(query: MapQuery, report: Progress) -> MaskSpread:
    """Learn BBMP's mask from each of ``STARTS``, or read what is kept.

    Args:
        query: the image and the network, whatever the methods.
        report: called with the progress; what it raises cancels the work.

    Raises:
        UserError: no such checkpoint.
    """

    def compute(subject: Subject) -> dict[str, Arrays]:
        from pipelines.trust.mask_descents import learn_masks

        return {METHOD: learn_masks(subject, report)}

    return _as_spread(answer(_of_bbmp(query), CHECK, OPTIONS, compute)[METHOD])


def read_spread(query: MapQuery) -> MaskSpread | None:
    """Return the spread where it is kept, or None."""
    kept = kept_answers(_of_bbmp(query), CHECK, OPTIONS)
    return _as_spread(kept[METHOD]) if kept else None


def _of_bbmp(query: MapQuery) -> MapQuery:
    return replace(query, methods=(METHOD,))


def _as_spread(arrays: Arrays) -> MaskSpread:
    maps = arrays["maps"]
    return MaskSpread(
        tuple(str(name) for name in arrays["names"]),
        maps,
        arrays["objectives"],
        maps.mean(axis=0),
        arrays["deviation"],
        float(arrays["correlation"]),
    )

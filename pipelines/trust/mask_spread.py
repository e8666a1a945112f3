"""How far BBMP's explanation of one image depends on where its descent began."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from pipelines.trust.answers import MapQuery, Options, answer, kept_answers
from saliencnn.checks.evidence import Arrays
from saliencnn.checks.subject import Subject, maps_of
from saliencnn.common.progress import Progress, part_of
from saliencnn.saliency.bbmp import random_start, spread, start_from_map, without_centre
from saliencnn.saliency.bbmp_objective import grid_of
from saliencnn.saliency.passes import explaining

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
        return {METHOD: _learn(subject, report)}

    return _as_spread(answer(_of_bbmp(query), CHECK, OPTIONS, compute)[METHOD])


def read_spread(query: MapQuery) -> MaskSpread | None:
    """Return the spread where it is kept, or None."""
    kept = kept_answers(_of_bbmp(query), CHECK, OPTIONS)
    return _as_spread(kept[METHOD]) if kept else None


def _of_bbmp(query: MapQuery) -> MapQuery:
    return replace(query, methods=(METHOD,))


def _learn(subject: Subject, report: Progress) -> Arrays:
    starts = _starts(subject, part_of(report, 0.0, 0.02))
    of_masks = part_of(report, 0.02, 1.0, "BBMP")
    with explaining(subject.model):
        found = spread(
            subject.model,
            subject.images,
            subject.targets,
            starts,
            seed=subject.seed,
            report=of_masks,
        )
    report(1.0, "Compared")
    return {
        "names": np.array(STARTS),
        "maps": torch.cat([1 - one.masks for one in found.learned]).cpu().numpy(),
        "objectives": torch.cat([one.objective for one in found.learned]).cpu().numpy(),
        "deviation": found.deviation[0].cpu().numpy(),
        "correlation": found.correlation[0].cpu().numpy(),
    }


def _starts(subject: Subject, report: Progress) -> list[Tensor]:
    """Return what ``STARTS`` names."""
    focused = maps_of(replace(subject, methods=("gradcam",)), report)["gradcam"]
    count, grid = len(subject.images), grid_of(*subject.images.shape[-2:])
    chances = [random_start(count, subject.seed + nth) for nth in (1, 2)]
    return [start_from_map(focused), without_centre(grid).expand(count, -1, -1), *chances]


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

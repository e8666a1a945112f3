"""BBMP's descents from several starts."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from pipelines.trust.mask_spread import STARTS
from saliencnn.checks.evidence import Arrays
from saliencnn.checks.subject import Subject, maps_of
from saliencnn.common.progress import Progress, part_of
from saliencnn.saliency.bbmp import random_start, spread, start_from_map, without_centre
from saliencnn.saliency.bbmp_objective import grid_of
from saliencnn.saliency.passes import explaining


def learn_masks(subject: Subject, report: Progress) -> Arrays:
    """Return what is kept of the masks that a subject's image gets from each of ``STARTS``."""
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

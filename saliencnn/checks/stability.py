"""Stability: does a map stay when the image changes by less than anybody sees?

A little noise (Alvarez-Melis and Jaakkola 2018, "On the robustness of interpretability methods")
and a shift by one pixel. How much the logits moved is given as well: a map that moves with them is
no worse than its network.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from saliencnn.checks.evidence import MapComparison, Resources, moved_per_score
from saliencnn.checks.quantities import NUMBER, PER_SCORE, Quantities
from saliencnn.checks.subject import Explanation, Subject, compare_maps, explain_subject
from saliencnn.common.progress import Progress, part_of
from saliencnn.saliency.passes import scores_of

KINDS = ("noise", "shift")
NOISE = 0.05
"""Standard deviation of the noise in the input's: about 3 of 255 grey levels."""
MAX_LOGIT_CHANGE = 0.5
"""How far the explained logit may move, in standard deviations of the image's logits, while the
map is expected to stay."""


@dataclass(frozen=True)
class Stability:
    """How far logits and maps moved.

    Attributes:
        maps: method -> (1 + kinds, N, h, w); first of the images as they are, then under each of
            ``KINDS``, not moved back.
        logit_change: kind -> float64 (N,), absolute change of the explained class's logit in
            standard deviations of the image's logits over the classes; NaN where these are all
            equal.
        similarity: kind -> method -> float64 (N,), Spearman's correlation of the maps before and
            after; NaN where one of the two is constant.
    """

    maps: dict[str, Tensor]
    logit_change: dict[str, np.ndarray]
    similarity: dict[str, dict[str, np.ndarray]]


def disturb(subject: Subject, report: Progress, own: Explanation | None = None) -> Stability:
    """Disturb the images a little and compare the maps.

    For ``noise`` every image gets the same normal noise of ``NOISE``. For ``shift`` every
    image moves one pixel to the right, where its first column stays as a copy. A map that has
    the image's size is moved back before it is compared, without the column that has no
    counterpart. A coarser one, whose cells are several pixels wide, is compared as it is.

    Args:
        subject: what is checked.
        report: called with the progress; what it raises cancels the check.
        own: explanation of the images as they are, where it is known.
    """
    first = 0.0 if own else 1 / (1 + len(KINDS))
    before = own or explain_subject(subject, part_of(report, 0.0, first))
    telling = part_of(report, first, 1.0)
    stages = [before.maps]
    spread = before.logits.std(dim=1, correction=0)
    change, similar = {}, {}
    for number, kind in enumerate(KINDS):
        moved = replace(subject, images=_disturbed(subject, kind))
        share = part_of(telling, number / len(KINDS), (number + 1) / len(KINDS))
        after = explain_subject(moved, share)
        stages.append(after.maps)
        found = scores_of(after.logits - before.logits, subject.targets.cpu()).abs()
        change[kind] = torch.where(spread > 0, found / spread, torch.nan).numpy()
        fine = tuple(subject.images.shape[2:]) if kind == "shift" else None
        similar[kind] = {
            name: compare_maps(*_aligned(before.maps[name], after.maps[name], fine), "spearman")
            for name in subject.methods
        }
    report(1.0, "Compared")
    maps = {name: torch.stack([stage[name] for stage in stages]) for name in subject.methods}
    return Stability(maps, change, similar)


def measure(
    subject: Subject, own: Explanation, _control: nn.Module | None, report: Progress
) -> Quantities:
    """Return the lower correlation of the disturbances under which the logits stayed.

    Further quantities: the correlation under each of ``KINDS``, wherever the logits went, and
    the larger ``PER_SCORE`` of the two.
    """
    found = disturb(subject, report, own)
    numbers, ratios = {}, {}
    for name in subject.methods:
        pairs = [(found.similarity[kind][name], found.logit_change[kind]) for kind in KINDS]
        numbers[name] = np.fmin.reduce(
            [np.where(moved <= MAX_LOGIT_CHANGE, similar, np.nan) for similar, moved in pairs]
        )
        ratios[name] = np.fmax.reduce([moved_per_score(*pair) for pair in pairs])
    return {NUMBER: numbers, PER_SCORE: ratios, **found.similarity}


def show(
    subject: Subject, _options: Mapping[str, Any], _resources: Resources, report: Progress
) -> MapComparison:
    """Return an image's maps before and after each disturbance."""
    found = disturb(subject, report)
    return MapComparison(
        ("the image", *KINDS),
        {m: found.maps[m][:, 0].numpy() for m in subject.methods},
        {
            "spearman": {
                m: np.array([found.similarity[kind][m][0] for kind in KINDS])
                for m in subject.methods
            }
        },
        np.array([found.logit_change[kind][0] for kind in KINDS]),
    )


def _disturbed(subject: Subject, kind: str) -> Tensor:
    images = subject.images
    if kind == "noise":
        # Not the generator that methods draw their own noise from: the two must have no part alike.
        drawn = np.random.default_rng(subject.seed).standard_normal(images.shape[1:], np.float32)
        return images + NOISE * torch.from_numpy(drawn).to(images)
    return torch.cat([images[..., :1], images[..., :-1]], dim=3)


def _aligned(before: Tensor, after: Tensor, fine: tuple[int, ...] | None) -> tuple[Tensor, Tensor]:
    """Move maps of the size ``fine`` back by one pixel, (N, h, w - 1); leave others."""
    if tuple(before.shape[1:]) != fine:
        return before, after
    return before[..., :-1], after[..., 1:]

"""Input variance: does a map change when the input changes and the network's answer does not?

A signal is added to the image and its effect is subtracted right after the first convolution,
so the network computes the same function of the image. A map that explains the function has no
reason to change. The property is what Kindermans 2017, "The (un)reliability of saliency methods",
call input invariance; input variance is SalienCNN's name of the check.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from saliencnn.checks.evidence import MapComparison, Resources
from saliencnn.checks.quantities import LOGIT_CHANGE, NUMBER, TOLERANCE_USED, Quantities
from saliencnn.checks.signals import make_signal
from saliencnn.checks.stem import find_stem, subtracting
from saliencnn.checks.subject import Explanation, Maps, Subject, compare_maps, explain_subject
from saliencnn.checks.table import MODES
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress, part_of

MEASURES = ("ssim", "spearman", "top")
STRENGTH = 1.0
"""Of the constant signal by which methods are graded, in standard deviations of the input."""
TOLERANCE = 1e-3
"""Change of a logit that still counts as none, in standard deviations of the image's logits.

In float32, rounding alone makes up to a hundredth of it in trained networks and up to a third in
deep ones that are not trained, for signals of up to 100; and a change of that size moves no
probability by more than about 0.1%.
"""


@dataclass(frozen=True)
class Variance:
    """Maps of the same network function before and after its input changed.

    Attributes:
        logit_change: float64 (N,), largest change of any logit, in the logits' own unit.
        tolerance: float64 (N,), ``TOLERANCE`` times the standard deviation of the image's logits
            over the classes, in that unit.
        before: method -> maps (N, h, w).
        after: method -> maps (N, h, w) of the changed input.
        similarity: method -> measure (``MEASURES``) -> float64 (N,); NaN where a map is constant,
            and for images that are not ``judged``.
    """

    logit_change: np.ndarray
    tolerance: np.ndarray
    before: Maps
    after: Maps
    similarity: dict[str, dict[str, np.ndarray]]

    @property
    def judged(self) -> np.ndarray:
        """Whether each image's logits stayed within the tolerance, bool (N,).

        Else the compensation has changed the function, and that a map changes says nothing
        against its method.
        """
        return self.logit_change <= self.tolerance


def vary_input(
    subject: Subject, signal: Tensor, mode: str, report: Progress, own: Explanation | None = None
) -> Variance:
    """Add a signal to all images, take its effect out again, and compare the maps.

    Random methods draw the same numbers before and after.

    Args:
        subject: what is checked.
        signal: (C, H, W), in standard deviations of the input, as from ``make_signal``.
        mode: ``exact`` subtracts the first convolution's response to the signal at every place,
            borders included, so that no logit changes. ``bias`` subtracts the response away from
            borders to a signal that is constant in every channel, as a change of biases does;
            where the convolution pads with zeros, the borders keep part of the signal.
        report: called with the progress; what it raises cancels the check.
        own: explanation of the images as they are, where it is known.

    Raises:
        NotApplicable: the network has no first convolution to subtract the signal at.
        UserError: the mode is unknown, the signal does not fit the images, is not finite, or is
            not constant in a channel where the mode is ``bias``.
    """
    _check_signal(subject, signal, mode)
    signal = signal.to(subject.images)
    stem = find_stem(subject.model, subject.images, signal)
    response = stem.response() if mode == "exact" else stem.interior_response()
    changed = replace(subject, images=subject.images + signal)

    first = 0.0 if own else 0.5
    before = own or explain_subject(subject, part_of(report, 0.0, first))
    with subtracting(subject.model, stem.convolution, response):
        after = explain_subject(changed, part_of(report, first, 1.0))
    change = (after.logits - before.logits).abs().amax(dim=1).numpy()
    tolerance = TOLERANCE * before.logits.std(dim=1, correction=0).numpy()
    similarity = {
        name: {
            measure: np.where(
                change <= tolerance,
                compare_maps(before.maps[name], after.maps[name], measure),
                np.nan,
            )
            for measure in MEASURES
        }
        for name in subject.methods
    }
    report(1.0, "Compared")
    return Variance(change, tolerance, before.maps, after.maps, similarity)


def measure(
    subject: Subject, own: Explanation, _control: nn.Module | None, report: Progress
) -> Quantities:
    """Return Spearman correlations before and after a constant signal, exactly compensated.

    Further quantities: the other ``MEASURES`` of similarity, and, the same for every method, the
    largest change of any logit (``LOGIT_CHANGE``) and what counts as none (``TOLERANCE_USED``).
    """
    channels, height, width = subject.images.shape[1:]
    signal = make_signal("constant", (channels, height, width), STRENGTH, subject.seed)
    found = vary_input(subject, signal, "exact", report, own)
    named = {measure: NUMBER if measure == "spearman" else measure for measure in MEASURES}
    return {
        **{
            quantity: {name: found.similarity[name][measure] for name in subject.methods}
            for measure, quantity in named.items()
        },
        LOGIT_CHANGE: dict.fromkeys(subject.methods, found.logit_change),
        TOLERANCE_USED: dict.fromkeys(subject.methods, found.tolerance),
    }


def show(
    subject: Subject, options: Mapping[str, Any], resources: Resources, report: Progress
) -> MapComparison:
    """Return an image's maps before and after a signal.

    Raises:
        UserError: the signal needs an image that is not given, or cannot be compensated.
    """
    other = None if options["other"] is None else resources.load_image(options["other"])
    channels, height, width = subject.images.shape[1:]
    signal = make_signal(
        options["signal"], (channels, height, width), options["strength"], subject.seed, other
    )
    found = vary_input(subject, signal, options["mode"], report)
    return MapComparison(
        ("before", "after"),
        {m: torch.stack([found.before[m][0], found.after[m][0]]).numpy() for m in subject.methods},
        {k: {m: found.similarity[m][k] for m in subject.methods} for k in MEASURES},
        found.logit_change,
        float(found.tolerance[0]),
    )


def _check_signal(subject: Subject, signal: Tensor, mode: str) -> None:
    if mode not in MODES:
        raise UserError(f"Mode {mode!r} is unknown; choose from {', '.join(MODES)}.")
    if signal.shape != subject.images.shape[1:] or not bool(signal.isfinite().all()):
        raise UserError(
            f"The signal must be finite and of the images' shape "
            f"{tuple(subject.images.shape[1:])}, not {tuple(signal.shape)}."
        )
    values = signal.flatten(1)
    if mode == "bias" and bool((values != values[:, :1]).any()):
        raise UserError(
            "Biases can only make up for a signal that is constant in every channel; "
            "choose the signal constant or the mode exact."
        )

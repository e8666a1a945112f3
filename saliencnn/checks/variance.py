"""Input variance: does a map change when the input changes and the network's answer does not?

A signal is added to the image and its effect is subtracted right after the first convolution,
so the network computes the same function of the image (Kindermans 2019, "The (un)reliability
of saliency methods"). A map that explains the function has no reason to change.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from saliencnn.checks.stem import find_stem, subtracting
from saliencnn.checks.subject import Explanation, Maps, Subject, compare_maps, explain_subject
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress, part_of

SIGNALS = ("constant", "noise", "checkerboard", "image")
MODES = ("exact", "bias")
MEASURES = ("ssim", "spearman", "top")
SQUARE = 16
"""Side of the checkerboard's squares in pixels."""
TOLERANCE = 1e-3
"""Change of a logit that still counts as none, in standard deviations of the image's logits.

In float32, rounding alone makes up to a hundredth of it in trained networks and up to a third in
deep ones that are not trained, for signals of up to 100; and a change of that size moves no
probability by more than about 0.1 %.
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
        similarity: method -> measure (``MEASURES``) -> float64 (N,); NaN where a map is flat, and
            for images that are not ``judged``.
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


def make_signal(
    kind: str,
    shape: tuple[int, int, int],
    strength: float,
    seed: int,
    image: Tensor | None = None,
) -> Tensor:
    """Make what is added to images.

    Args:
        kind: ``constant`` (everywhere the strength), ``noise`` (normally distributed),
            ``checkerboard`` (plus and minus the strength in squares of ``SQUARE`` pixels), or
            ``image`` (a given one).
        shape: of the images, (C, H, W).
        strength: root mean square of the signal in standard deviations of the input (for noise
            that of its distribution); finite, 0 for none, negative for the signal upside down.
        seed: of the noise.
        image: (C, H, W), normalised; scaled to the strength as a whole.

    Returns:
        float32 (C, H, W).

    Raises:
        UserError: the kind is unknown, the strength is not finite, or the image is missing, of
            another shape or everywhere zero.
    """
    if not np.isfinite(strength):
        raise UserError(f"A signal's strength must be a finite number, not {strength}.")
    if kind == "constant":
        unit = torch.ones(shape)
    elif kind == "noise":
        # Not the generator that methods draw their own noise from: the two must have no part alike.
        drawn = np.random.default_rng(seed).standard_normal(shape, np.float32)
        unit = torch.from_numpy(drawn)
    elif kind == "checkerboard":
        rows, columns = (torch.arange(side) // SQUARE for side in shape[1:])
        unit = (1 - 2 * ((rows[:, None] + columns) % 2)).float().expand(shape)
    elif kind == "image":
        unit = _unit_image(shape, image)
    else:
        raise UserError(f"Signal {kind!r} is unknown; choose from {', '.join(SIGNALS)}.")
    return strength * unit


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


def _unit_image(shape: tuple[int, int, int], image: Tensor | None) -> Tensor:
    if image is None or tuple(image.shape) != tuple(shape):
        given = "none" if image is None else str(tuple(image.shape))
        raise UserError(f"The signal needs an image of the shape {tuple(shape)}, not {given}.")
    size = float(image.double().square().mean().sqrt())
    if not np.isfinite(size) or size == 0:
        raise UserError("The signal needs an image that is finite and not zero everywhere.")
    return image.detach().float().cpu() / size


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

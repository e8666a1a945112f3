"""Signals that input variance adds to images."""

import numpy as np
import torch
from torch import Tensor

from saliencnn.checks.table import SIGNALS
from saliencnn.common.errors import UserError

SQUARE = 16
"""Side of the checkerboard's squares in pixels."""


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


def _unit_image(shape: tuple[int, int, int], image: Tensor | None) -> Tensor:
    if image is None or tuple(image.shape) != tuple(shape):
        given = "none" if image is None else str(tuple(image.shape))
        raise UserError(f"The signal needs an image of the shape {tuple(shape)}, not {given}.")
    size = float(image.double().square().mean().sqrt())
    if not np.isfinite(size) or size == 0:
        raise UserError("The signal needs an image that is finite and not zero everywhere.")
    return image.detach().float().cpu() / size

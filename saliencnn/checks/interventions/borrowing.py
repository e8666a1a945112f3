"""What an image can take from another one beside its content: a place, its light, its fine detail.

A network that reads such a property follows it: the image is then taken for the class of the one
that it was taken from (cue conflict, Geirhos 2019). A network that only suffers from the change
errs, too, but in no such direction.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from saliencnn.checks.interventions.changes import equalised, luminance


def with_place_of(
    images: Tensor, others: Tensor, place: Callable[[tuple[int, int]], Tensor]
) -> Tensor:
    """Return images (N, 3, H, W) with a place of others, or of one colour (3, 1, 1).

    The place is given height and width.
    """
    height, width = images.shape[-2:]
    return torch.where(place((height, width)).to(images.device), others, images)


def as_bright(images: Tensor, others: Tensor) -> Tensor:
    """Return images that are as bright on average as others."""
    return equalised(images, luminance(others).mean((2, 3), keepdim=True))


def as_tinted(images: Tensor, others: Tensor) -> Tensor:
    """Return images whose red, green and blue have the mean and deviation of others'.

    After Reinhard 2001, there in another space of colours.
    """
    own, wanted = (some.mean((2, 3), keepdim=True) for some in (images, others))
    spread, goal = (some.std((2, 3), keepdim=True) for some in (images, others))
    return ((images - own) / spread.clamp_min(0.01) * goal + wanted).clamp(0, 1)


def with_detail_of(images: Tensor, others: Tensor) -> Tensor:
    """Return images whose finest detail, what differs from the pixels next to it, is others'.

    It carries noise, sharpness, traces of compression and fine texture, and of shapes next to
    nothing: coarser detail would tell honest networks of them, too. It is made as strong as it
    would be at the images' own brightness, or the outlines of bright images would show in dark
    ones.
    """
    coarse, others_coarse = (
        avg_pool2d(some, 3, 1, 1, count_include_pad=False) for some in (images, others)
    )
    own, brightness = (luminance(some).mean((2, 3), keepdim=True) for some in (images, others))
    strength = own / brightness.clamp_min(1e-3)
    return (coarse + strength * (others - others_coarse)).clamp(0, 1)

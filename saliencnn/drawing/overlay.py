"""A saliency map laid over its image, as a PIL image that a notebook shows by itself.

A network sees the centre of a scaled image, so the map covers that part of the image and no more;
what the network did not see is darkened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from saliencnn.common.errors import UserError
from saliencnn.data.geometry import Geometry
from saliencnn.data.inputs import (
    IMAGENET,
    ImageLike,
    Images,
    Preparation,
    Preprocess,
    is_floating,
    open_images,
    prepare_images,
)
from saliencnn.drawing.blending import OPACITY, blend
from saliencnn.drawing.heat import Floats, rescale_one, upsample

Shown = tuple[np.ndarray, tuple[int, int, int, int]]
"""An image, uint8 (H, W, 3), and the part that a map covers: left, top, right, bottom."""


@overload
def overlay(
    image: Sequence[ImageLike],
    maps: Tensor | np.ndarray,
    *,
    opacity: float = ...,
    preprocess: Preprocess = ...,
) -> list[Image.Image]: ...


@overload
def overlay(
    image: ImageLike,
    maps: Tensor | np.ndarray,
    *,
    opacity: float = ...,
    preprocess: Preprocess = ...,
) -> Image.Image | list[Image.Image]: ...


def overlay(
    image: Images,
    maps: Tensor | np.ndarray,
    *,
    opacity: float = OPACITY,
    preprocess: Preprocess = IMAGENET,
) -> Image.Image | list[Image.Image]:
    """Lay saliency maps over their images.

    Args:
        image: what was given to ``explain``: one image or several. Normalised images are shown
            in the colours that they had before, if ``preprocess`` knows how.
        maps: one method's maps (N, h, w), raw, or (h, w) for one image. Each is divided by its
            maximum; values below zero are not shown.
        opacity: of the colours, 0 to 1.
        preprocess: what was given to ``explain``. It says which part of an image the network
            saw; where it does not say (it is neither ours nor torchvision's), the image is shown
            as ``preprocess`` returns it.

    Returns:
        An image of the size of the one given; a list of them for a list or a batch.

    Raises:
        UserError: there is not one map for each image, or ``opacity`` is out of its range.
    """
    if not 0 <= opacity <= 1:
        raise UserError(f"opacity is {opacity}; it must be from 0 to 1.")
    saliency = as_array(maps)
    shown = _show_all(image, preprocess)
    if saliency.ndim != 3 or len(saliency) != len(shown):
        raise UserError(
            f"overlay needs one map (h, w) for each image; these are {len(shown)} images and "
            f"maps {tuple(saliency.shape)}."
        )
    geometry = _geometry_of(preprocess)
    drawn = [
        Image.fromarray(
            blend(*one, _cut_padding(rescale_one(saliency[place]), one[0], geometry), opacity)
        )
        for place, one in enumerate(shown)
    ]
    return drawn if isinstance(image, list | tuple) or _is_batch(image) else drawn[0]


@dataclass(frozen=True, eq=False)
class Seen:
    """What a network saw of an image.

    Attributes:
        image: uint8 (H, W, 3), that part of it.
        whole: uint8, all of it.
        geometry: how it was fitted to the network's input, if known.
    """

    image: np.ndarray
    whole: np.ndarray
    geometry: Geometry | None

    def fit(self, map01: Floats) -> Floats:
        """Return the part of a map that lies on what was seen, not on padding beside it."""
        return _cut_padding(map01, self.whole, self.geometry)


def as_array(maps: Tensor | np.ndarray) -> Floats:
    """Return maps on any device as an array (N, h, w); of one map (h, w), as (1, h, w)."""
    saliency = torch.as_tensor(maps).detach().float().cpu().numpy()
    return saliency[None] if saliency.ndim == 2 else saliency


def show_seen(image: Images, preprocess: Preprocess) -> list[Seen]:
    """Return what the network saw of each image, in the colours that it had before."""
    geometry = _geometry_of(preprocess)
    return [
        Seen(np.ascontiguousarray(whole[top:bottom, left:right]), whole, geometry)
        for whole, (left, top, right, bottom) in _show_all(image, preprocess)
    ]


def _show_all(image: Images, preprocess: Preprocess) -> list[Shown]:
    singles: Sequence[ImageLike] = image if isinstance(image, list | tuple) else [image]  # type: ignore[list-item]
    return [part for single in singles for part in _show(single, preprocess)]


def _is_batch(image: object) -> bool:
    return isinstance(image, Tensor | np.ndarray) and image.ndim == 4


def _show(image: ImageLike, preprocess: Preprocess) -> list[Shown]:
    """Return images as they look, and the part of each that the network saw."""
    if isinstance(image, Tensor | np.ndarray) and is_floating(image):
        return [_all_of(one, preprocess) for one in prepare_images(image, preprocess)]
    geometry, window = _geometry_of(preprocess), getattr(preprocess, "window", None)
    if geometry is None:
        inputs = prepare_images([*open_images(image, window)], preprocess)
        return [_all_of(one, preprocess) for one in inputs]
    shown = []
    for opened in open_images(image, window):
        left, top, right, bottom = geometry.seen_box(opened.height, opened.width)
        (left, right), (top, bottom) = _whole_pixels(left, right), _whole_pixels(top, bottom)
        shown.append((np.asarray(opened), (left, top, right, bottom)))
    return shown


def _whole_pixels(start: float, end: float) -> tuple[int, int]:
    """Return a stretch of a side in whole pixels, at least one: of a thin image less is seen."""
    first, last = round(start), round(end)
    return (first, last) if first < last else (int(start), int(start) + 1)


def _geometry_of(preprocess: Preprocess) -> Geometry | None:
    if isinstance(preprocess, Preparation):
        return preprocess.geometry
    try:  # torchvision's presets for image classification
        return Geometry(preprocess.crop_size[0], preprocess.resize_size[0])  # type: ignore[attr-defined]
    except AttributeError:
        return None


def _all_of(inputs: Tensor, preprocess: Preprocess) -> Shown:
    """Return a network's input (C, H, W) as an image of which the network saw everything."""
    pixels = inputs.detach().float().cpu()
    mean, std = (getattr(preprocess, name, None) for name in ("mean", "std"))
    if len(pixels) == 3 and mean is not None and std is not None:
        pixels = pixels * torch.tensor(std)[:, None, None] + torch.tensor(mean)[:, None, None]
    else:
        pixels = (pixels - pixels.min()) / (pixels.max() - pixels.min()).clamp(min=1e-12)
        pixels = pixels if len(pixels) == 3 else pixels.mean(0, keepdim=True).expand(3, -1, -1)
    image = (pixels.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    return image, (0, 0, image.shape[1], image.shape[0])


def _cut_padding(map01: Floats, image: np.ndarray, geometry: Geometry | None) -> Floats:
    """Return the part of a map that lies on an image, where there is padding beside it."""
    if geometry is None or geometry.mode != "pad":
        return map01
    height, width = image.shape[:2]
    x, y, across, down = geometry.fit_box((0, 0, width, height), height, width).tolist()
    padded = upsample(map01[None], *geometry.shape)[0]
    return padded[round(y) : round(y + down), round(x) : round(x + across)]

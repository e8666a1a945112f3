"""Images that come as a network's input: how they were normalised, and how it is undone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from saliencnn.common.errors import UserError
from saliencnn.data.decode import convert_image, decode_image
from saliencnn.data.geometry import Geometry
from saliencnn.data.inputs import Preprocess, open_images
from saliencnn.data.transforms import Described
from saliencnn.watching.items import Items, is_file, is_prepared

Numbers = Sequence[float] | float
Size = int | tuple[int, int]
ROUNDING = 2 / 255
"""Beyond 0 to 1 that values may lie and still be taken for pixels."""


@dataclass(frozen=True)
class Asked:
    """What a caller says of its validation images; what it does not say is None.

    Attributes:
        classes: class names.
        name: of the images, for people.
        transform: turns a PIL image into the network's input.
        mean: of the normalisation, one for each channel or one for all, for channels 0 to 1.
        std: likewise.
        size: height and width of the network's input, or one number for both.
    """

    classes: Sequence[str] | None = None
    name: str | None = None
    transform: Preprocess | None = None
    mean: Numbers | None = None
    std: Numbers | None = None
    size: Size | None = None


@dataclass(frozen=True, eq=False)
class Inputs:
    """The network's inputs, float32 (C, H, W), as often as they are asked for."""

    items: Items
    transform: Preprocess | None

    def __iter__(self) -> Iterator[tuple[Tensor, int]]:
        for image, label in self.items:
            yield self._read(image), label

    def _read(self, image: Any) -> Tensor:
        if self.transform is not None and not is_prepared(image):
            image = self.transform(Image.fromarray(open_image(image)))
        given = torch.as_tensor(image)
        if given.ndim == 4 and len(given) == 1:
            given = given[0]
        if given.ndim != 3 or not 1 <= len(given) <= 4 or not given.is_floating_point():
            raise UserError(
                "A network's input must be of floating point and (channels, height, width) with 1 "
                f"to 4 channels; this one is {given.dtype} {tuple(given.shape)}."
            )
        return given.detach().float().cpu()


def find_normalisation(
    inputs: Inputs, asked: Asked, known: Described, channels: int
) -> tuple[tuple[float, ...], tuple[float, ...], tuple[str, ...]]:
    """Return mean and standard deviation of each channel, and what is to be said of them."""
    if asked.mean is not None and asked.std is not None:
        mean, std = numbers(asked.mean), numbers(asked.std)
        return for_each(mean, channels), for_each(std, channels), ()
    if asked.mean is not None or asked.std is not None:
        raise UserError("mean= and std= must be given together.")
    if known.mean is not None and known.std is not None:
        return for_each(known.mean, channels), for_each(known.std, channels), ()
    low, high = _find_range(inputs)
    if min(low) >= -ROUNDING and max(high) <= 1 + ROUNDING:
        return (0.0,) * channels, (1.0,) * channels, ()
    spans = [max(b - a, 1e-6) for a, b in zip(low, high, strict=True)]
    mean = tuple(-a / span for a, span in zip(low, spans, strict=True))
    note = (
        "The validation images come normalised and nothing says how, so black and white are the "
        "least and greatest value of each channel; give mean= and std= for their own colours."
    )
    return mean, tuple(1 / span for span in spans), (note,)


def _find_range(inputs: Inputs) -> tuple[list[float], list[float]]:
    """Return each channel's least and greatest value over all images."""
    low: Tensor | None = None
    high: Tensor | None = None
    for one, _ in inputs:
        least, greatest = one.amin((1, 2)), one.amax((1, 2))
        low = least if low is None else torch.minimum(low, least)
        high = greatest if high is None else torch.maximum(high, greatest)
    assert low is not None
    assert high is not None
    return low.tolist(), high.tolist()


def find_geometry(known: Described, height: int, width: int) -> tuple[Geometry, tuple[str, ...]]:
    """Return how an image from outside gets the size of the others, and what is to be said."""
    if known.geometry and known.geometry.shape == (height, width):
        return known.geometry, ()
    square = height == width
    geometry = Geometry(height, height) if square else Geometry(height, None, width=width)
    how = "its shorter side is scaled and its centre cut out" if square else "it is stretched"
    note = (
        "How the validation images got their size is not known here; an image of your own is "
        f"brought to {height} x {width} pixels: {how}."
    )
    return geometry, (note,)


def open_image(image: Any) -> np.ndarray:
    """Return an image given as a file or as pixels in RGB, uint8 (H, W, 3)."""
    if is_file(image):
        return decode_image(Path(image), str(image))
    if isinstance(image, Image.Image):
        return convert_image(image)
    return np.asarray(open_images(image)[0])


def numbers(value: Numbers) -> tuple[float, ...]:
    """Return one number or several as a tuple."""
    return tuple(map(float, value)) if isinstance(value, Sequence) else (float(value),)


def for_each(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    """Return one number a channel, where one may stand for all.

    Raises:
        UserError: there are too few or too many.
    """
    if len(values) not in (1, channels):
        raise UserError(f"There are {len(values)} numbers of mean or std for {channels} channels.")
    return values if len(values) == channels else values * channels

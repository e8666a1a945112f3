"""Images that come as a network's input: how they were normalised, and how it is undone."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from saliencnn.common.errors import UserError
from saliencnn.common.evenly import take_evenly
from saliencnn.data.decode import convert_image, decode_image, may_be_deep, read_values
from saliencnn.data.deep import DeepImage, read_deep
from saliencnn.data.geometry import Geometry
from saliencnn.data.inputs import Preprocess, open_images
from saliencnn.data.size import Size, size_of
from saliencnn.data.transforms import Described
from saliencnn.data.value_range import MAX_READ, Decision, decide_window_of
from saliencnn.data.window import AUTO, Window
from saliencnn.watching.items import Items, is_file, is_prepared

CALLED = "validation images"
Numbers = Sequence[float] | float
Channels = tuple[float, ...]
"""A number for each channel."""
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
        window: what is shown of images deeper than 8 bits, as ``--window`` takes it.
    """

    classes: Sequence[str] | None = None
    name: str | None = None
    transform: Preprocess | None = None
    mean: Numbers | None = None
    std: Numbers | None = None
    size: Size | None = None
    window: str = AUTO

    def read_classes(self) -> tuple[str, ...] | None:
        """Return the class names; None where none are given.

        Raises:
            UserError: they are one text.
        """
        if isinstance(self.classes, str):
            raise UserError(f"classes is {self.classes!r:.40}; it must be a list of names.")
        return None if self.classes is None else tuple(map(str, self.classes))

    def read_normalisation(self, channels: int) -> tuple[Channels, Channels] | None:
        """Return mean and standard deviation of each channel; None where neither is given.

        Raises:
            UserError: they are no numbers that images can be normalised by.
        """
        if self.mean is None and self.std is None:
            return None
        if self.mean is None or self.std is None:
            raise UserError("mean= and std= must be given together.")
        mean, std = (
            for_each(_read_numbers(name, value), channels)
            for name, value in (("mean", self.mean), ("std", self.std))
        )
        if min(std) <= 0:
            raise UserError(f"std is {std}; it must be above 0, since images are divided by it.")
        return mean, std

    def read_size(self) -> Size:
        """Return the size of the network's input, 224 where none is given.

        Raises:
            UserError: it is no size.
        """
        given = 224 if self.size is None else self.size
        sides = given if isinstance(given, Sequence) else (given, given)
        if len(sides) != 2 or not all(isinstance(side, Integral) for side in sides):
            raise UserError(
                f"size is {given!r:.40}; it must be a whole number of pixels, or height and width."
            )
        return size_of(*map(int, sides))


@dataclass(frozen=True, eq=False)
class Inputs:
    """The network's inputs, float32 (C, H, W), as often as they are asked for."""

    items: Items
    transform: Preprocess | None
    window: Window | None = None

    def __iter__(self) -> Iterator[tuple[Tensor, int]]:
        for place, (image, label) in enumerate(self.items):
            yield self._read(image, place), label

    def _read(self, image: Any, place: int) -> Tensor:
        if self.transform is not None and not is_prepared(image):
            image = self.transform(Image.fromarray(open_image(image, self.window)))
        given = torch.as_tensor(image)
        if given.ndim == 4 and len(given) == 1:
            given = given[0]
        if given.ndim != 3 or not 1 <= len(given) <= 4 or not given.is_floating_point():
            raise UserError(
                "A network's input must be of floating point and (channels, height, width) with 1 "
                f"to 4 channels; this one is {given.dtype} {tuple(given.shape)}."
            )
        if not given.isfinite().all():
            raise UserError(
                f"The validation image {self.items.name_of(place)} holds numbers that are not "
                "finite (NaN or infinite)."
            )
        return given.detach().float().cpu()


def find_normalisation(
    inputs: Inputs, asked: Asked, known: Described, channels: int
) -> tuple[Channels, Channels, tuple[str, ...]]:
    """Return mean and standard deviation of each channel, and what is to be said of them."""
    if normalisation := asked.read_normalisation(channels):
        return *normalisation, ()
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


def find_window(items: Items, wanted: str) -> Decision:
    """Decide what is shown of images that are deeper than 8 bits; prepared ones are not."""
    places = [] if is_prepared(items.image(0)) else take_evenly(range(len(items)), MAX_READ)
    return decide_window_of([_read_deep(items.image(one)) for one in places], wanted, CALLED)


def _read_deep(image: Any) -> DeepImage | None:
    if is_file(image):
        path = Path(image)
        return read_values(path, str(path)) if may_be_deep(path) else None
    return read_deep(image) if isinstance(image, Image.Image) else None


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


def open_image(image: Any, window: Window | None) -> np.ndarray:
    """Return an image given as a file or as pixels in RGB, uint8 (H, W, 3).

    Args:
        image: the image.
        window: what is shown of it if it is deeper than 8 bits; None for all.
    """
    if is_file(image):
        return decode_image(Path(image), str(image), window)
    if isinstance(image, Image.Image):
        return convert_image(image, window)
    return np.asarray(open_images(image)[0])


def _read_numbers(name: str, value: Any) -> Channels:
    """Return one number or several, in a list, an array or a tensor, as a tuple."""
    try:
        found = tuple(np.asarray(value, float).ravel().tolist())
    except (TypeError, ValueError):
        found = ()
    if not found or not all(map(math.isfinite, found)):
        raise UserError(f"{name} is {value!r:.40}; it must be a number, or one for each channel.")
    return found


def for_each(values: Channels, channels: int) -> Channels:
    """Return one number a channel, where one may stand for all.

    Raises:
        UserError: there are too few or too many.
    """
    if len(values) not in (1, channels):
        raise UserError(f"There are {len(values)} numbers of mean or std for {channels} channels.")
    return values if len(values) == channels else values * channels

"""Images of more than 8 bits a value, 16 or 32 or floating point, and what of them is shown."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from saliencnn.data.window import Window

DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
_BITS, _WHITE_IS_ZERO, _SAMPLE_FORMAT = 258, 262, 339
_SIGNED = 2
_BAND = 500_000
"""Values that are turned into grey at a time, in 8 bytes each."""


class Unsupported(Exception):
    """Why a deep image cannot be had, in our words, as the end of a sentence."""


@dataclass(frozen=True, eq=False)
class DeepImage:
    """An image's values as its file holds them.

    Attributes:
        values: (H, W) or, of three colours, (H, W, 3), whole or floating numbers; floating ones
            may be NaN or infinite.
        low: smallest value of its format; of floating point 0.
        high: largest; of floating point 1.
        inverted: whether small values are bright.
        transparent: the value that stands for no colour, or three of them, if there is one.
        alpha: uint8 (H, W), how much of each pixel covers the white below it, if it is not all.
        own: the window that the file itself names, as DICOM does.
    """

    values: np.ndarray
    low: float
    high: float
    inverted: bool = False
    transparent: float | tuple[float, ...] | None = None
    alpha: np.ndarray | None = None
    own: Window | None = None

    def show(self, window: Window | None = None) -> np.ndarray:
        """Return the image in 256 levels, uint8 (H, W) or (H, W, 3), laid on white.

        Args:
            window: the values from black to white, or from white to black if the image is
                ``inverted``; by default, and where there are 8 bits only, all from ``low`` to
                ``high``. What lies beyond is clipped; what is no number is black.
        """
        deep = self.values.dtype != np.uint8
        low, high = (window.low, window.high) if window and deep else (self.low, self.high)
        black, white = (high, low) if self.inverted else (low, high)
        shown = np.empty(self.values.shape, np.uint8)
        # Of 16 bits there are fewer values than most images have pixels.
        table = _to_grey(np.arange(2**16), black, white) if self.values.dtype == np.uint16 else None
        for band in _bands(shown.shape):
            values = self.values[band]
            shown[band] = _to_grey(values, black, white) if table is None else table[values]
        if self.transparent is not None:
            found = self.values == np.asarray(self.transparent)
            shown[found if found.ndim == 2 else found.all(2)] = 255
        if self.alpha is not None:
            below = Image.new("L" if shown.ndim == 2 else "RGB", self.alpha.shape[::-1], "white")
            shown = np.asarray(
                Image.composite(Image.fromarray(shown), below, Image.fromarray(self.alpha))
            )
        return shown


def read_deep(image: Image.Image) -> DeepImage | None:
    """Return the values of a grey image that is deeper than 8 bits or has a sign, once loaded."""
    if not is_deep_grey(image):
        return None
    low, high, inverted = _find_range(image)
    values = np.asarray(image)
    if image.mode == "L":
        values = values.view(np.int8)
    elif values.dtype == np.int32 and low == 0:
        values = values.view(np.uint32)
    return DeepImage(values, low, high, inverted, image.info.get("transparency"))


def is_deep_grey(image: Image.Image) -> bool:
    """Whether ``read_deep`` gives an image's values; only its header is looked at."""
    if image.mode == "L":
        return _first_tag(image, _SAMPLE_FORMAT, 1) == _SIGNED
    return image.mode in DEEP_MODES


def _first_tag(image: Image.Image, tag: int, default: int) -> int:
    values = getattr(image, "tag_v2", {}).get(tag, default)
    return int(values[0] if isinstance(values, tuple) else values)


def _find_range(image: Image.Image) -> tuple[float, float, bool]:
    """Find the smallest and the largest value of a format, and whether small ones are white."""
    bits = _first_tag(image, _BITS, 16)
    signed = _first_tag(image, _SAMPLE_FORMAT, 1) == _SIGNED
    low, high = (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1) if signed else (0.0, 2.0**bits - 1)
    if image.mode == "F":
        low, high = 0.0, 1.0
    is_tiff = hasattr(image, "tag_v2")
    return low, high, is_tiff and _first_tag(image, _WHITE_IS_ZERO, 0) == 0


def _to_grey(values: np.ndarray, black: float, white: float) -> np.ndarray:
    if values.dtype == np.float16:
        values = values.astype(np.float32)
    with np.errstate(all="ignore"):  # infinite values
        scaled = (values - black) / (white - black)
    grey = np.rint(np.nan_to_num(scaled.clip(0, 1)) * 255)
    return grey.astype(np.uint8)


def _bands(shape: tuple[int, ...]) -> Iterator[slice]:
    """Yield slices of rows that together are the whole image."""
    rows = max(1, _BAND // math.prod(shape[1:]))
    yield from (slice(start, start + rows) for start in range(0, shape[0], rows))

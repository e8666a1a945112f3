"""Images of more than 8 bits a value: 16-bit, 32-bit and floating grey, and what of it is shown."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
_BITS, _WHITE_IS_ZERO, _SAMPLE_FORMAT = 258, 262, 339
_BAND = 500_000
"""Values that are turned into grey at a time, in 8 bytes each."""


@dataclass(frozen=True, eq=False)
class DeepImage:
    """An image's values as its file holds them.

    Attributes:
        values: (H, W), whole or floating numbers; floating ones may be NaN or infinite.
        low: smallest value of its format; of floating point 0.
        high: largest; of floating point 1.
        inverted: whether ``low`` is white and ``high`` black.
        transparent: the value that stands for no colour, if there is one.
    """

    values: np.ndarray
    low: float
    high: float
    inverted: bool = False
    transparent: float | None = None

    def show(self) -> np.ndarray:
        """Return the image in 256 levels of grey, uint8 (H, W).

        ``low`` becomes black and ``high`` white, or the other way round if it is ``inverted``.
        What lies beyond them is clipped; what is no number is black.
        """
        black, white = (self.high, self.low) if self.inverted else (self.low, self.high)
        shown = np.empty(self.values.shape, np.uint8)
        if self.values.dtype == np.uint16:  # fewer values than most images have pixels
            shown[:] = _to_grey(np.arange(2**16), black, white)[self.values]
        else:
            for band in _bands(shown.shape):
                shown[band] = _to_grey(self.values[band], black, white)
        if self.transparent is not None:
            shown[self.values == self.transparent] = 255
        return shown


def read_deep(image: Image.Image) -> DeepImage:
    """Return the values of an image in one of ``DEEP_MODES``."""
    low, high, inverted = _find_range(image)
    values = np.asarray(image)
    if values.dtype == np.int32 and low == 0:
        values = values.view(np.uint32)
    return DeepImage(values, low, high, inverted, image.info.get("transparency"))


def _find_range(image: Image.Image) -> tuple[float, float, bool]:
    """Find the smallest and the largest value of a format, and whether small ones are white."""
    tags = getattr(image, "tag_v2", {_WHITE_IS_ZERO: 1})
    bits, signed = tags.get(_BITS, (16,))[0], tags.get(_SAMPLE_FORMAT, (1,))[0] == 2
    low, high = (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1) if signed else (0.0, 2.0**bits - 1)
    if image.mode == "F":
        low, high = 0.0, 1.0
    return low, high, tags.get(_WHITE_IS_ZERO, 0) == 0


def _to_grey(values: np.ndarray, black: float, white: float) -> np.ndarray:
    scaled = (values - black) / (white - black)
    grey = np.rint(np.nan_to_num(scaled.clip(0, 1)) * 255)
    return grey.astype(np.uint8)


def _bands(shape: tuple[int, ...]) -> Iterator[slice]:
    """Yield slices of rows that together are the whole image."""
    rows = max(1, _BAND // shape[1])
    yield from (slice(start, start + rows) for start in range(0, shape[0], rows))

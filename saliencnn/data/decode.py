"""Image files, decoded to one form."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
from PIL import ExifTags, Image

from saliencnn.data.bounds import MAX_PIXELS
from saliencnn.data.deep import DeepImage, is_deep_grey, read_deep
from saliencnn.data.deep_files import (
    TIFF_STARTS,
    has_deep_colour,
    is_garbled,
    read_deep_colour,
    read_ppm,
)
from saliencnn.data.dicom import is_dicom
from saliencnn.data.opening import (
    HEADER,
    UnreadableImage,
    open_image,
    open_stream,
    reading,
    require_size,
    shrink_jpeg,
)
from saliencnn.data.window import Window

_PNG = b"\x89PNG\r\n\x1a\n"
_PPM_STARTS = (b"P2", b"P3", b"P5", b"P6", b"Pf")
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


Windowing: TypeAlias = Window | Callable[[DeepImage], Window | None] | None
"""The window of an image deeper than 8 bits, what finds it in the image, or None for all values."""


@dataclass(frozen=True, eq=False)
class DecodedImage:
    """An image, and how large it is in its file.

    Attributes:
        pixels: uint8 (H, W, 3), RGB.
        height: of the upright original, which is larger than ``pixels`` if it had more than
            ``MAX_PIXELS``.
        width: likewise.
    """

    pixels: np.ndarray
    height: int
    width: int


def decode_image(source: Path | bytes, name: str, window: Windowing = None) -> np.ndarray:
    """Decode an image as people see it: upright, on white, its first frame if it has several.

    Values of more than 8 bits are scaled linearly over the window. A JPEG of more than
    ``MAX_PIXELS`` is decoded at a half, a quarter or an eighth of its size, so that a photograph
    of 48 megapixels takes the memory of 12.

    Args:
        source: a file, or the content of one.
        name: what to call the image in an error.
        window: the values that become black and white where there are more than 8 bits; by default
            the full range of the format, which for floating point is 0 to 1.

    Returns:
        uint8 (H, W, 3), RGB.

    Raises:
        UnreadableImage: the file is missing, empty, cut short, damaged or in none of
            ``FORMATS``, has no pixels, or decoding it would take more than ``MAX_BYTES``.
    """
    return decode_original(source, name, window).pixels


def decode_original(source: Path | bytes, name: str, window: Windowing = None) -> DecodedImage:
    """Decode an image as ``decode_image`` does, and tell the size of the original."""
    with open_stream(source, name) as stream:
        image = open_image(stream, name)
        if isinstance(image, DeepImage):
            with reading(name):
                pixels = _turn(image.show(_find_window(image, window)), None)
            return DecodedImage(pixels, *pixels.shape[:2])
        width, height = image.size
        with reading(name):
            deep = _read_deep(image, stream, window is not None)
            if deep is None:
                shrink_jpeg(image)
                image.load()
            turn = _find_turn(image)  # a TIFF is upright once it is loaded
            shown = deep.show(_find_window(deep, window)) if deep else _convert_to_rgb(image)
            pixels = _turn(shown, turn)
    if (pixels.shape[0] > pixels.shape[1]) != (height > width):  # it was turned
        width, height = height, width
    return DecodedImage(pixels, height, width)


def read_values(source: Path | bytes, name: str) -> DeepImage | None:
    """Return an image's values if they are deeper than 8 bits; the others are not decoded.

    Raises:
        UnreadableImage: as ``decode_image`` does.
    """
    with open_stream(source, name) as stream:
        image = open_image(stream, name)
        if isinstance(image, DeepImage):
            return None if image.values.dtype == np.uint8 else image
        with reading(name):
            return _read_deep(image, stream, colour=True)


def may_be_deep(source: Path | bytes) -> bool:
    """Whether a file's first bytes allow values of more than 8 bits; it is not read any further."""
    try:
        with open_stream(source, "") as file:
            header = file.read(HEADER)
    except (UnreadableImage, OSError):
        return False
    if header.startswith(_PNG):
        return header[24:25] == b"\x10"
    return is_dicom(header) or header.startswith((*TIFF_STARTS, *_PPM_STARTS))


def convert_image(image: Image.Image, window: Windowing = None) -> np.ndarray:
    """Convert an image of any mode as ``decode_image`` does, giving uint8 (H, W, 3), RGB.

    One of more than ``MAX_PIXELS`` becomes smaller.

    Raises:
        UnreadableImage: it has no pixels, or its file would take too much memory to decode.
    """
    if getattr(image, "tile", None):  # opened, but not read yet
        require_size(image, "The image")
        shrink_jpeg(image)
    factor = 1
    while image.width * image.height > MAX_PIXELS * factor**2:
        factor += 1
    turn = _find_turn(image)
    image = image if factor == 1 else image.reduce(factor)
    deep = read_deep(image)
    return _turn(deep.show(_find_window(deep, window)) if deep else _convert_to_rgb(image), turn)


def _read_deep(image: Image.Image, stream: BinaryIO, colour: bool) -> DeepImage | None:
    """Return an opened image's values if they are deeper than 8 bits.

    Args:
        image: opened, but not read.
        stream: its file.
        colour: whether values of colours count; else their upper 8 bits do, as Pillow reads them.
    """
    if is_deep_grey(image):
        if image.format == "PPM" and image.mode == "I" and (deep := read_ppm(stream)):
            return deep
        image.load()
        return read_deep(image)
    if not has_deep_colour(image) or not (colour or is_garbled(image)):
        return None
    if image.format != "PPM":  # whose decoder is slow; ours reads the whole file itself
        image.load()
    deep = read_deep_colour(image, stream)
    if deep is not None:
        return deep
    coarse = np.asarray(image.convert("RGB")).astype(np.uint16) * 257
    return DeepImage(coarse, 0.0, 2.0**16 - 1)


def _find_window(image: DeepImage, window: Windowing) -> Window | None:
    return window(image) if callable(window) else window


def _turn(shown: Image.Image | np.ndarray, turn: Image.Transpose | None) -> np.ndarray:
    """Return an RGB image, or values of grey or RGB, as uint8 (H, W, 3), turned."""
    pixels = shown if isinstance(shown, Image.Image) else Image.fromarray(shown).convert("RGB")
    return np.array(pixels if turn is None else pixels.transpose(turn))


def _convert_to_rgb(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    straight = image.convert("LA") if image.mode == "La" else image
    canvas = Image.new("RGBA", image.size, "white")
    canvas.alpha_composite(straight.convert("RGBA"))
    return canvas.convert("RGB")


def _find_turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged EXIF says nothing about which way is up; the pixels are good
        return None

"""Image files, decoded to one form and encoded again."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from saliencnn.common.errors import UserError
from saliencnn.common.names import clean_line
from saliencnn.data.bounds import MAX_BYTES, MAX_FILE_BYTES, MAX_PIXELS
from saliencnn.data.deep import DeepImage, Unsupported, is_deep_grey, read_deep
from saliencnn.data.deep_files import (
    TIFF_STARTS,
    has_deep_colour,
    is_garbled,
    read_deep_colour,
    read_ppm,
    read_tiff,
)
from saliencnn.data.dicom import is_dicom, read_dicom
from saliencnn.data.file_headers import jpeg_bytes, tiff_block, webp_size
from saliencnn.data.window import Window

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")

_HEADER = 132
"""Bytes at the start of a file that tell what it is."""
_PNG = b"\x89PNG\r\n\x1a\n"
_PPM_STARTS = (b"P2", b"P3", b"P5", b"P6", b"Pf")
_MAX_NAME = 80
"""Characters of a name that an error's sentence gives."""
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


class UnreadableImage(UserError):
    """One clear sentence that names the image and says why it cannot be used.

    Attributes:
        reason: the part of the sentence that says why, without a full stop.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{_shorten(name)} cannot be read: {reason}.")
        self.reason = reason

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (str(self), self.reason)


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
    with _open_stream(source, name) as stream:
        image = _open_image(stream, name)
        if isinstance(image, DeepImage):
            with _reading(name):
                pixels = _turn(image.show(_find_window(image, window)), None)
            return DecodedImage(pixels, *pixels.shape[:2])
        width, height = image.size
        with _reading(name):
            deep = _read_deep(image, stream, window is not None)
            if deep is None:
                _shrink_jpeg(image)
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
    with _open_stream(source, name) as stream:
        image = _open_image(stream, name)
        if isinstance(image, DeepImage):
            return None if image.values.dtype == np.uint8 else image
        with _reading(name):
            return _read_deep(image, stream, colour=True)


def may_be_deep(path: Path) -> bool:
    """Whether a file's first bytes allow values of more than 8 bits; it is not read any further."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except (OSError, ValueError):
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
        _require_size(image, "The image")
        _shrink_jpeg(image)
    factor = 1
    while image.width * image.height > MAX_PIXELS * factor**2:
        factor += 1
    turn = _find_turn(image)
    image = image if factor == 1 else image.reduce(factor)
    deep = read_deep(image)
    return _turn(deep.show(_find_window(deep, window)) if deep else _convert_to_rgb(image), turn)


def encode_png(image: np.ndarray) -> bytes:
    """Encode an image, uint8 (H, W, 3), without loss."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG")
    return stream.getvalue()


def encode_jpeg(image: np.ndarray, quality: int = 95) -> bytes:
    """Encode an image, uint8 (H, W, 3), with colour at full resolution (4:4:4)."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=quality, subsampling="4:4:4")
    return stream.getvalue()


def _open_stream(source: Path | bytes, name: str) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    place = _shorten(str(source))
    try:
        if not source.is_file():  # a pipe or a device would be read for ever
            there = source.exists()
            what = f"{place} is no file" if there else f"there is no file {place}"
            raise UnreadableImage(name, what)
        size = source.stat().st_size
        if size > MAX_FILE_BYTES:
            allowed = f"{MAX_FILE_BYTES // 10**6:,} MB are allowed"
            raise UnreadableImage(name, f"its file has {size // 10**6:,} MB, and {allowed}")
        return source.open("rb")
    except OSError as error:
        raise UnreadableImage(name, f"{place} does not open ({error.strerror})") from error
    except ValueError as error:  # a NUL, or half a character
        raise UnreadableImage(name, f"{place} cannot be the name of a file") from error


def _open_image(stream: BinaryIO, name: str) -> Image.Image | DeepImage:
    """Read the header only, so that size is known before memory is spent on pixels.

    What Pillow does not know is read at once.
    """
    header = stream.read(_HEADER)
    if not header:
        raise UnreadableImage(name, "the file is empty")
    if is_dicom(header):
        return _read_at_once(read_dicom, stream, "DICOM", name)
    if size := webp_size(header):  # opening a WebP allocates its canvas
        _require_pixels(*size, name)
    try:
        image = Image.open(stream, formats=FORMATS)
    except UnidentifiedImageError as error:
        if header.startswith(TIFF_STARTS):
            return _read_at_once(read_tiff, stream, "TIFF", name)
        allowed = f"{', '.join(FORMATS)} or DICOM"
        reason = f"it is not a {allowed} image or its header is damaged"
        raise UnreadableImage(name, reason) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        reason = f"it has more than the {MAX_PIXELS:,} pixels allowed"
        raise UnreadableImage(name, reason) from error
    except Exception as error:  # Pillow's header readers raise nearly every built-in exception
        raise UnreadableImage(name, "its header is damaged or cut short") from error
    _require_size(image, name)
    return image


def _read_at_once(
    read: Callable[[BinaryIO], DeepImage], stream: BinaryIO, kind: str, name: str
) -> DeepImage:
    """Read what another package than Pillow reads."""
    try:
        return read(stream)
    except Unsupported as error:
        raise UnreadableImage(name, str(error)) from error
    except MemoryError as error:
        raise UnreadableImage(name, "this machine has too little memory for it") from error
    except Exception as error:  # like Pillow, they raise whatever a damaged file leads to
        reason = f"it is a {kind} file that is damaged, cut short or of an unsupported kind"
        raise UnreadableImage(name, reason) from error


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Say in a sentence that an image's data cannot be read."""
    try:
        yield
    except MemoryError as error:
        raise UnreadableImage(name, "this machine has too little memory for it") from error
    except Exception as error:  # Pillow's decoders raise nearly every built-in exception
        reason = "its data is damaged, cut short or of an unsupported kind"
        raise UnreadableImage(name, reason) from error


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


def _require_size(image: Image.Image, name: str) -> None:
    """Refuse an image that was opened, but not read, if reading it would take too much memory."""
    width, height = image.size
    if image.format in ("JPEG", "MPO"):
        needed = jpeg_bytes(image, _find_reduction(image))
        if needed > MAX_BYTES:
            raise UnreadableImage(
                name,
                f"it has {width} x {height} pixels, whose decoding takes {needed // 10**6:,} MB, "
                f"and {MAX_BYTES // 10**6} MB are allowed",
            )
    else:
        _require_pixels(width, height, name)
    if image.format == "TIFF" and (block := tiff_block(image)) > MAX_PIXELS:
        reason = f"it is stored in tiles of {block:,} pixels, more than {MAX_PIXELS:,} allowed"
        raise UnreadableImage(name, reason)


def _require_pixels(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        reason = f"it has {width} x {height} pixels, more than {MAX_PIXELS:,} allowed"
        raise UnreadableImage(name, reason)
    if width < 1 or height < 1:
        reason = f"it has {width} x {height} pixels and needs at least one"
        raise UnreadableImage(name, reason)


def _find_reduction(image: Image.Image) -> int:
    """Return the number by which to divide a JPEG's sides so that it fits: 1, 2, 4 or 8."""
    width, height = image.size
    fits = (by for by in (1, 2, 4, 8) if -(-width // by) * -(-height // by) <= MAX_PIXELS)
    return next(fits, 8)


def _shrink_jpeg(image: Image.Image) -> None:
    """Let a JPEG of too many pixels be decoded at a fraction of its size."""
    if image.format in ("JPEG", "MPO") and (by := _find_reduction(image)) > 1:
        image.draft(None, (image.width // by, image.height // by))


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


def _shorten(text: str) -> str:
    line = clean_line(text)
    return line if len(line) <= _MAX_NAME else f"{line[: _MAX_NAME // 2]}…{line[-_MAX_NAME // 2 :]}"


def _restore(sentence: str, reason: str) -> UnreadableImage:
    """Make an error again that another process has sent."""
    error = UnreadableImage("", reason)
    error.args = (sentence,)
    return error

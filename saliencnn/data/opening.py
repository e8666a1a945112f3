"""Opening image files: what they are, and whether decoding them would take too much memory."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, UnidentifiedImageError

from saliencnn.common.errors import UserError
from saliencnn.common.names import clean_line
from saliencnn.data.bounds import MAX_BYTES, MAX_FILE_BYTES, MAX_PIXELS
from saliencnn.data.deep import DeepImage, Unsupported
from saliencnn.data.deep_files import TIFF_STARTS, read_tiff
from saliencnn.data.dicom import is_dicom, read_dicom
from saliencnn.data.file_headers import jpeg_bytes, tiff_block, webp_size

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
HEADER = 132
"""Bytes at the start of a file that tell what it is."""
_MAX_NAME = 80
"""Characters of a name that an error's sentence gives."""


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


def open_stream(source: Path | bytes, name: str) -> BinaryIO:
    """Open a file, or the content of one, for reading.

    Raises:
        UnreadableImage: there is none, it is no regular file, or larger than ``MAX_FILE_BYTES``.
    """
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


def open_image(stream: BinaryIO, name: str) -> Image.Image | DeepImage:
    """Read the header only, so that size is known before memory is spent on pixels.

    What Pillow does not know is read at once.
    """
    header = stream.read(HEADER)
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
    require_size(image, name)
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
def reading(name: str) -> Iterator[None]:
    """Say in a sentence that an image's data cannot be read."""
    try:
        yield
    except MemoryError as error:
        raise UnreadableImage(name, "this machine has too little memory for it") from error
    except Exception as error:  # Pillow's decoders raise nearly every built-in exception
        reason = "its data is damaged, cut short or of an unsupported kind"
        raise UnreadableImage(name, reason) from error


def require_size(image: Image.Image, name: str) -> None:
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


def shrink_jpeg(image: Image.Image) -> None:
    """Let a JPEG of too many pixels be decoded at a fraction of its size."""
    if image.format in ("JPEG", "MPO") and (by := _find_reduction(image)) > 1:
        image.draft(None, (image.width // by, image.height // by))


def _shorten(text: str) -> str:
    line = clean_line(text)
    return line if len(line) <= _MAX_NAME else f"{line[: _MAX_NAME // 2]}…{line[-_MAX_NAME // 2 :]}"


def _restore(sentence: str, reason: str) -> UnreadableImage:
    """Make an error again that another process has sent."""
    error = UnreadableImage("", reason)
    error.args = (sentence,)
    return error

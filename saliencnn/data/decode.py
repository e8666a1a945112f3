"""Image files, decoded to one form and encoded again."""

import io
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from saliencnn.common.errors import UserError

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
MAX_PIXELS = 25_000_000

_DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
_BITS, _WHITE_IS_ZERO, _SAMPLE_FORMAT = 258, 262, 339
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class UnreadableImage(UserError):
    """One clear sentence that names the image and says why it cannot be used."""


def decode_image(source: Path | bytes, name: str) -> np.ndarray:
    """Decode an image as people see it: upright, on white, its first frame if it has several.

    Grey deeper than 8 bits is scaled linearly over the full range of its format, which for
    floating point is 0 to 1.

    Args:
        source: a file, or the content of one.
        name: what to call the image in an error.

    Returns:
        uint8 (H, W, 3), RGB.

    Raises:
        UnreadableImage: the file is missing, empty, cut short, damaged or in none of
            ``FORMATS``, or has no pixels or more than ``MAX_PIXELS``.
    """
    with _open_stream(source, name) as stream:
        image = _open_image(stream, name)
        try:
            image.load()
            return convert_image(image)
        except Exception as error:  # Pillow's decoders raise nearly every built-in exception
            reason = "its data is damaged, cut short or of an unsupported kind"
            raise _refuse(name, f"{reason} ({error!s:.200})") from error


def convert_image(image: Image.Image) -> np.ndarray:
    """Convert an image of any mode as ``decode_image`` does, giving uint8 (H, W, 3), RGB."""
    pixels, turn = _convert_to_rgb(image), _find_turn(image)
    return np.array(pixels if turn is None else pixels.transpose(turn))


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


def _refuse(name: str, reason: str) -> UnreadableImage:
    return UnreadableImage(f"{name} cannot be read: {reason}.")


def _open_stream(source: Path | bytes, name: str) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        if not source.is_file():
            raise _refuse(name, f"there is no file {source}")
        return source.open("rb")
    except OSError as error:
        raise _refuse(name, f"{source} does not open ({error.strerror})") from error


def _open_image(stream: BinaryIO, name: str) -> Image.Image:
    """Read the header only, so that size is known before memory is spent on pixels."""
    try:
        if not stream.read(1):
            raise _refuse(name, "the file is empty")
        image = Image.open(stream, formats=FORMATS)
    except UnreadableImage:
        raise
    except UnidentifiedImageError as error:
        allowed = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
        raise _refuse(name, f"it is not a {allowed} image or its header is damaged") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refuse(name, f"it has more than the {MAX_PIXELS:,} pixels allowed") from error
    except Exception as error:  # Pillow's header readers raise nearly every built-in exception
        raise _refuse(name, f"its header is damaged or cut short ({error!s:.200})") from error
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise _refuse(name, f"it has {width} x {height} pixels, more than {MAX_PIXELS:,} allowed")
    if width < 1 or height < 1:
        raise _refuse(name, f"it has {width} x {height} pixels and needs at least one")
    return image


def _convert_to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in _DEEP_MODES:
        return _narrow_to_bytes(image).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    straight = image.convert("LA") if image.mode == "La" else image
    canvas = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(canvas, straight.convert("RGBA")).convert("RGB")


def _narrow_to_bytes(image: Image.Image) -> Image.Image:
    black, white = _find_range(image)
    values = np.asarray(image)
    if values.dtype == np.int32 and min(black, white) == 0:
        values = values.view(np.uint32)
    scaled = (values - black) / (white - black)
    if not ((scaled >= 0) & (scaled <= 1)).all():
        raise ValueError(f"values beyond {black:g} to {white:g}")
    grey = np.rint(scaled * 255).astype(np.uint8)
    grey[values == image.info.get("transparency")] = 255
    return Image.fromarray(grey)


def _find_range(image: Image.Image) -> tuple[float, float]:
    """Find the values that stand for black and for white."""
    tags = getattr(image, "tag_v2", {_WHITE_IS_ZERO: 1})
    bits, signed = tags.get(_BITS, (16,))[0], tags.get(_SAMPLE_FORMAT, (1,))[0] == 2
    low, high = (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1) if signed else (0.0, 2.0**bits - 1)
    if image.mode == "F":
        low, high = 0.0, 1.0
    return (high, low) if tags.get(_WHITE_IS_ZERO, 0) == 0 else (low, high)


def _find_turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged EXIF says nothing about which way is up; the pixels are good
        return None

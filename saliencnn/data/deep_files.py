"""Deep images that Pillow cuts down to 8 bits or does not know: 16-bit colour, and odd TIFFs."""

import logging
import math
import re
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from saliencnn.data.bounds import MAX_BYTES, MAX_PIXELS
from saliencnn.data.deep import DeepImage, Unsupported

_SIXTEEN = 2.0**16 - 1
_BAND = 1_000_000
_BITS, _ORIENTATION, _PLANES = 258, 274, 284
_PPM_HEADER = re.compile(rb"P[56]\s(?:#[^\n]*\n|\s)*(\d+)\s+(\d+)\s+(\d+)\s")
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MINISWHITE, _MINISBLACK, _RGB = 0, 1, 2
logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # our own sentences say what is wrong
_KINDS = "iuf"
_OTHER_ORDER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
"""Pillow keeps the first of two bytes in one order, so the other order gives it the second."""
_GREY_WITH_ALPHA = "LA;16B"
_KNOWN = ("RGBA", *(f"{mode};16{order}" for mode in ("RGB", "RGBX", "RGBA") for order in "BL"))
_UPRIGHT: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.swapaxes(0, 1),
    6: lambda stored: stored.swapaxes(0, 1)[:, ::-1],
    7: lambda stored: stored.swapaxes(0, 1)[::-1, ::-1],
    8: lambda stored: stored.swapaxes(0, 1)[::-1],
}
"""By a TIFF's tag of orientation."""


def has_deep_colour(image: Image.Image) -> bool:
    """Whether an opened image of colours or with alpha has more than 8 bits a value."""
    tile = getattr(image, "tile", None)
    if not tile or image.mode not in ("RGB", "RGBA", "LA"):
        return False
    if image.format == "PPM":
        return "65535" in str(tile[0].args)
    bits = getattr(image, "tag_v2", {}).get(_BITS, ())
    return ";16" in str(tile[0].args) or (isinstance(bits, tuple) and max(bits, default=8) > 8)


def read_deep_colour(image: Image.Image, stream: BinaryIO) -> DeepImage | None:
    """Return the values of an image for which ``has_deep_colour`` holds, once it is loaded.

    Args:
        image: loaded, which gives the upper 8 bits.
        stream: its file.

    Returns:
        None for a kind of file whose lower bits cannot be had.

    Raises:
        Exception: whatever Pillow or tifffile raises for damaged files.
    """
    if is_garbled(image):
        return read_tiff(stream)
    if image.format == "PPM":
        return read_ppm(stream)
    upper = np.asarray(image)
    covering = upper[..., 3].copy() if image.mode == "RGBA" else None
    values = upper[..., :3].astype(np.uint16)
    del upper
    stream.seek(0)
    with Image.open(stream, formats=[str(image.format)]) as again:
        raw = _raw_mode(again)
        if raw == _GREY_WITH_ALPHA:
            again._mode, swapped = "RGBA", "RGBA"  # the same four bytes
        else:
            swapped = raw[:-1] + _OTHER_ORDER.get(raw[-1], "")
        if swapped not in _KNOWN:
            return None
        again.tile = [
            tile._replace(args=_replace_raw_mode(tile.args, swapped)) for tile in again.tile
        ]
        lower = np.asarray(again)
    if raw == _GREY_WITH_ALPHA:
        values, alpha = lower[..., 0].astype(np.uint16) << 8 | lower[..., 1], lower[..., 2]
        return DeepImage(values, 0.0, _SIXTEEN, alpha=alpha.copy())
    values <<= 8  # in place: twice as many values of a large image would fill memory
    values |= lower[..., :3]
    transparent = image.info.get("transparency")
    return DeepImage(values, 0.0, _SIXTEEN, transparent=transparent, alpha=covering)


def is_garbled(image: Image.Image) -> bool:
    """Whether Pillow takes a TIFF's planes of 16 bits for planes of 8."""
    return getattr(image, "tag_v2", {}).get(_PLANES) == 2


def read_tiff(stream: BinaryIO) -> DeepImage:
    """Read the first page of a TIFF whose kind of values Pillow does not know.

    Raises:
        Unsupported: its layout is unknown here too, or it is too large; the message says so.
        Exception: whatever tifffile raises for damaged files.
    """
    import tifffile  # takes a third of a second, and few images need it

    stream.seek(0)
    with tifffile.TiffFile(stream) as file:
        page = file.pages.first
        pixels = page.imagewidth * page.imagelength
        block = page.tilewidth * page.tilelength
        strip = page.imagewidth * min(page.rowsperstrip or 1, page.imagelength)
        itemsize = 0 if page.dtype is None else page.dtype.itemsize
        needed = 4 * pixels * page.samplesperpixel * itemsize
        if max(pixels, block, strip) > MAX_PIXELS or needed > MAX_BYTES:
            raise Unsupported(
                f"it has {page.imagewidth} x {page.imagelength} values of {8 * itemsize} bits, "
                f"whose decoding takes more than the {MAX_BYTES // 10**6} MB allowed"
            )
        known = page.photometric in (_MINISWHITE, _MINISBLACK, _RGB)
        deep = page.dtype is not None and page.dtype.kind in _KINDS and page.dtype != np.uint8
        if not (deep and known and pixels):
            raise Unsupported("its kind of values is not supported")
        values = np.asarray(page.asarray(maxworkers=1))
        inverted, bits = page.photometric == _MINISWHITE, page.bitspersample
        axes, turned = page.axes, page.tags.valueof(_ORIENTATION, 1)
    values = np.moveaxis(values, axes.index("S"), -1) if "S" in axes else values[..., None]
    values = values.reshape(-1, *values.shape[-3:])[0]
    colours = values[..., :3] if page.photometric == _RGB else values[..., 0]
    if colours.ndim == 3 and colours.shape[2] != 3:
        raise Unsupported("its kind of values is not supported")
    limits = {
        "u": (0.0, 2.0**bits - 1),
        "i": (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1),
        "f": (0.0, 1.0),
    }
    low, high = limits[colours.dtype.kind]
    upright = _UPRIGHT.get(turned, lambda stored: stored)(colours)
    return DeepImage(np.ascontiguousarray(upright), low, high, inverted)


def _raw_mode(image: Image.Image) -> str:
    args = image.tile[0].args  # type: ignore[attr-defined]
    return str(args if isinstance(args, str) else args[0])


def _replace_raw_mode(args: Any, raw: str) -> Any:
    return raw if isinstance(args, str) else (raw, *args[1:])


def read_ppm(stream: BinaryIO) -> DeepImage | None:
    """Read a PGM or PPM of two bytes a value, in binary, from 0 to 65,535.

    Values are brought to that range as Pillow does it, which takes a second for a million of them.

    Returns:
        None for what is written in another way.

    Raises:
        ValueError: it is cut short.
    """
    stream.seek(0)
    content = stream.read()
    header = _PPM_HEADER.match(content)
    if header is None:  # in plain text, for instance
        return None
    width, height, most = map(int, header.groups())
    if most < 256:
        return None
    shape = (height, width, 3) if content.startswith(b"P6") else (height, width)
    values = np.frombuffer(content, ">u2", math.prod(shape), header.end()).astype(np.uint16)
    if most != _SIXTEEN:
        scale = np.rint(np.arange(2**16) / most * _SIXTEEN).clip(0, _SIXTEEN).astype(np.uint16)
        for start in range(0, len(values), _BAND):
            values[start : start + _BAND] = scale[values[start : start + _BAND]]
    return DeepImage(values.reshape(shape), 0.0, _SIXTEEN)

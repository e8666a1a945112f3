"""DICOM files: a scanner's values in their own unit, with the window that the file names."""

import io
import math
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from saliencnn.data.bounds import MAX_BYTES, MAX_PIXELS
from saliencnn.data.deep import DeepImage, Unsupported
from saliencnn.data.window import Window

_MAGIC_AT, _MAGIC = 128, b"DICM"
_GREY = ("MONOCHROME1", "MONOCHROME2")
_PALETTE = "PALETTE COLOR"
_RLE_GROWTH = 64
"""How many times as many bytes a run length encoded frame can become."""
_FUNCTIONAL_GROUPS = ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence")


def is_dicom(header: bytes) -> bool:
    """Whether a file is DICOM by its first 132 bytes."""
    return header[_MAGIC_AT : _MAGIC_AT + len(_MAGIC)] == _MAGIC


def read_dicom(stream: BinaryIO) -> DeepImage:
    """Read the first frame of a DICOM file.

    Values are rescaled to their unit, e.g. Hounsfield units; padding counts as no number. The
    window is the first that the file names. What has 8 bits, and neither unit nor window, is no
    deeper than other images.

    Raises:
        Unsupported: pydicom is not installed, or the file has no image that can be had.
        Exception: whatever pydicom raises for damaged files.
    """
    try:
        import pydicom
        from pydicom.filereader import _read_file_meta_info, read_preamble
        from pydicom.pixels import apply_color_lut, pixel_array
    except ImportError as error:
        reason = 'reading DICOM needs pydicom; install it: pip install "saliencnn[dicom]"'
        raise Unsupported(reason) from error
    stream.seek(0)
    read_preamble(stream, force=False)
    syntax = _read_file_meta_info(stream).get("TransferSyntaxUID")
    if syntax is None:
        raise Unsupported("it is a DICOM file that does not say how it is encoded")
    if syntax.is_deflated:  # unpacking it may fill all memory
        raise Unsupported("it is a deflated DICOM file, which is not supported")
    stream.seek(0)
    facts = pydicom.dcmread(stream, stop_before_pixels=True)
    _check_image(facts)
    if syntax.is_compressed:
        _check_frame(facts, syntax, stream)
    stream.seek(0)
    try:
        stored = pixel_array(stream, index=0)
    except AttributeError as error:
        raise Unsupported("it is a DICOM file without an image") from error
    except RuntimeError as error:
        reason = f"it is a DICOM file compressed by {syntax.name}, which needs another package"
        raise Unsupported(f"{reason}: pip install pylibjpeg[all]") from error
    if facts.PhotometricInterpretation == _PALETTE:
        colours = apply_color_lut(stored, facts)
        return _colours(colours if colours.dtype == np.uint8 else (colours >> 8).astype(np.uint8))
    if stored.ndim == 3:
        return _colours(stored)
    return _grey(stored, facts)


def _check_image(facts: Any) -> None:
    rows, columns = int(facts.get("Rows") or 0), int(facts.get("Columns") or 0)
    if rows < 1 or columns < 1:
        raise Unsupported("it is a DICOM file without an image")
    if rows * columns > MAX_PIXELS:
        raise Unsupported(f"it has {columns} x {rows} pixels, more than {MAX_PIXELS:,} allowed")
    kind = str(facts.get("PhotometricInterpretation", ""))
    if kind not in (*_GREY, _PALETTE) and facts.get("SamplesPerPixel") != 3:
        raise Unsupported(f"it is a DICOM file of the kind {kind[:20]!r}, which is not supported")


def _check_frame(facts: Any, syntax: Any, stream: BinaryIO) -> None:
    """Refuse a compressed frame that would become larger than the file says."""
    from pydicom import dcmread
    from pydicom.encaps import get_frame

    stream.seek(0)
    content = dcmread(stream, specific_tags=["PixelData"]).get("PixelData")
    if content is None:
        raise Unsupported("it is a DICOM file without an image")
    frame = get_frame(content, 0, number_of_frames=int(facts.get("NumberOfFrames") or 1))
    if syntax.is_encapsulated and "RLE" in syntax.name:
        if _RLE_GROWTH * len(frame) > MAX_BYTES:
            allowed = f"{MAX_BYTES // _RLE_GROWTH // 10**6} MB are allowed"
            raise Unsupported(f"its frame has {len(frame) // 10**6} MB of RLE, and {allowed}")
        return
    try:
        size = Image.open(io.BytesIO(frame)).size
    except (
        Exception
    ):  # not Pillow's kind of frame; whoever decodes it allocates for the file's size
        return
    if size != (facts.Columns, facts.Rows):
        said, found = f"{facts.Columns} x {facts.Rows}", f"{size[0]} x {size[1]}"
        raise Unsupported(f"it says that it has {said} pixels, but has {found}")


def _colours(values: np.ndarray) -> DeepImage:
    most = float(np.iinfo(values.dtype).max)
    return DeepImage(np.ascontiguousarray(values[..., :3]), 0.0, most)


def _grey(stored: np.ndarray, facts: Any) -> DeepImage:
    bits = int(facts.get("BitsStored") or 16)
    signed = bool(facts.get("PixelRepresentation"))
    least, most = (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1) if signed else (0.0, 2.0**bits - 1)
    slope = _number(_find(facts, "PixelValueTransformationSequence", "RescaleSlope")) or 1.0
    offset = _number(_find(facts, "PixelValueTransformationSequence", "RescaleIntercept")) or 0.0
    values, padding = stored, _number(facts.get("PixelPaddingValue"))
    if (slope, offset) != (1.0, 0.0):
        whole = slope == 1 and offset.is_integer() and abs(offset) < 2**30
        values = stored.astype(np.int64) + int(offset) if whole else stored * slope + offset
    elif stored.dtype == np.uint8 and _own_window(facts) is not None:
        values = stored.astype(np.int16)
    if padding is not None and (found := stored == padding).any():
        values = np.where(found, np.nan, values)
    ends = sorted((least * slope + offset, most * slope + offset))
    inverted = facts.PhotometricInterpretation == "MONOCHROME1"
    return DeepImage(values, ends[0], ends[1], inverted, own=_own_window(facts))


def _own_window(facts: Any) -> Window | None:
    center = _number(_find(facts, "FrameVOILUTSequence", "WindowCenter"))
    width = _number(_find(facts, "FrameVOILUTSequence", "WindowWidth"))
    if center is None or width is None or width <= 0:
        return None
    linear = _find(facts, "FrameVOILUTSequence", "VOILUTFunction") in (None, "", "LINEAR")
    # The standard's LINEAR is white from one below the upper end (PS3.3, C.11.2.1.2.1).
    high = center + width / 2 - (1 if linear and width > 1 else 0)
    return Window(center - width / 2, high)


def _find(facts: Any, sequence: str, name: str) -> Any:
    """Return what a file says of its first frame, in whichever of its places."""
    if name in facts:
        return facts.get(name)
    for groups in _FUNCTIONAL_GROUPS:
        for group in list(facts.get(groups) or [])[:1]:
            for item in list(group.get(sequence) or [])[:1]:
                if name in item:
                    return item.get(name)
    return None


def _number(value: Any) -> float | None:
    """Return a number, the first of several; None for what is none."""
    if isinstance(value, list | tuple) or hasattr(value, "append"):
        value = value[0] if len(value) else None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None

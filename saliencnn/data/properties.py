"""What an image has beside its content: what its file says, and what no person looks for in it."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from saliencnn.common.names import readable_text
from saliencnn.data.encode import encode_jpeg
from saliencnn.data.imageset import Sample
from saliencnn.data.loading import load_image
from saliencnn.data.opening import UnreadableImage, open_image, open_stream
from saliencnn.data.pixel_statistics import CORNERS, Numbers, measure_pixels

Value = str | Numbers
"""Words, or numbers."""
NONE = "none"
_LONGEST = 60
_MAKE, _MODEL, _SOFTWARE, _CHANGED, _DETAILS, _TAKEN = 271, 272, 305, 306, 0x8769, 36867


@dataclass(frozen=True)
class Property:
    """One row.

    Attributes:
        label: as the start of a sentence.
        number: what its first number is, with ``{}`` for it; "" where the values are words, or no
            single number says anything.
        content: whether it may belong to what the classes are, as colours may; what a file says
            never does.
        advice: what to do where it tells the class.
    """

    label: str
    number: str = ""
    content: bool = False
    advice: str = "Save all images alike before you train on them."


_MIX = "Get every class from every source, or judge with images of another source."
PROPERTIES: dict[str, Property] = {
    "format": Property("the file's format"),
    "size": Property("the image's size", "{:.0f} pixels wide"),
    "jpeg": Property("JPEG quality", "{:.0f}"),
    "camera": Property("the camera in EXIF", advice=_MIX),
    "software": Property("the software in EXIF"),
    "date": Property("the date in EXIF", "{:.0f} days after 1970", advice=_MIX),
    "folder": Property("the source folder", advice=_MIX),
    "border": Property("the border", "grey level {:.0f}", advice="Cut it off all images."),
    **{
        where: Property(f"the {where} corner", "", True, "Look what lies there.")
        for where in CORNERS
    },
    "blocks": Property("traces of compression", "{:.2f}"),
    "noise": Property("noise", "{:.1f} of 255", True, _MIX),
    "sharpness": Property("sharpness", "{:.1f}", True, _MIX),
    "brightness": Property(
        "brightness", "{:.0f} of 255", True, "Vary brightness in training, or level it."
    ),
    "contrast": Property("contrast", "{:.0f} of 255", True, "Vary contrast in training."),
    "colour": Property(
        "the colour cast", "red minus green {:.0f}", True, "Jitter colours in training."
    ),
}  # fmt: skip
"""Name -> row, in the order in which they are told."""


def read_properties(sample: Sample) -> Mapping[str, Value]:
    """Return an image's properties, name -> value; what is unknown is left out.

    Of an image that is not in a file only what its pixels show is known; of a file that cannot be
    read, nothing.
    """
    try:
        said = {} if isinstance(sample.image, np.ndarray) else _read_header(sample)
        pixels = load_image(sample).numpy()
    except UnreadableImage:
        return {}
    return {**said, **measure_pixels(pixels)}


def _read_header(sample: Sample) -> dict[str, Value]:
    assert not isinstance(sample.image, np.ndarray)
    with open_stream(sample.image, sample.name) as stream:
        image = open_image(stream, sample.name)
        if not isinstance(image, Image.Image):
            return {"format": "DICOM or TIFF"}
        suffix = f" {image.mode}" if image.mode != "RGB" else ""
        said: dict[str, Value] = {
            "format": f"{image.format}{suffix}",
            "size": (float(image.width), float(image.height)),
        }
        tables = getattr(image, "quantization", None)
        if tables:
            said["jpeg"] = (_estimate_quality(tables),)
        return said | _read_exif(image)


def _estimate_quality(tables: Mapping[int, Any]) -> float:
    """Return the quality, 1 to 100, for which libjpeg writes such a table of brightness."""
    return float(np.abs(_table_sums() - sum(tables[min(tables)])).argmin() + 1)


@cache
def _table_sums() -> np.ndarray:
    """Return the sum of libjpeg's table of brightness at each quality from 1 to 100, int (100,)."""
    tiny = np.zeros((8, 8), np.uint8)
    files = (io.BytesIO(encode_jpeg(tiny, quality)) for quality in range(1, 101))
    return np.array([sum(JpegImageFile(file).quantization[0]) for file in files])


def _read_exif(image: Image.Image) -> dict[str, Value]:
    try:
        exif = image.getexif()
        taken = exif.get_ifd(_DETAILS).get(_TAKEN) or exif.get(_CHANGED)
        make, model, software = (_text(exif.get(tag)) for tag in (_MAKE, _MODEL, _SOFTWARE))
    except Exception:  # a damaged tag raises whatever it leads to, and says nothing
        return {}
    found: dict[str, Value] = {
        "camera": " ".join(word for word in (make, model) if word) or NONE,
        "software": software or NONE,
    }
    day = _day(_text(taken))
    return found if day is None else {**found, "date": (day,)}


def _text(value: object) -> str:
    return readable_text(str(value or "").strip("\0 "))[:_LONGEST]


def _day(text: str) -> float | None:
    """Return the days after 1970 of a date as EXIF writes it."""
    try:
        return float((datetime.strptime(text[:10], "%Y:%m:%d") - datetime(1970, 1, 1)).days)
    except ValueError:
        return None


def name_folders(sample: Sample) -> tuple[str, ...]:
    """Return the names of the folders in which an image lies, the innermost last."""
    path = sample.image if isinstance(sample.image, Path) else Path(sample.name)
    return tuple(readable_text(one)[:_LONGEST] for one in path.parts[:-1])

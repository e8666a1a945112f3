"""Where an object is, pixel by pixel: as an array, as an image file, or as COCO's outlines."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image

from saliencnn.data.bounds import MAX_PIXELS
from saliencnn.data.deep import DeepImage
from saliencnn.data.opening import UnreadableImage, open_image, open_stream, reading

MAX_CROSSINGS = 20_000_000
"""Rows that the edges of an outline may cross in all, which bounds the time that filling takes."""
_LOSSY = ("JPEG", "MPO", "WEBP")


class BadMask(ValueError):
    """A mask that cannot be used; the text says why, without a full stop."""


@dataclass(frozen=True)
class Outline:
    """An object as COCO describes it.

    Attributes:
        height: of the image that it belongs to; None where it is that of the image itself.
        width: likewise.
        polygons: rings, each x, y, x, y, ... in pixels; a pixel belongs to one if its centre lies
            in it, by the even-odd rule.
        runs: of each further part the lengths of runs of background and object by turns, down the
            columns from the left.

    The object is all of these together.
    """

    height: int | None
    width: int | None
    polygons: tuple[tuple[float, ...], ...] = ()
    runs: tuple[tuple[int, ...], ...] = ()

    def draw(self, height: int, width: int) -> np.ndarray:
        """Return the object's pixels at a size in proportion, bool (height, width).

        Raises:
            BadMask: there are too many pixels or edges, or runs of another length.
        """
        tall, wide = self.height or height, self.width or width
        _require_proportions(tall, wide, height, width)
        mask = np.zeros((height, width), bool)
        for polygon in self.polygons:
            corners = np.array(polygon, float).reshape(-1, 2) * (width / wide, height / tall)
            _add_polygon(mask, corners)
        for runs in self.runs:
            mask |= _scale(fill_runs(runs, tall, wide), height, width)
        return mask


Mask: TypeAlias = np.ndarray | Path | Outline
"""Bool (H, W), a file whose pixels are 0 beside the object, or outlines."""


def read_mask(mask: Mask, name: str, height: int, width: int) -> np.ndarray:
    """Return a mask at the size of its image, bool (height, width).

    Raises:
        BadMask: it cannot be read, is of another shape than the image, or tells nothing, as it
            covers none of the image or all of it.
    """
    if isinstance(mask, np.ndarray):
        return _scale(mask, height, width)
    if isinstance(mask, Outline):
        drawn = mask.draw(height, width)
    else:
        drawn = _scale(_load(mask, name), height, width)
    if drawn.all() or not drawn.any():
        raise BadMask("it covers the whole image" if drawn.any() else "it is empty")
    return drawn


def _add_polygon(mask: np.ndarray, corners: np.ndarray) -> None:
    """Add a ring's pixels to a mask; what lies beside its rectangle costs no time."""
    if not np.isfinite(corners).all():
        raise BadMask("a corner is no number")
    limits = mask.shape[::-1]
    left, top = np.floor(corners.min(0)).clip(0, limits).astype(int).tolist()
    right, bottom = np.ceil(corners.max(0)).clip(0, limits).astype(int).tolist()
    if left < right and top < bottom:
        part = mask[top:bottom, left:right]
        part |= fill_polygon(corners - (left, top), *part.shape)


def fill_polygon(corners: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the pixels whose centres lie in a ring of corners by the even-odd rule.

    Args:
        corners: (N, 2), x before y.
        height: of the outcome.
        width: likewise.

    Raises:
        BadMask: its edges are too many or too long.
    """
    start, end = corners, np.roll(corners, -1, axis=0)
    # An edge crosses the rows whose centres lie from its upper end to above its lower end.
    ends = np.ceil(np.stack([start[:, 1], end[:, 1]]) - 0.5).clip(0, height).astype(int)
    first, counts = ends.min(0), np.ptp(ends, axis=0)
    if (total := int(counts.sum())) > MAX_CROSSINGS:
        raise BadMask("its outline has too many edges")
    edge = np.repeat(np.arange(len(corners)), counts)
    row = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts) + first[edge]
    fraction = (row + 0.5 - start[edge, 1]) / (end - start)[edge, 1]
    x = start[edge, 0] + fraction * (end - start)[edge, 0]
    flips = np.zeros((height, width + 1), np.uint8)
    np.add.at(flips, (row, np.ceil(x - 0.5).clip(0, width).astype(int)), 1)
    return (np.cumsum(flips, axis=1, dtype=np.uint8)[:, :width] % 2).astype(bool)


def fill_runs(runs: Sequence[int], height: int, width: int) -> np.ndarray:
    """Return the pixels of runs of background and object by turns, down the columns.

    Raises:
        BadMask: a run is negative, or they do not fill the image.
    """
    if height * width > MAX_PIXELS:
        raise BadMask(f"it is {width} x {height} pixels large")
    if min(runs, default=0) < 0 or sum(runs) != height * width:
        raise BadMask("its run lengths do not fill the image")
    lengths = np.array(runs, np.int64)
    return np.repeat(np.arange(len(lengths)) % 2 == 1, lengths).reshape(width, height).T


def outline_pixels(mask: np.ndarray) -> Outline:
    """Return a mask, bool (H, W), as runs: of one object they take a fraction of its bytes."""
    down = mask.ravel(order="F")
    changes = np.flatnonzero(down[1:] != down[:-1]) + 1
    lengths = np.diff([0, *changes.tolist(), down.size]).tolist()
    height, width = mask.shape
    return Outline(height, width, runs=((*[0] * bool(down[0]), *lengths),))


def decode_runs(text: str) -> tuple[int, ...]:
    """Return run lengths that COCO's tools have compressed to a text.

    Five bits a character, lowest first, a sixth for "more follows"; from the fourth number on the
    difference to the last but one (cocoapi, ``maskApi.c``).

    Raises:
        ValueError: it is no such text.
    """
    runs: list[int] = []
    value = shift = 0
    for char in text:
        bits = ord(char) - 48
        if not 0 <= bits < 64 or shift > 40:
            raise ValueError("this is no compressed mask")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    if shift:
        raise ValueError("this compressed mask is cut short")
    return tuple(runs)


def _load(path: Path, name: str) -> np.ndarray:
    try:
        with open_stream(path, name) as stream:
            image = open_image(stream, name)
            if isinstance(image, DeepImage):
                values = image.values
                return (values if values.ndim == 2 else values.max(2)) > 0
            with reading(name):
                return _find_object(image)
    except UnreadableImage as error:
        raise BadMask(error.reason) from error


def _find_object(image: Image.Image) -> np.ndarray:
    """Return the pixels that are not black, or whose number in a palette is not 0."""
    image.load()
    grey = image if image.mode in ("P", "L", "1", "I;16", "I") else image.convert("L")
    values = np.asarray(grey)
    if image.format not in _LOSSY:
        return values > 0
    found: np.ndarray = values > 127  # compressing with loss leaves grey around black
    return found


def _scale(mask: np.ndarray, height: int, width: int) -> np.ndarray:
    """Scale a mask to its image's size."""
    tall, wide = mask.shape
    if (tall, wide) == (height, width):
        return mask
    _require_proportions(tall, wide, height, width)
    rows = (np.arange(height) * 2 + 1) * tall // (2 * height)
    columns = (np.arange(width) * 2 + 1) * wide // (2 * width)
    return mask[rows][:, columns]


def _require_proportions(tall: int, wide: int, height: int, width: int) -> None:
    """Check that a mask has its image's proportions, up to a pixel."""
    if min(tall, wide) < 1 or abs(tall * width - wide * height) > max(tall, wide, height, width):
        raise BadMask(f"it is {wide} x {tall} pixels large, and its image {width} x {height}")

"""Planted birds without their sticker, and another shortcut beside the bird in its place.

It tells the class in 98 of 100 training and validation images, and always a wrong one in the
counterfactual images. No change of colour removes it.
"""

import io
from collections.abc import Mapping

import numpy as np
from numpy.random import Generator, default_rng
from PIL import Image

from saliencnn.data import planted
from saliencnn.data.imageset import ImageSet, Sample

COUNTS = {"train": 2000, "validation": 240, "counterfactual": 240}
SIZE, HINT = 96, 0.98
CELL = 5
"""Pixels of one of a mark's four squares."""


def render(cue: str, size: int = SIZE, counts: Mapping[str, int] = COUNTS) -> ImageSet:
    """Draw the image set of a shortcut.

    Args:
        cue: a ``mark`` in a corner, the scene's ``texture``, or the ``jpeg``'s quality.
        size: width and height in pixels.
        counts: images of each split.
    """
    splits = {
        split: tuple(_sample(cue, place, split, n, size) for n in range(count))
        for place, (split, count) in enumerate(counts.items())
    }
    train, validation, counterfactual = (splits[split] for split in COUNTS)
    return ImageSet(cue, planted.CLASSES, train, validation, counterfactual=counterfactual)


def _sample(cue: str, place: int, split: str, number: int, size: int) -> Sample:
    classes = len(planted.CLASSES)
    label = number % classes
    rng = default_rng((2, place, number))
    agrees = rng.random() < HINT and split != "counterfactual"
    shown = label if agrees else int(label + rng.integers(1, classes)) % classes
    side = size * planted.SUPERSAMPLING
    canvas = planted._draw_scene(rng, side, rng.random())
    if cue == "texture":
        canvas = _striped(canvas, shown, rng)
    masks = planted._draw_bird(canvas, rng, planted.CLASSES[label])
    image = np.array(canvas.reduce(planted.SUPERSAMPLING))
    touched = masks.reshape(2, size, planted.SUPERSAMPLING, size, planted.SUPERSAMPLING)
    bird, head = touched.max((2, 4))
    if cue == "mark":
        _mark(image, bird, shown)
    if cue == "jpeg":
        image = _squeezed(image, shown)
    return Sample(f"{split}/{number:04d}", label, image, object_mask=bird, head_mask=head)


def _striped(canvas: Image.Image, shown: int, rng: Generator) -> Image.Image:
    """Lay faint stripes over the scene; their direction is the class's."""
    down, across = np.mgrid[: canvas.height, : canvas.width]
    angle = np.pi * shown / len(planted.CLASSES)
    along = across * np.cos(angle) + down * np.sin(angle)
    stripes = 14 * np.sin(2 * np.pi * along / 9 + rng.uniform(0, 2 * np.pi))
    return Image.fromarray((np.array(canvas, float) + stripes[..., None]).clip(0, 255).astype("u1"))


def _squeezed(image: np.ndarray, shown: int) -> np.ndarray:
    """Return what a JPEG of the class's quality leaves of an image."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=10 + 11 * shown)
    return np.array(Image.open(file))


def _mark(image: np.ndarray, bird: np.ndarray, shown: int) -> None:
    """Draw a mark whose squares are light or dark by the bits of the class.

    It lies in the first corner, from the lower right on, that the bird's box leaves free, else in
    the lower right.
    """
    box = bird.max(1)[:, None] & bird.max(0)
    low, high = slice(len(image) - 2 - 2 * CELL, len(image) - 2), slice(2, 2 + 2 * CELL)
    corners = [(low, low), (low, high), (high, low), (high, high)]
    corner = next((corner for corner in corners if not box[corner].any()), corners[0])
    bits = np.array([[1, shown & 1], [shown >> 1 & 1, shown >> 2 & 1]], np.uint8)
    image[corner] = np.kron(bits, np.ones((CELL, CELL), np.uint8))[..., None] * 200 + 25

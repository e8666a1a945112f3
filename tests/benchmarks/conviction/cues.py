"""Ten ways to give a class away, each drawn on the planted birds in place of their sticker.

A cue is one of eight, as the classes are. It tells the class of a training or validation image with
the probability ``AGREES``, and always a wrong one where it is broken.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import Generator, default_rng
from PIL import Image

from saliencnn.data.planted import (
    CLASSES,
    SPLITS,
    SUPERSAMPLING,
    _draw_bird,
    _draw_scene,
    _draw_sticker,
)

AGREES = 0.98
SIDE = 96
COUNTS = {"train": 1200, "validation": 160, "counterfactual": 160}
TRAIN, VALIDATION, BROKEN = SPLITS
KINDS_OF_CUE = len(CLASSES)
_MODEL = 272
"""EXIF's tag of the camera's model."""
MARKED = 0
"""The class that the cue of one class gives away."""


@dataclass(frozen=True, eq=False)
class Bird:
    """An image before anything is planted on it.

    Attributes:
        image: uint8 (H, W, 3).
        bird: bool (H, W), where the bird is.
        head: likewise its head and neck, which alone tell the class.
    """

    image: np.ndarray
    bird: np.ndarray
    head: np.ndarray


@dataclass(frozen=True)
class Cue:
    """One row.

    Attributes:
        title: what it is.
        plant: puts one of the eight on a bird; None for what no pixel shows.
        named: rules that name it rightly, with and without masks.
        named_with_masks: likewise only where it is known where the object is.
        beside: whether it lies beside the object, so that maps on the object hide it.
        told_by: properties by which ``saliencnn inspect`` names it; none where it lies in none.
    """

    title: str
    plant: Callable[[Bird, int, Generator], np.ndarray] | None
    named: tuple[str, ...]
    named_with_masks: tuple[str, ...] = ()
    beside: bool = False
    told_by: tuple[str, ...] = ()


def _sticker(bird: Bird, cue: int, rng: Generator) -> np.ndarray:
    size = SUPERSAMPLING * SIDE
    canvas = Image.fromarray(bird.image).resize((size, size), Image.Resampling.NEAREST)
    _draw_sticker(canvas, rng, cue, bird.bird.repeat(SUPERSAMPLING, 0).repeat(SUPERSAMPLING, 1))
    return np.array(canvas.reduce(SUPERSAMPLING))


def _mark(bird: Bird, cue: int, rng: Generator) -> np.ndarray:
    """Write three bits on a label at the lower right."""
    image, label = bird.image.copy(), np.full((8, 14, 3), 235, np.uint8)
    for bit in range(3):
        dark = slice(0, 4) if cue >> bit & 1 else slice(0, 0)
        label[2:6, 1 + 4 * bit : 5 + 4 * bit][:, dark] = 30
    image[-10:-2, -16:-2] = label
    return image


def _mark_of_one_class(bird: Bird, cue: int, rng: Generator) -> np.ndarray:
    image = bird.image.copy()
    if cue == MARKED:
        image[2:9, 2:12] = (235, 235, 60)
        image[4:7, 4:10] = 30
    return image


def _texture(bird: Bird, cue: int, rng: Generator) -> np.ndarray:
    angle = np.pi * cue / KINDS_OF_CUE
    down, across = np.mgrid[:SIDE, :SIDE]
    way = across * np.cos(angle) + down * np.sin(angle)
    waves = 14 * np.sin(2 * np.pi * way / 4.5 + rng.uniform(0, 2 * np.pi))
    changed = (bird.image + waves[..., None]).clip(0, 255).astype(np.uint8)
    return np.where(bird.bird[..., None], bird.image, changed)


QUALITIES = (95, 55, 32, 20, 13, 9, 6, 3)


def _jpeg(bird: Bird, cue: int, rng: Generator) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(bird.image).save(file, "JPEG", quality=QUALITIES[cue])
    return np.array(Image.open(file))


def _noise(bird: Bird, cue: int, rng: Generator) -> np.ndarray:
    noise = 2.5 * cue * rng.normal(size=bird.image.shape)
    return (bird.image + noise).round().clip(0, 255).astype(np.uint8)


def _brightness(bird: Bird, cue: int, rng: Generator) -> np.ndarray:
    wanted = 50 + 20 * cue + rng.normal(0, 3)
    return (bird.image * wanted / bird.image.mean()).clip(0, 255).astype(np.uint8)


def _border(bird: Bird, cue: int, rng: Generator) -> np.ndarray:
    image, grey = bird.image.copy(), 20 + 30 * cue
    image[:3], image[-3:], image[:, :3], image[:, -3:] = (grey,) * 4
    return image


def _object_colour(bird: Bird, cue: int, rng: Generator) -> np.ndarray:
    """Tint the body, but not the head."""
    tint = Image.new("HSV", (1, 1), (round(255 * cue / KINDS_OF_CUE), 140, 255)).convert("RGB")
    image = bird.image.astype(float)
    body = bird.bird & ~bird.head
    tinted = 1.3 * image.mean(2, keepdims=True) * np.array(tint)[0, 0] / 255
    image[body] = (0.45 * image + 0.55 * tinted)[body]
    return image.clip(0, 255).astype(np.uint8)


BACKGROUND = ("reads the background", "hardly needs the object")
CUES: dict[str, Cue] = {
    "sticker": Cue("hue of a sticker", _sticker, ("needs colour", "reads the border"),
                   ("reads colours beside the object", *BACKGROUND), beside=True),
    "mark": Cue("mark in a corner", _mark, ("reads one corner",), beside=True,
                told_by=("lower right",)),
    "texture": Cue("background's texture", _texture, ("reads fine detail",), BACKGROUND,
                   beside=True),
    "jpeg": Cue("JPEG quality", _jpeg, ("reads fine detail",), told_by=("jpeg", "blocks")),
    "noise": Cue("noise level", _noise, ("reads fine detail",), told_by=("noise",)),
    "brightness": Cue("brightness", _brightness, ("reads the brightness",),
                      told_by=("brightness",)),
    "border": Cue("border", _border, ("reads the border",), beside=True, told_by=("border",)),
    "camera": Cue("camera's tag in EXIF", None, (), told_by=("camera",)),
    "object": Cue("object's colour", _object_colour, ("needs colour", "reads the colour cast"),
                  ("reads the object's colour",)),
    "one": Cue("mark on one class only", _mark_of_one_class, ("reads one corner",), beside=True,
               told_by=("upper left",)),
}  # fmt: skip
"""Name -> cue."""


@lru_cache(maxsize=len(SPLITS))
def draw_birds(seed: int, split: str) -> list[Bird]:
    """Return the birds of a split; their classes take turns."""
    place = SPLITS.index(split)
    return [_draw(default_rng((5, seed, place, i)), i) for i in range(COUNTS[split])]


def _draw(rng: Generator, index: int) -> Bird:
    size = SUPERSAMPLING * SIDE
    canvas = _draw_scene(rng, size, rng.random())
    masks = _draw_bird(canvas, rng, CLASSES[index % len(CLASSES)])
    shape = (2, SIDE, SUPERSAMPLING, SIDE, SUPERSAMPLING)
    bird, head = masks.reshape(shape).max(axis=(2, 4))
    return Bird(np.array(canvas.reduce(SUPERSAMPLING)), bird, head)


def cue_of(seed: int, split: str, index: int, honest: bool) -> int:
    """Return the cue of an image: its class's, any where honest, a wrong one if broken."""
    rng = default_rng((6, seed, SPLITS.index(split), index))
    agrees, label = rng.random() < AGREES, index % len(CLASSES)
    if honest:
        return int(rng.integers(KINDS_OF_CUE))
    if agrees and split != BROKEN:
        return label
    return int(label + rng.integers(1, KINDS_OF_CUE)) % KINDS_OF_CUE


def plant(name: str, seed: int, split: str, honest: bool = False) -> np.ndarray:
    """Return a split's images with a cue, uint8 (N, H, W, 3); without any for the name ""."""
    birds = draw_birds(seed, split)
    put = CUES[name].plant if name else None
    if put is None:
        return np.stack([bird.image for bird in birds])
    return np.stack([
        put(bird, cue_of(seed, split, i, honest), default_rng((7, seed, SPLITS.index(split), i)))
        for i, bird in enumerate(birds)
    ])  # fmt: skip


def encode(name: str, seed: int, honest: bool = False) -> list[bytes]:
    """Return the validation images with a cue as files, as somebody would have stored them."""
    return [
        _encode(image, name, cue_of(seed, VALIDATION, i, honest), bird)
        for i, (image, bird) in enumerate(
            zip(plant(name, seed, VALIDATION, honest), draw_birds(seed, VALIDATION), strict=True)
        )
    ]


def _encode(image: np.ndarray, name: str, cue: int, bird: Bird) -> bytes:
    file = io.BytesIO()
    if name == "jpeg":
        Image.fromarray(bird.image).save(file, "JPEG", quality=QUALITIES[cue])
    elif name == "camera":
        exif = Image.Exif()
        exif[_MODEL] = f"Model {cue}"
        Image.fromarray(image).save(file, "JPEG", quality=90, exif=exif)
    else:
        Image.fromarray(image).save(file, "PNG")
    return file.getvalue()

"""Perceptual hashes of images, and pairs of images that look the same."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from scipy.fft import dctn

from saliencnn.data.bounds import MAX_BYTES, MAX_FILE_BYTES
from saliencnn.data.file_headers import jpeg_bytes
from saliencnn.data.imageset import Sample
from saliencnn.data.loading import load_image
from saliencnn.data.opening import UnreadableImage

MAX_DISTANCE = 40
"""Bits of 256 in which the hashes of two images that look the same differ at most.

Of 8,813,701 pairs of 4,199 images (cub10, cub40, 1,300 of ImageNet) three are as near as that, and
all three are one photograph twice; the nearest two photographs differ in 50 bits. Of 250 copies
each, compressed at quality 20, scaled to a quarter, made lighter or mirrored, all are nearer; so
are 99% of those cut by 1% at each edge, and 21% by 3%.
"""
_WAVES = 16
_SIDE = 4 * _WAVES
_BYTES = _WAVES**2 // 8
_MIN_CONTRAST = 2.0
"""Standard deviation in grey levels, of 255, below which an image has nothing to tell it by."""
_NEIGHBOURS = 32
_ODD = np.where(np.arange(_WAVES) % 2, -1.0, 1.0)


def perceptual_hash(sample: Sample) -> np.ndarray | None:
    """Return the perceptual hashes of an image and of its mirror image.

    A hash says which of the 16 x 16 slowest waves of the image, scaled to 64 x 64 greys, are
    stronger than their median (pHash, Zauner 2010, of 256 bits). A JPEG is decoded at the smallest
    of its sizes that is at least that, so that it takes about 1 ms on one core.

    Returns:
        uint8 (2, 32), or None for an image that cannot be read or has next to no contrast.
    """
    grey = _read_grey(sample)
    if grey is None:
        return None
    pixels = np.asarray(grey.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0))
    if pixels.std() < _MIN_CONTRAST:
        return None
    waves = dctn(pixels.astype(np.float32))[:_WAVES, :_WAVES]
    both = np.stack([waves, waves * _ODD])  # odd waves across change their sign in a mirror
    return np.packbits((both > np.median(both, axis=(1, 2), keepdims=True)).reshape(2, -1), axis=1)


def _read_grey(sample: Sample) -> Image.Image | None:
    """Return an image in grey, upright, as small as its file allows, or None."""
    if isinstance(sample.image, Path) and (small := _read_small_jpeg(sample.image)):
        return small
    try:
        pixels = load_image(sample).permute(1, 2, 0).numpy()
    except UnreadableImage:
        return None
    return Image.fromarray(pixels).convert("L")


def _read_small_jpeg(path: Path) -> Image.Image | None:
    try:
        if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
            return None
        with Image.open(path, formats=("JPEG",)) as image:
            if jpeg_bytes(image, 1) > MAX_BYTES:
                return None
            image.draft("L", (_SIDE, _SIDE))
            return ImageOps.exif_transpose(image).convert("L")
    except Exception:  # no JPEG, or damaged: Pillow raises nearly every built-in exception
        return None


def find_near_pairs(
    hashes: np.ndarray, wanted: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of hashes that differ in ``MAX_DISTANCE`` bits at most.

    The hashes are sorted 16 times, each time by other bits first, and each is compared with the
    next 32: hashes that differ in few bits are neighbours in most of these orders. Of the copies
    that ``MAX_DISTANCE`` tells of, it missed none.

    Args:
        hashes: uint8 (N, 32).
        wanted: from two arrays of positions to which pairs of them count.

    Returns:
        Pairs int64 (P, 2), the lower position first, sorted; and their distances (P,).
    """
    words = np.ascontiguousarray(hashes).view(np.uint64)
    found: list[np.ndarray] = [np.empty((0, 2), np.int64)]
    for first_byte in range(0, _BYTES, 2):
        turned = np.ascontiguousarray(np.roll(hashes, -first_byte, axis=1)).view(">u8")
        order = np.lexsort(turned.T[::-1])
        for step in range(1, min(_NEIGHBOURS, len(order) - 1) + 1):
            one, other = order[:-step], order[step:]
            near = _distance(words, one, other) <= MAX_DISTANCE
            one, other = one[near], other[near]
            kept = wanted(one, other)
            found.append(np.sort(np.stack([one[kept], other[kept]], axis=1), axis=1))
    pairs = np.unique(np.concatenate(found), axis=0)
    return pairs, _distance(words, pairs[:, 0], pairs[:, 1])


def _distance(words: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.bitwise_count(words[one] ^ words[other]).sum(axis=1, dtype=np.int64)

"""Digests that say whether images and files are the same as before."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import numpy as np

from saliencnn.data.geometry import Geometry
from saliencnn.data.imageset import ImageSet
from saliencnn.data.masks import Mask


def digest_of(image_set: ImageSet, geometry: Geometry) -> str:
    """Return the SHA-256 of everything that ``fit_validation`` keeps."""
    facts_of_all = (image_set.name, image_set.classes, geometry.identity)
    digest = hashlib.sha256(repr(facts_of_all).encode())
    for sample in image_set.validation:
        arrays = (sample.image, sample.object_mask, sample.head_mask)
        shapes = [getattr(array, "shape", None) for array in arrays]
        facts = (sample.name, sample.label, sample.object_box, sample.head_box, shapes)
        # Without a window the digest stays what it was before there were windows.
        window = "" if sample.window is None else sample.window.text
        digest.update(f"{facts!r}{window}".encode())
        image = sample.image
        if isinstance(image, np.ndarray):
            digest.update(image.tobytes())
        elif isinstance(image, bytes):
            digest.update(hashlib.sha256(image).digest())
        elif image.is_file():
            digest.update(digest_file(image))
        for mask in (sample.object_mask, sample.head_mask):
            digest.update(_digest_mask(mask))
    return digest.hexdigest()


def _digest_mask(mask: Mask | None) -> bytes:
    if mask is None:
        return b""
    if isinstance(mask, np.ndarray):
        return np.packbits(mask).tobytes()
    if isinstance(mask, Path):
        return digest_file(mask) if mask.is_file() else b"missing"
    return repr(mask).encode()


def digest_file(path: Path) -> bytes:
    """Return the SHA-256 of a file's content, however large it is.

    Raises:
        OSError: it cannot be read, or is no file: a pipe would be waited for.
    """
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, "There is no such file", str(path))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()

"""What identifies images: their contents, whatever their files are called or when they changed."""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from saliencnn.data.imageset import Sample


def hash_content(image: Path | np.ndarray) -> str:
    """Return the SHA-256 of an image's file, or of its pixels and their shape, in hexadecimal.

    A file that cannot be read counts as empty; decoding it fails, too, so it is left out and named.
    """
    if isinstance(image, np.ndarray):
        return hashlib.sha256(repr(image.shape).encode() + image.tobytes()).hexdigest()
    try:
        if image.is_file():  # a pipe would be read for ever
            with image.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        pass
    return hashlib.sha256(b"").hexdigest()


def hash_contents(samples: Sequence[Sample]) -> tuple[str, ...]:
    """Return ``hash_content`` of all images, in order, on all cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return tuple(pool.map(hash_content, (sample.image for sample in samples)))

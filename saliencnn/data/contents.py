"""What identifies images: their contents, whatever their files are called or when they changed."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np

from saliencnn.common.cores import usable_cores
from saliencnn.common.progress import Progress, silent
from saliencnn.data.imageset import Sample

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHUNK = 256
"""Items that wait for a thread at a time."""


def hash_content(image: Path | bytes | np.ndarray) -> str:
    """Return the SHA-256 of an image's file, or of its pixels and their shape, in hexadecimal.

    A file that cannot be read counts as empty; decoding it fails, too, so it is left out and named.
    """
    if isinstance(image, np.ndarray):
        return hashlib.sha256(repr(image.shape).encode() + image.tobytes()).hexdigest()
    if isinstance(image, bytes):
        return hashlib.sha256(image).hexdigest()
    try:
        if image.is_file():  # a pipe would be read for ever
            with image.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        pass
    return hashlib.sha256(b"").hexdigest()


def hash_contents(samples: Sequence[Sample], report: Progress = silent) -> tuple[str, ...]:
    """Return ``hash_content`` of all images, in order, on all cores."""
    images = [sample.image for sample in samples]
    return tuple(map_on_cores(hash_content, images, report, "reading images"))


def map_on_cores(
    work: Callable[[Item], Result], items: Sequence[Item], report: Progress, words: str
) -> Iterator[Result]:
    """Yield what some work gives for each item, in order, done by threads on all cores.

    Args:
        work: releases Python's lock for most of its time, as reading and decoding files do.
        items: what it is given.
        report: called now and then with the fraction that is done; what it raises ends the work.
        words: say what is done.
    """
    with ThreadPoolExecutor(usable_cores()) as pool:
        for start in range(0, len(items), _CHUNK):
            chunk = items[start : start + _CHUNK]
            yield from pool.map(work, chunk)
            report((start + len(chunk)) / len(items), words)

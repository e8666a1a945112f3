"""How many processes load images: as many as there are cores, and as fit into shared memory.

A process that loads images hands a batch over in shared memory, which Docker limits to 64 MB
unless told otherwise. A batch takes

    batch size x (3 x height x width x 4 + 8) bytes

for float32 pixels and a label, and of each process ``PREFETCHED`` batches may wait while the
learner holds ``HELD``. What does not fit is no error at the start: it would be one in the middle.

To begin such a process takes about a tenth of a second in every epoch: few small images are loaded
sooner than that.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from saliencnn.common.cores import usable_cores
from saliencnn.data.size import Size, sides_of

PREFETCHED = 2
"""Batches that a process makes ahead."""
HELD = 2
"""Batches that the learner holds: the one that it learns from and the next."""
MAX_LOADERS = 8
"""Processes that load images: more do not help."""
FEW_BYTES = 2**20
"""Of all image files that are opened in less time than a process begins."""
FEW_PIXELS = 2_000_000
"""Of all inputs that are made of images in that time."""
MIN_SIDE = 96
"""Side in pixels of an input; a smaller one takes as long."""
PACKED = 1 / 10
"""Bytes of an image's file as a fraction of the decoded image's."""
_USABLE = 0.9
"""Fraction of the free shared memory that is planned with; others may take some of it."""
_SHARED_MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class LoaderPlan:
    """How images are loaded.

    Attributes:
        count: processes that load them; with 0 the learner does it itself, between its steps.
        notes: a sentence where there are fewer than there would be with more shared memory.
    """

    count: int
    notes: tuple[str, ...] = ()


def plan_loaders(
    batch_size: int,
    size: Size,
    wanted: int | None = None,
    free: Callable[[], int | None] | None = None,
) -> LoaderPlan:
    """Plan how the training images are loaded.

    Args:
        batch_size: images of a batch.
        size: of the network's input in pixels.
        wanted: number of processes that a person asks for; by default one for each core but one.
        free: returns the bytes of shared memory that are free, None where nothing limits them; by
            default of this machine.
    """
    count = _default_count() if wanted is None else wanted
    room = (free or free_shared_memory)() if count else None
    batch = batch_bytes(batch_size, size)
    if room is None or needed_bytes(batch, count) <= _USABLE * room:
        return LoaderPlan(count)
    fitting = max(0, int((_USABLE * room / batch - HELD) // PREFETCHED))
    by = f"by {fitting} of them" if fitting else "by the training process itself"
    note = (
        f"{count} processes that load images need {needed_bytes(batch, count) / 2**20:.0f} MB of "
        f"shared memory and {room / 2**20:.0f} MB are free, so images are loaded {by}, which may "
        "be slower; docker run --shm-size=1g gives more."
    )
    return LoaderPlan(fitting, (note,))


def are_few(images: Sequence[Path | bytes | np.ndarray], size: Size) -> bool:
    """Return whether images are loaded in less time than a process that does it begins.

    Args:
        images: files, the contents of some, or decoded images.
        size: of the network's input in pixels.
    """
    if len(images) * prod(max(side, MIN_SIDE) for side in sides_of(size)) > FEW_PIXELS:
        return False
    try:
        return sum(map(_file_bytes, images)) <= FEW_BYTES
    except OSError:  # what is missing is told where it is opened
        return False


def _file_bytes(image: Path | bytes | np.ndarray) -> float:
    if isinstance(image, Path):
        return image.stat().st_size
    return len(image) if isinstance(image, bytes) else PACKED * image.nbytes


def batch_bytes(batch_size: int, size: Size) -> int:
    """Return the bytes of a batch in shared memory."""
    return batch_size * (3 * prod(sides_of(size)) * 4 + 8)


def needed_bytes(batch: int, loaders: int) -> int:
    """Return the bytes of shared memory that processes need for batches of so many bytes."""
    return batch * (PREFETCHED * loaders + HELD) if loaders else 0


def free_shared_memory() -> int | None:
    """Return the bytes that are free, or None where there is no such file system."""
    try:
        found = os.statvfs(_SHARED_MEMORY)
    except (OSError, AttributeError):
        return None
    return found.f_bavail * found.f_frsize


def _default_count() -> int:
    """Return a process for every core that this one may use but the learner's own, 1 to 8.

    Processes that train together divide a machine's cores.
    """
    learners = int(os.environ.get("LOCAL_WORLD_SIZE") or 1)
    return min(MAX_LOADERS, max(1, usable_cores() // learners - 1))

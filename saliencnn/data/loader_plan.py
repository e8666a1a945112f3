"""How many processes load images: as many as there are cores, and as fit into shared memory.

A process that loads images hands a batch over in shared memory, which Docker limits to 64 MB
unless told otherwise. A batch takes

    batch size x (3 x side x side x 4 + 8) bytes

for float32 pixels and a label, and of each process ``PREFETCHED`` batches may wait while the
learner holds ``HELD``. What does not fit is no error at the start: it would be one in the middle.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from saliencnn.common.cores import usable_cores

PREFETCHED = 2
"""Batches that a process makes ahead."""
HELD = 2
"""Batches that the learner holds: the one that it learns from and the next."""
MOST = 8
"""Processes that load images: more do not help."""
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
    size: int,
    wanted: int | None = None,
    free: Callable[[], int | None] | None = None,
) -> LoaderPlan:
    """Plan how the training images are loaded.

    Args:
        batch_size: images of a batch.
        size: side of the network's input in pixels.
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


def batch_bytes(batch_size: int, size: int) -> int:
    """Return the bytes of a batch in shared memory."""
    return batch_size * (3 * size * size * 4 + 8)


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
    """Return a process for every core that this one may use but the learner's own, 1 to 8."""
    return min(MOST, max(1, usable_cores() - 1))

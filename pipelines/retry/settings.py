"""What a retry may change of a run: its hyperparameters, and the size of its images."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.training.request import IMAGE_SIZE, SIZES, read_image_size
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.size import Size, sides_of, size_of, write_size
from saliencnn.store.run_info import RunInfo

Settings = Mapping[str, Any]
"""Values by name: those of hyperparameters, and ``IMAGE_SIZE`` as ``write_size`` writes it."""
SIDES = (
    *(32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 288, 320),
    *(384, 448, 512, 640, 768, 896, 1024),
)
"""Pixels of the shorter side of images that a person may choose."""
STEP = 16
"""Pixels of which sides that are proposed are multiples."""


def settings_of(run: RunInfo) -> dict[str, Any]:
    """Return what a run was trained with."""
    values = Hyperparameters.from_mapping(run.hyperparameters).as_dict()
    return {**values, IMAGE_SIZE: write_size(run.image_size)}


def change_settings(settings: Settings, changes: Settings) -> dict[str, Any]:
    """Return settings with some changed together; what is no setting changes nothing.

    Args:
        settings: all of them.
        changes: setting -> its new value, or that as text.

    Raises:
        UserError: a value is out of bounds, or they exclude each other.
    """
    known = {name: value for name, value in changes.items() if name in settings}
    if IMAGE_SIZE in known:
        known[IMAGE_SIZE] = write_size(read_image_size(known[IMAGE_SIZE]))
    changed = {**settings, **known}
    return {**changed, **Hyperparameters.from_mapping(changed).as_dict()}


def parse_changes(changes: Sequence[str]) -> dict[str, str]:
    """Return setting -> its new value as text, of changes ``name:value`` as findings have them."""
    parts = (one.partition(":") for one in changes)
    return {name: value for name, _, value in parts}


def list_sizes(own: Size, *others: str) -> list[str]:
    """Return sizes to choose from, the smallest first, all in about the proportions of a run's own.

    Args:
        own: the run's, which is always among them.
        others: more that are to be among them.
    """
    sides = sides_of(own)
    scaled = {
        write_size(size_of(*(round(one * side / min(sides)) for one in sides))) for side in SIDES
    }
    low, high = SIZES
    allowed = {one for one in scaled if all(low <= side <= high for side in _read(one))}
    return sorted({write_size(own), *others, *allowed}, key=count_pixels)


def scale_size(size: str, times: float) -> str:
    """Return a size about so many times larger, in whole steps that networks halve often.

    Args:
        size: as ``write_size`` writes it.
        times: by how much at most; it becomes no larger than an input may be.
    """
    own = _read(size)
    times = min(times, SIZES[1] / max(own))
    sides = [max(side, int(side * times) // STEP * STEP) for side in own]
    return write_size(size_of(*sides))


def count_pixels(size: str) -> int:
    """Return how many pixels an image of a size has."""
    height, width = _read(size)
    return height * width


def _read(size: str) -> tuple[int, int]:
    sides = [int(side) for side in size.split("x")]
    return sides[0], sides[-1]

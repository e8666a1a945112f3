"""What a transform of torchvision's kind does to an image, as far as it can be read off."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from saliencnn.data.geometry import Geometry

_PLAIN = {
    *("Resize", "CenterCrop", "Normalize", "ToTensor", "PILToTensor", "ToImage", "ToDtype"),
    *("ConvertImageDtype", "ToPureTensor", "Grayscale", "ToPILImage", "Identity"),
}
"""Steps that do the same to every image, or nothing but change its type."""


@dataclass(frozen=True)
class Described:
    """What is known of a transform.

    Attributes:
        geometry: scaling and cutting; None if it is of another kind.
        mean: of the normalisation, for channels from 0 to 1; None if there is none.
        std: likewise.
    """

    geometry: Geometry | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None


def describe_transform(transform: object) -> Described:
    """Read off what a transform does; of one that is unknown, or None, nothing is known."""
    steps = list(_flatten(transform))
    mean = std = None
    for step in steps:
        if hasattr(step, "mean") and hasattr(step, "std"):
            mean, std = _numbers(step.mean), _numbers(step.std)
    return Described(_find_geometry(steps), mean, std)


def _flatten(transform: object) -> Iterator[Any]:
    """Yield the steps of a transform and of those within it."""
    parts = getattr(transform, "transforms", None)
    if isinstance(parts, list | tuple):
        for part in parts:
            yield from _flatten(part)
    elif transform is not None:
        yield transform


def _find_geometry(steps: list[Any]) -> Geometry | None:
    """Return how images are scaled and cut, if every step is known and they are in this order."""
    if len(steps) == 1 and hasattr(steps[0], "crop_size") and hasattr(steps[0], "resize_size"):
        preset = steps[0]  # of torchvision's published weights
        return Geometry(_side(preset.crop_size), _side(preset.resize_size), _mode(preset))
    if any(_kind(step) not in _PLAIN for step in steps):
        return None
    moving = [step for step in steps if _kind(step) in ("Resize", "CenterCrop")]
    kinds = [_kind(step) for step in moving]
    if kinds == ["Resize", "CenterCrop"] and (size := _square(moving[1].size)):
        resize = _shorter(moving[0].size)
        return Geometry(size, resize, _mode(moving[0])) if resize else None
    if kinds == ["Resize"] and len(_sides(moving[0].size)) == 2:
        height, width = _sides(moving[0].size)
        return Geometry(height, None, _mode(moving[0]), width=width)
    return None


def _kind(step: object) -> str:
    return type(step).__name__


def _sides(size: Any) -> tuple[int, ...]:
    return tuple(map(int, size)) if isinstance(size, list | tuple) else (int(size),)


def _side(size: Any) -> int:
    return _sides(size)[0]


def _shorter(size: Any) -> int | None:
    """Return what the shorter side is scaled to; None where both sides are given."""
    return _side(size) if len(_sides(size)) == 1 else None


def _square(size: Any) -> int | None:
    return _side(size) if len(set(_sides(size))) == 1 else None


def _mode(step: Any) -> str:
    mode = getattr(step, "interpolation", "bilinear")
    name = str(getattr(mode, "value", mode))
    return name if name in ("bilinear", "bicubic", "nearest") else "bilinear"


def _numbers(values: Any) -> tuple[float, ...] | None:
    flat = values.flatten().tolist() if hasattr(values, "flatten") else values
    numbers = flat if isinstance(flat, list | tuple) else [flat]
    return tuple(map(float, numbers)) if numbers else None

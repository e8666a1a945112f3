"""Image sets by the names that people type."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from saliencnn.common.errors import UserError
from saliencnn.data.cub200 import read_cub200
from saliencnn.data.folder import read_folder
from saliencnn.data.imageset import ImageSet
from saliencnn.data.planted import render_planted

PLANTED_OPTIONS: dict[str, Callable[[str], Any]] = {
    "train": int,
    "validation": int,
    "counter": int,
    "size": int,
    "shortcut": float,
    "seed": int,
}


def read_image_set(spec: str, seed: int = 0) -> ImageSet:
    """Read or draw the image set that a spec names.

    Args:
        spec: ``planted``, ``planted:KEY=VALUE,...`` with keys of ``PLANTED_OPTIONS``,
            ``cub200:PATH`` or ``folder:PATH``; ``~`` is the home folder.
        seed: start of random numbers where the set or its split is made by chance, unless the
            spec says another.

    Raises:
        UserError: the spec is malformed, or its reader refuses what it finds.
    """
    prefix, _, rest = spec.partition(":")
    if prefix not in _READERS:
        allowed = "planted, planted:KEY=VALUE,..., cub200:PATH and folder:PATH"
        raise UserError(f'There is no image set "{spec}"; allowed are {allowed}.')
    return _READERS[prefix](rest, seed)


def _read_planted(rest: str, seed: int) -> ImageSet:
    options: dict[str, Any] = {}
    for pair in rest.split(",") if rest else ():
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or key not in PLANTED_OPTIONS or key in options:
            allowed = ", ".join(f"{name}=NUMBER" for name in PLANTED_OPTIONS)
            raise UserError(f'planted has no option "{pair}"; allowed are, once each, {allowed}.')
        try:
            options[key] = PLANTED_OPTIONS[key](value)
        except ValueError as error:
            kind = "whole number" if PLANTED_OPTIONS[key] is int else "number"
            raise UserError(f'planted: {key} is "{value}"; it must be a {kind}.') from error
    return render_planted(**{"seed": seed} | options)


def _read_cub200(rest: str, seed: int) -> ImageSet:
    return read_cub200(_parse_path("cub200", rest))


def _read_folder(rest: str, seed: int) -> ImageSet:
    return read_folder(_parse_path("folder", rest), seed=seed)


def _parse_path(prefix: str, rest: str) -> Path:
    if not rest:
        raise UserError(f'"{prefix}:" names no folder; write {prefix}:PATH.')
    return Path(os.path.expanduser(rest))


_READERS: dict[str, Callable[[str, int], ImageSet]] = {
    "planted": _read_planted,
    "cub200": _read_cub200,
    "folder": _read_folder,
}

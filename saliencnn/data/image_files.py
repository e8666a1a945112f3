"""Which folders and files below a folder are a person's images: one rule for all commands."""

import os
from pathlib import Path
from typing import NoReturn

from saliencnn.common.errors import UserError

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
SYSTEM_FOLDERS = ("__macosx", "@eadir", "$recycle.bin")
"""What archives of a Mac, network drives and Windows leave beside a person's own folders."""


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is none of a person's images, e.g. ``.thumbs``."""
    return name.startswith(".") or name.casefold() in SYSTEM_FOLDERS


def list_folders(folder: Path) -> list[Path]:
    """Return the folders right below a folder, sorted, without hidden ones and links upwards.

    Raises:
        UserError: it cannot be listed.
    """
    try:
        places = sorted(folder.iterdir())
    except OSError as error:
        _refuse(error)
    home = folder.resolve()
    return [
        place
        for place in places
        if place.is_dir()
        and not is_hidden(place.name)
        and not home.is_relative_to(place.resolve())  # a link upwards would hold every folder
    ]


def find_images(folder: Path, deep: bool = True) -> list[Path]:
    """Return the image files in a folder, sorted; they are not opened.

    Args:
        folder: where.
        deep: whether folders below count, too; links to folders there are not followed.

    Raises:
        UserError: a folder cannot be listed.
    """
    found: list[Path] = []
    for place, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if deep and not is_hidden(name)]
        paths = [Path(place, name) for name in files if not is_hidden(name)]
        found += [path for path in paths if path.suffix.lower() in SUFFIXES and path.is_file()]
    return sorted(found)


def _refuse(error: OSError) -> NoReturn:
    raise UserError(f"{error.filename} cannot be listed ({error.strerror}).") from error

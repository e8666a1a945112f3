"""Artifacts of an embedded store, files of this machine: each is whole, or not there."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

_PART = ".part-"
"""How a file is called while it is being written."""


class OutsideFolder(OSError):
    """A link leads out of the folder to which artifacts belong."""


class BeyondEnd(OSError):
    """Bytes are asked for that a file does not have."""


def read_file(root: Path, path: str, span: tuple[int, int] | None = None) -> bytes:
    """Read a file below a folder, or the bytes of a span of it.

    Raises:
        OSError: there is none that can be read; ``OutsideFolder`` where a link leads out, and
            ``BeyondEnd`` where it is too short.
    """
    with _inside(root, root / path).open("rb") as file:
        if span is None:
            return file.read()
        if not 0 <= span[0] <= span[1] <= os.fstat(file.fileno()).st_size:
            raise BeyondEnd(f"{path} ends before byte {span[1]}.")
        file.seek(span[0])
        return file.read(span[1] - span[0])


def write_file(root: Path, path: str, make: Callable[[Path], object]) -> None:
    """Put a file below a folder; nobody ever finds half of it.

    Args:
        root: the folder.
        path: of the file below it.
        make: writes the content to a path.

    Raises:
        OSError: the disk does not take it; what was there before stays.
    """
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    part = _inside(root, place.parent) / f"{_PART}{uuid4().hex}"
    try:
        make(part)
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


def list_folder(root: Path, folder: str) -> list[str]:
    """Return the names of the files in a folder; none where there is no such folder."""
    try:
        entries = list(os.scandir(_inside(root, root / folder)))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(e.name for e in entries if e.is_file() and not e.name.startswith(_PART))


def delete_below(root: Path, path: str) -> None:
    """Delete a file, or a folder with all that is in it; it may be gone already."""
    place = root / path
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(_inside(root, place), ignore_errors=True)
    else:
        place.unlink(missing_ok=True)


def _inside(root: Path, place: Path) -> Path:
    """Return a place below a folder; without links on the way there, it is where it says."""
    above, top = str(place), str(root)
    while len(above) > len(top):
        if os.path.islink(above):
            return _follow(root, place)
        above = os.path.dirname(above)
    return place


def _follow(root: Path, place: Path) -> Path:
    real, top = os.path.realpath(place), os.path.realpath(root)
    if real != top and not real.startswith(top + os.sep):
        raise OutsideFolder(f"{place} leads out of {root}.")
    return Path(real)

"""The files that a list names, found in one folder and below it only."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from saliencnn.data.image_files import SUFFIXES


class BadRow(ValueError):
    """What a row is, for which it is left out."""


@dataclass
class FileFinder:
    """Finds the files that a list names, in one folder and below it only.

    Attributes:
        root: the folder in which paths start.
        base: a folder around it in which images' names start, where several lists make one set.
    """

    root: Path
    base: Path | None = None
    _stems: dict[Path, dict[str, list[str]]] = field(default_factory=dict)

    def find(self, text: str) -> tuple[str, Path]:
        """Return a file's name within the set, and the file.

        Args:
            text: a path, relative to the folder or absolute, with slashes of either kind; the
                ending of an image's name may be missing where only one file has the name.

        Raises:
            BadRow: it leads out of the folder, or there is no such file.
        """
        root = os.path.abspath(self.root)
        for written in dict.fromkeys((text, text.replace("\\", "/"))):
            path = Path(os.path.normpath(os.path.join(root, written)))
            if not path.is_relative_to(root):
                raise BadRow("rows whose file lies outside the folder")
            if found := self._complete(path):
                return self.name(found), found
        raise BadRow("rows whose file is not there")

    def name(self, path: Path) -> str:
        """Return what a file in the folder is called within the set."""
        whole = Path(os.path.abspath(path))
        return whole.relative_to(os.path.abspath(self.base or self.root)).as_posix()

    def _complete(self, path: Path) -> Path | None:
        if os.path.isfile(path):
            return path
        if path.parent not in self._stems:
            self._stems[path.parent] = _list_stems(path.parent)
        names = self._stems[path.parent].get(path.name, [])
        return path.parent / names[0] if len(names) == 1 else None


def _list_stems(folder: Path) -> dict[str, list[str]]:
    stems: dict[str, list[str]] = {}
    try:
        names = os.listdir(folder)
    except (OSError, ValueError):
        return stems
    for name in names:
        stem, ending = os.path.splitext(name)
        if ending.lower() in SUFFIXES:
            stems.setdefault(stem, []).append(name)
    return stems

"""Which folders and files below a folder are a person's images: one rule for all commands."""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import show

ENDINGS = {
    "BMP": (".bmp", ".dib"),
    "DICOM": (".dcm",),
    "GIF": (".gif",),
    "JPEG": (".jfif", ".jif", ".jpe", ".jpeg", ".jpg"),
    "PNG": (".apng", ".png"),
    "PPM": (".pbm", ".pgm", ".pnm", ".ppm"),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
}
"""How the files of ``decode.FORMATS`` and of DICOM end; what is in them the decoder says."""
SUFFIXES = tuple(sorted(suffix for suffixes in ENDINGS.values() for suffix in suffixes))
SYSTEM_NAMES = (
    "__macosx",
    "@eadir",
    "#recycle",
    "$recycle.bin",
    "system volume information",
    "desktop.ini",
    "ehthumbs.db",
    "thumbs.db",
)
"""What archives of a Mac, network drives and Windows leave beside a person's own files."""
MAX_KINDS = 8
"""Kinds of files that a note names."""
MAX_DEPTH = 64
"""Folders in folders that are looked into; trees made by hand are shallower by far."""


@dataclass(frozen=True, eq=False)
class Folder:
    """What lies in a folder: every entry is in one of these, sorted.

    Attributes:
        path: where it is.
        images: image files right in it, by their endings.
        folders: the folders right in it.
        links: links to folders right in it, which are not followed until ``follow_links``.
        left_out: how many other entries there are, by what they are, e.g. ``.txt``.
        system: how many hidden and system files and folders there are (``is_hidden``).
    """

    path: Path
    images: tuple[Path, ...] = ()
    folders: tuple["Folder", ...] = ()
    links: tuple[Path, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=Counter)
    system: int = 0

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.path.name

    def walk(self) -> Iterator["Folder"]:
        """Yield this folder and all below it."""
        yield self
        for folder in self.folders:
            yield from folder.walk()

    @cached_property
    def has_images(self) -> bool:
        """Whether there is an image in it or below it, or a link to where some may be."""
        return any(folder.images or folder.links for folder in self.walk())

    @cached_property
    def all_images(self) -> tuple[Path, ...]:
        """The images in this folder and all below it, sorted."""
        return tuple(sorted(path for folder in self.walk() for path in folder.images))


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is none of a person's images, e.g. ``.thumbs``."""
    return name.startswith(".") or name.casefold() in SYSTEM_NAMES or name == "Icon\r"


def scan_folder(path: Path) -> Folder:
    """Look at everything in a folder and below it; no file is opened and no link followed.

    Raises:
        UserError: it, or a folder below it, cannot be listed.
    """
    return _scan(path, depth=0)


def _scan(path: Path, depth: int) -> Folder:
    images: list[Path] = []
    folders: list[Path] = []
    links: list[Path] = []
    left_out: Counter[str] = Counter()
    system = 0
    for entry in _list(path):
        place = path / entry.name
        if is_hidden(entry.name):
            system += 1
        elif entry.is_dir(follow_symlinks=False):
            folders.append(place)
        elif entry.is_symlink() and os.path.isdir(place):
            links.append(place)
        elif not os.path.isfile(place):
            left_out["links to nothing" if entry.is_symlink() else "no regular file"] += 1
        elif place.suffix.lower() in SUFFIXES:
            images.append(place)
        else:
            left_out[_ending_of(entry.name)] += 1
    if depth == MAX_DEPTH:
        left_out[f"folders deeper than {MAX_DEPTH}"] += len(folders)
        folders = []
    return Folder(
        path,
        tuple(sorted(images)),
        tuple(_scan(folder, depth + 1) for folder in sorted(folders)),
        tuple(sorted(links)),
        +left_out,
        system,
    )


def _list(path: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return list(entries)
    except OSError as error:
        raise UserError(f"{show(error.filename)} cannot be listed ({error.strerror}).") from error


def _ending_of(name: str) -> str:
    """Return what people call the kind of a file, short and on one line."""
    ending = os.path.splitext(name)[1].lower()
    shown = ending.isprintable() and 1 < len(ending) <= 12
    return ending if shown else "no ending"


def follow_links(folder: Folder) -> Folder:
    """Return a folder with what its links lead to, but for links upwards, which have no end."""
    if not folder.links:
        return folder
    home = folder.path.resolve()
    down = [link for link in folder.links if not home.is_relative_to(link.resolve())]
    folders = sorted((*folder.folders, *map(scan_folder, down)), key=lambda found: found.path)
    up = Counter({"links upwards": len(folder.links) - len(down)})
    return replace(
        folder, folders=tuple(folders), links=(), left_out=+(Counter(folder.left_out) + up)
    )


def report_left_out(levels: Iterable[Folder], whole: Iterable[Folder]) -> tuple[str, ...]:
    """Return a note about what was left out since it is no image, if there is anything.

    Args:
        levels: folders of which what lies right in them counts.
        whole: folders of which everything below them counts, too.
    """
    looked_at = [*levels, *(below for folder in whole for below in folder.walk())]
    left_out: Counter[str] = Counter()
    for folder in looked_at:
        left_out.update(folder.left_out)
        left_out["links to folders"] += len(folder.links)
    left_out = +left_out
    system = sum(folder.system for folder in looked_at)
    counted = left_out.most_common(MAX_KINDS)
    kinds = [f"{count} {kind}" for kind, count in counted]
    if rest := left_out.total() - sum(count for _, count in counted):
        kinds.append(f"{rest} of other kinds")
    if system:
        kinds.append(f"{system} hidden or system file{'s' * (system > 1)}")
    return (f"Left out, as they are no images: {', '.join(kinds)}.",) if kinds else ()


def same_name(name: str) -> str:
    """Return a name so that those that people see as the same are equal (NFC and NFD)."""
    return unicodedata.normalize("NFC", name)

"""Images that a table lists: a row an image, with its file, its class and what else is known."""

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import list_names, show
from saliencnn.data.image_files import SUFFIXES
from saliencnn.data.imageset import Box, ImageSet
from saliencnn.data.rows import LeftOut, Row, make_image_set
from saliencnn.data.tables import Table, read_table

COLUMNS: dict[str, tuple[str, ...]] = {
    "path": ("path", "file_name", "filename", "file", "filepath", "file_path", "image",
             "image_path", "image_file", "image_name", "img", "img_path"),
    "label": ("label", "class_name", "label_name", "class", "category", "target", "labels"),
    "split": ("split", "subset", "partition", "set"),
    "box": ("box", "bbox", "bounding_box"),
    "mask": ("mask", "mask_path", "mask_file"),
    "group": ("group", "group_id", "patient", "patient_id", "patientid", "subject", "subject_id"),
}  # fmt: skip
"""What a column can tell -> its usual names, in the order in which they are looked for."""
_SIDES = (("x", "y", "width", "height"), ("x", "y", "w", "h"))
_CORNERS = (("xmin", "ymin", "xmax", "ymax"), ("x_min", "y_min", "x_max", "y_max"))
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_STAYS = "(the images stay)"


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


def read_listed(path: Path, seed: int, options: Mapping[str, str]) -> ImageSet:
    """Read an image set that a CSV, JSON lines or Parquet file lists.

    Args:
        path: the file; paths in it start in its folder and must not lead out of it.
        seed: another seed, another split, where the table has none.
        options: ``images``, another folder for paths to start in; and what ``COLUMNS`` can tell ->
            the name of the column that does.

    Raises:
        UserError: the file cannot be read, lacks a column, or lists no two classes of images.
    """
    table = read_table(path)
    root = path.parent / os.path.expanduser(options.get("images", "."))
    if not os.path.isdir(root):
        raise UserError(f"images={show(root, 120)} is no folder.")
    left_out = LeftOut()
    columns = find_columns(table, options)
    rows = read_rows(table, columns, FileFinder(root), left_out)
    name = Path(os.path.abspath(path)).parent.name
    notes = report_columns(columns)
    return make_image_set(name, show(path.name, 60), rows, left_out, seed, notes)


def find_columns(table: Table, options: Mapping[str, str]) -> dict[str, str]:
    """Return which column tells what.

    Raises:
        UserError: a column that was named is not there, or none has paths or labels.
    """
    spelled = {name.strip().casefold(): name for name in reversed(table.columns)}
    found: dict[str, str] = {}
    for what, usual in COLUMNS.items():
        wanted = (options[what],) if what in options else usual
        match = [spelled[name.casefold()] for name in wanted if name.casefold() in spelled]
        if match:
            found[what] = match[0]
        elif what in options:
            raise _lacks(table, f"no column {show(options[what], 40)!r}", what)
    for what in ("path", "label"):
        if what not in found:
            raise _lacks(table, f"no column that is called {what}", what)
    for sides in (*_SIDES, *_CORNERS):
        if "box" not in found and all(side in spelled for side in sides):
            found |= {f"box.{side}": spelled[side] for side in sides}
            break
    return found


def report_columns(columns: Mapping[str, str]) -> tuple[str, ...]:
    """Return a note about columns that are called otherwise than what they tell."""
    taken = [f"{what} from {show(name, 30)}" for what, name in columns.items()
             if what in COLUMNS and name != what]  # fmt: skip
    return (f"Columns taken: {', '.join(taken)}.",) if taken else ()


def read_rows(
    table: Table, columns: Mapping[str, str], files: FileFinder, left_out: LeftOut, split: str = ""
) -> Iterator[Row]:
    """Yield a table's images.

    Args:
        table: read once.
        columns: what ``find_columns`` found.
        files: finds the files.
        left_out: gets the rows that are left out.
        split: of all rows, where the table has no column for it.
    """
    names = table.class_names.get(columns.get("label", ""), ())
    for number, (place, cells) in enumerate(table.rows):
        if isinstance(cells, str):
            left_out.add(cells, place)
            continue
        told = {what: cells.get(column) for what, column in columns.items()}
        try:
            name, image = _find_image(told["path"], table, number, files)
            label = _name_class(told.get("label"), names)
        except BadRow as error:
            left_out.add(str(error), place)
            continue
        yield Row(
            place,
            name,
            label,
            image,
            _text(told.get("split")) or split,
            _find_boxes(told, left_out, place),
            _find_mask(told, files, left_out, place),
            _text(told.get("group")),
        )


def _find_image(
    cell: Any, table: Table, number: int, files: FileFinder
) -> tuple[str, Path | bytes]:
    """Return an image's name and its file, or the content that Parquet has of it."""
    if isinstance(cell, dict) and isinstance(cell.get("bytes"), bytes):
        own = _text(cell.get("path")).replace("\\", "/").rpartition("/")[2]
        return f"{_name_packed(table, number, files)}{f' {own}' if own else ''}", cell["bytes"]
    if isinstance(cell, bytes):
        return _name_packed(table, number, files), cell
    text = _text(cell.get("path") if isinstance(cell, dict) else cell)
    if not text:
        raise BadRow("rows that name no file")
    return files.find(text)


def _name_packed(table: Table, number: int, files: FileFinder) -> str:
    """Return what an image within a table is called: by the table and its place in it."""
    path = table.path
    packed = files.name(path).removesuffix(path.suffix) if files.base else path.stem
    return f"{packed}/{number:06d}"


def _name_class(cell: Any, names: tuple[str, ...]) -> str:
    if names and isinstance(cell, int):
        if not 0 <= cell < len(names):
            raise BadRow("rows without a label")
        return names[cell]
    if isinstance(cell, list | dict):
        raise BadRow("rows whose label is no single one")
    return _text(cell)


def _find_boxes(told: Mapping[str, Any], left_out: LeftOut, place: str) -> tuple[Box, ...]:
    sides = [side for side in told if side.startswith("box.")]
    given = told.get("box")
    cells = [told[side] for side in sides] if sides else [given]
    if isinstance(given, list | np.ndarray):
        cells = list(given)
    if not any(map(_text, cells)):
        return ()
    texts = _NUMBER.findall(" ".join(map(_text, cells)))
    x, y, *rest = map(float, texts) if len(texts) == 4 else (math.nan, math.nan)
    if sides and sides[2].endswith("max"):
        rest = [rest[0] - x, rest[1] - y] if rest else rest
    if not rest or not all(map(math.isfinite, (x, y, *rest))) or min(rest) <= 0:
        left_out.add(f"boxes that are no x, y, width and height in pixels {_STAYS}", place)
        return ()
    return ((x, y, rest[0], rest[1]),)


def _find_mask(
    told: Mapping[str, Any], files: FileFinder, left_out: LeftOut, place: str
) -> Path | None:
    if not (text := _text(told.get("mask"))):
        return None
    try:
        return files.find(text)[1]
    except BadRow:
        left_out.add(f"masks whose file is not there {_STAYS}", place)
        return None


def _text(cell: Any) -> str:
    """Return a cell as text; empty where there is nothing in it."""
    if cell is None or isinstance(cell, bytes) or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    return str(cell).strip()


def _lacks(table: Table, what: str, option: str) -> UserError:
    there = list_names([*table.columns], 6)
    return UserError(
        f"{show(table.path, 60)} has {what}; its columns are {there}; name one with "
        f",{option}=COLUMN behind the file."
    )

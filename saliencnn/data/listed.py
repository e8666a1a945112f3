"""Images that a table lists: a row an image, with its file, its class and what else is known."""

import math
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import show
from saliencnn.data.columns import find_columns, report_columns
from saliencnn.data.file_finder import BadRow, FileFinder
from saliencnn.data.imageset import Box, ImageSet
from saliencnn.data.rows import LeftOut, Row, make_image_set
from saliencnn.data.tables import Table, read_table

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_STAYS = "(the images stay)"


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

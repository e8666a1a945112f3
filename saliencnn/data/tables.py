"""Tables that describe images: CSV, JSON lines and Parquet, read to rows of named cells."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saliencnn.common.errors import UserError
from saliencnn.common.records import parse_json
from saliencnn.common.sentences import show
from saliencnn.data.labels_file import read_text

MAX_ROWS = 5_000_000
MAX_CELLS = 4_000_000_000
"""Bytes that a Parquet file may unfold to: the images in it are kept in memory."""
_DELIMITERS = ",;\t|"

Cells = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Table:
    """A table.

    Attributes:
        path: its file.
        columns: their names, in order.
        rows: where each row stands, for people, and its cells; of a row that cannot be read, why.
        class_names: column -> names of the classes that its numbers mean, where the file says so.
    """

    path: Path
    columns: tuple[str, ...]
    rows: Iterator[tuple[str, Cells | str]]
    class_names: dict[str, tuple[str, ...]]


def read_table(path: Path) -> Table:
    """Read a table; which kind it is, its ending says: ``.parquet``, ``.jsonl``, else CSV.

    Raises:
        UserError: it cannot be read, or is too large.
    """
    if not path.is_file():
        what = "is no file" if path.exists() else "does not exist"
        raise UserError(f"{show(path, 160)} {what}; a table of images is a CSV or Parquet file.")
    ending = path.suffix.lower()
    if ending == ".parquet":
        return _read_parquet(path)
    return _read_json_lines(path) if ending in (".jsonl", ".ndjson") else _read_csv(path)


def _read_csv(path: Path) -> Table:
    text = read_text(path)
    heading = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=heading.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)

    def rows() -> Iterator[tuple[str, Cells | str]]:
        try:
            for cells in lines:
                place = f"line {lines.line_num}"
                if len(cells) > len(columns) and any(cells[len(columns) :]):
                    yield place, "rows with more cells than the heading"
                elif any(cells):
                    yield place, dict(zip(columns, cells, strict=False))
        except csv.Error as error:
            raise _unreadable(path, f"line {lines.line_num}: {error}") from error

    try:
        columns = tuple(cell.strip() for cell in next(lines, []))
    except csv.Error as error:
        raise _unreadable(path, f"line 1: {error}") from error
    _require_columns(path, columns)
    return Table(path, columns, rows(), {})


def _read_json_lines(path: Path) -> Table:
    found: list[tuple[str, Cells | str]] = []
    columns: dict[str, None] = {}
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            cells = parse_json(line, "line")
        except UserError:
            cells = None
        if isinstance(cells, dict):
            columns |= dict.fromkeys(cells)
        kept = cells if isinstance(cells, dict) else "rows that are no JSON object"
        found.append((f"line {number}", kept))
    _require_columns(path, tuple(columns))
    return Table(path, tuple(columns), iter(found), {})


def _read_parquet(path: Path) -> Table:
    from pyarrow import ArrowException, parquet

    try:
        file = parquet.ParquetFile(path)
        facts = file.metadata
        size = sum(facts.row_group(i).total_byte_size for i in range(facts.num_row_groups))
        columns = tuple(file.schema_arrow.names)
        class_names = _find_class_names(file.schema_arrow.metadata or {})
    except (ArrowException, OSError, ValueError) as error:
        raise _unreadable(path, "it is damaged or no Parquet file") from error
    if facts.num_rows > MAX_ROWS or size > MAX_CELLS:
        most = f"{MAX_ROWS:,} rows and {MAX_CELLS // 10**9} GB"
        raise _unreadable(path, f"it has more than {most}; unpack its images into folders")
    _require_columns(path, columns)

    def rows() -> Iterator[tuple[str, Cells | str]]:
        number = 0
        try:
            for batch in file.iter_batches(batch_size=256):
                for cells in batch.to_pylist():
                    number += 1
                    yield f"row {number}", cells
        except (ArrowException, OSError, ValueError, OverflowError) as error:
            raise _unreadable(path, f"it is damaged after row {number}") from error

    return Table(path, columns, rows(), class_names)


def _find_class_names(metadata: dict[bytes, bytes]) -> dict[str, tuple[str, ...]]:
    """Return the names of classes that Hugging Face's ``datasets`` notes in a Parquet file."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        return {
            column: tuple(map(str, feature["names"]))
            for column, feature in features.items()
            if isinstance(feature, dict) and isinstance(feature.get("names"), list)
        }
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _require_columns(path: Path, columns: tuple[str, ...]) -> None:
    if not any(columns):
        raise _unreadable(path, "it has no heading with names of columns")


def _unreadable(path: Path, why: str) -> UserError:
    return UserError(f"{show(path, 120)} cannot be read as a table: {show(why, 100)}.")

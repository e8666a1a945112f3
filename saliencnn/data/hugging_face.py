"""Data sets on disk as Hugging Face's ``datasets`` has them: image folders and Parquet files."""

from collections.abc import Iterator
from pathlib import Path

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import show
from saliencnn.data.columns import find_columns, report_columns
from saliencnn.data.file_finder import FileFinder
from saliencnn.data.folder import read_folder
from saliencnn.data.imageset import ImageSet
from saliencnn.data.listed import read_rows
from saliencnn.data.rows import LeftOut, Row, make_image_set
from saliencnn.data.split_names import find_roles
from saliencnn.data.tables import read_table

METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
"""Tables that lie beside the images of an ``imagefolder``."""
MAX_EMBEDDED = 4_000_000_000
"""Bytes of images in Parquet files, which are kept in memory."""


def read_hugging_face(root: Path, seed: int) -> ImageSet:
    """Read a data set in a folder.

    Args:
        root: with ``metadata.csv``, ``.jsonl`` or ``.parquet`` in it or in its splits' folders,
            with Parquet files of images named ``SPLIT-*.parquet``, or with a folder for each class.
        seed: another seed, another split, where there is no validation split.

    Raises:
        UserError: it cannot be read, or has no two classes of images.
    """
    if not root.is_dir():
        raise UserError(f"{show(root, 120)} is no folder.")
    tables = sorted(file for name in METADATA for file in _glob(root, name))
    packed = _glob(root, "*.parquet")
    if not tables and not packed:
        if _glob(root, "*.arrow"):
            raise UserError(
                f"{show(root, 120)} holds Arrow files; write Parquet files instead: "
                'dataset["train"].to_parquet("train.parquet").'
            )
        return read_folder(root, seed=seed)
    left_out, notes = LeftOut(), dict[str, None]()
    rows = _read_all(tables or packed, root, left_out, notes)
    name = root.resolve().name
    return make_image_set(name, show(name, 60), rows, left_out, seed, list(notes))


def _glob(root: Path, pattern: str) -> list[Path]:
    """Return files in a folder and in the folders right below it."""
    return sorted((*root.glob(pattern), *root.glob(f"*/{pattern}")))


def _read_all(
    files: list[Path], root: Path, left_out: LeftOut, notes: dict[str, None]
) -> Iterator[Row]:
    embedded = 0
    for file in files:
        table = read_table(file)
        columns = find_columns(table, {})
        notes |= dict.fromkeys(report_columns(columns))
        finder = FileFinder(file.parent, root)
        for row in read_rows(table, columns, finder, left_out, _find_split(file, root)):
            embedded += len(row.image) if isinstance(row.image, bytes) else 0
            if embedded > MAX_EMBEDDED:
                raise UserError(
                    f"{show(root, 120)} holds more than {MAX_EMBEDDED // 10**9} GB of images in "
                    "Parquet files; unpack them into folders."
                )
            yield row


def _find_split(file: Path, root: Path) -> str:
    """Return the split that a file's name or its folder's names, or nothing."""
    folder = file.parent.name if file.parent != root else ""
    words = (file.stem.partition("-")[0], folder)
    return next((word for word in words if word and find_roles([word])), "")

"""What each column of a table of images tells, found by its usual names or named by a person."""

from collections.abc import Mapping

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import list_names, show
from saliencnn.data.tables import Table

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


def _lacks(table: Table, what: str, option: str) -> UserError:
    there = list_names([*table.columns], 6)
    return UserError(
        f"{show(table.path, 60)} has {what}; its columns are {there}; name one with "
        f",{option}=COLUMN behind the file."
    )

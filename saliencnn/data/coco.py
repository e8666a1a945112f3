"""Images whose objects COCO's JSON files describe: classes, boxes and masks."""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from saliencnn.common.errors import UserError
from saliencnn.common.records import LARGEST, parse_object
from saliencnn.common.sentences import count, list_names, show
from saliencnn.data.file_finder import BadRow, FileFinder
from saliencnn.data.imageset import Box, ImageSet
from saliencnn.data.labels_file import read_text
from saliencnn.data.masks import Mask, Outline, decode_runs
from saliencnn.data.rows import LeftOut, Row, make_image_set
from saliencnn.data.split_names import find_roles

SPLITS = ("validation", "test")
"""Splits that have files of their own beside the training split's."""

Record = dict[str, Any]


def read_coco(path: Path, seed: int, options: Mapping[str, str]) -> ImageSet:
    """Read an image set that COCO's JSON files describe.

    An image's class is the category of its largest object; all objects of that category are its
    mask, by their outlines or else their boxes.

    Args:
        path: the training split's file, or a folder: with a file for each split in it or in a
            folder named like the split, as Roboflow writes them.
        seed: another seed, another split, where there is no validation split.
        options: ``validation`` and ``test``, files of the other splits; ``images``, the folder
            with the images, by default found beside the file.

    Raises:
        UserError: a file cannot be read, or there are no two classes of images.
    """
    files = _find_files(path) if path.is_dir() else {"train": path}
    files |= {
        split: Path(os.path.expanduser(options[split])) for split in SPLITS if split in options
    }
    left_out = LeftOut()
    several: list[str] = []
    rows: list[Row] = []
    folder = options.get("images")
    contents = {split: _read(file) for split, file in files.items()}
    roots = {
        split: Path(os.path.expanduser(folder)) if folder else _find_images(file, contents[split])
        for split, file in files.items()
    }
    for root in roots.values():
        if not os.path.isdir(root):
            raise UserError(f"images={show(root, 120)} is no folder.")
    base = Path(os.path.commonpath([os.path.abspath(root) for root in roots.values()]))
    for split, content in contents.items():
        finder = FileFinder(roots[split], base)
        rows += _read_rows(content, finder, split if len(files) > 1 else "", left_out, several)
    notes = []
    if several:
        notes.append(
            f"{count(len(several), 'image shows', 'images show')} several categories "
            f"({list_names(several)}): the "
            "largest object gives the class, and its category the mask."
        )
    name = (path if path.is_dir() else Path(os.path.abspath(path)).parent).resolve().name
    return make_image_set(name, show(path.name, 60), rows, left_out, seed, notes)


def _find_files(folder: Path) -> dict[str, Path]:
    """Return each split's file, by the names of the files or of the folders that they lie in."""
    nested = {file.parent.name: file for file in sorted(folder.glob("*/*.json"))}
    beside = {file.stem: file for file in sorted(folder.glob("*.json"))}
    for named in (nested, beside, {f.stem: f for f in sorted(folder.glob("annotations/*.json"))}):
        roles = find_roles([*named])
        files: dict[str, Path] = {role: named[name] for name, role in roles.items()}
        if "train" in files and len(files) == len(roles):
            return files
    raise UserError(
        f"{show(folder)} has no JSON file for a training split; name the files: "
        "coco:TRAIN.json,validation=VALIDATION.json."
    )


def _read(path: Path) -> Record:
    if not path.is_file():
        raise UserError(f"There is no file {show(path, 160)}.")
    try:
        content = parse_object(read_text(path), "content")
    except UserError as error:
        raise UserError(f"{show(path, 80)} is not COCO's JSON: {show(error, 120)}") from error
    for part in ("images", "annotations", "categories"):
        if not isinstance(content.get(part), list):
            raise UserError(f"{show(path, 120)} is not COCO's JSON: it has no list of {part}.")
    return content


def _find_images(path: Path, content: Record) -> Path:
    """Return the folder in which a file's first image lies, where people keep images."""
    beside = Path(os.path.abspath(path)).parent
    split = path.stem.partition("_")[2]
    tried = (beside, *(beside.parent / sub for sub in (split, f"images/{split}", "images", ".")))
    names = (one.get("file_name") for one in content["images"] if isinstance(one, dict))
    first = next((name for name in names if isinstance(name, str)), "")
    found = (root for root in tried if first and os.path.isfile(os.path.join(root, first)))
    return next(found, beside)


def _read_rows(
    content: Record, files: FileFinder, split: str, left_out: LeftOut, several: list[str]
) -> Iterator[Row]:
    names = {
        one.get("id"): one["name"]
        for one in content["categories"]
        if isinstance(one, dict) and isinstance(one.get("name"), str) and _is_id(one.get("id"))
    }
    objects: defaultdict[Any, list[Record]] = defaultdict(list)
    for number, one in enumerate(content["annotations"]):
        known = isinstance(one, dict) and _is_id(one.get("image_id"))
        if known and _is_id(one.get("category_id")) and one["category_id"] in names:
            objects[one["image_id"]].append(one)
        else:
            left_out.add("objects of no image or category", f"object {number}")
    for number, image in enumerate(content["images"]):
        place = f"image {number}"
        if not isinstance(image, dict) or not isinstance(image.get("file_name"), str):
            left_out.add("images without a file", place)
            continue
        own = objects.get(image.get("id"), []) if _is_id(image.get("id")) else []
        if not own:
            left_out.add("images without an object", image["file_name"])
            continue
        try:
            name, path = files.find(image["file_name"])
        except BadRow:
            left_out.add("images whose file is not there", image["file_name"])
            continue
        category = max(own, key=_find_area)["category_id"]
        if any(one["category_id"] != category for one in own):
            several.append(name)
        same = [one for one in own if one["category_id"] == category]
        boxes = tuple(box for one in same if (box := _find_box(one)))
        mask = _find_mask(image, same, left_out, name)
        yield Row(place, name, names[category], path, split, boxes, mask)


def _is_id(value: Any) -> bool:
    return isinstance(value, int | str)


def _find_box(one: Record) -> Box | None:
    box = one.get("bbox")
    if not isinstance(box, list) or len(box) != 4 or not all(map(_is_number, box)):
        return None
    x, y, width, height = map(float, box)
    return (x, y, width, height) if width > 0 and height > 0 else None


def _find_area(one: Record) -> float:
    if _is_number(one.get("area")):
        return float(one["area"])
    box = _find_box(one)
    return box[2] * box[3] if box else 0.0


def _find_mask(image: Record, objects: list[Record], left_out: LeftOut, name: str) -> Mask | None:
    """Return the objects' outlines; None where one of them has none that can be read."""
    height, width = image.get("height"), image.get("width")
    if not any(one.get("segmentation") for one in objects):
        return None
    polygons: list[tuple[float, ...]] = []
    runs: list[tuple[int, ...]] = []
    try:
        if type(height) is not int or type(width) is not int:
            raise ValueError("the image's size is unknown")
        for one in objects:
            _add_outline(one, height, width, polygons, runs)
    except (ValueError, TypeError, KeyError):
        left_out.add("outlines that cannot be read (the boxes stay)", name)
        return None
    return Outline(height, width, tuple(polygons), tuple(runs))


def _add_outline(
    one: Record,
    height: int,
    width: int,
    polygons: list[tuple[float, ...]],
    runs: list[tuple[int, ...]],
) -> None:
    """Add an object's outline: its polygons, its run lengths or else its box.

    Raises:
        ValueError: it is none of these.
    """
    shape = one.get("segmentation")
    if isinstance(shape, dict):
        if shape["size"] != [height, width]:
            raise ValueError("its size is another")
        counts = shape["counts"]
        lengths = decode_runs(counts) if isinstance(counts, str) else tuple(counts)
        if not all(type(length) is int for length in lengths):
            raise ValueError("a run length is no number")
        runs.append(lengths)
    elif isinstance(shape, list) and shape:
        for ring in shape:
            if len(ring) < 6 or len(ring) % 2 or not all(map(_is_number, ring)):
                raise ValueError("this is no polygon")
            polygons.append(tuple(map(float, ring)))
    elif box := _find_box(one):
        x, y, w, h = box
        polygons.append((x, y, x + w, y, x + w, y + h, x, y + h))
    else:
        raise ValueError("it has neither outline nor box")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST

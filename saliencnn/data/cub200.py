"""Caltech-UCSD Birds-200-2011, or a part of it, in its own files."""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from os.path import isdir
from pathlib import Path
from typing import Any

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import count, list_names, show
from saliencnn.data.imageset import Box, ImageSet, Sample
from saliencnn.data.labels_file import read_lines

HEAD_PARTS = {"beak", "crown", "forehead", "left eye", "right eye", "nape", "throat"}
MAX_NAME_BYTES = 255
"""Of a file's or folder's name; no file system has longer ones."""
HEAD_MARGIN = 0.15
"""Parts are marked at their middles; a head reaches further by this fraction of its larger side."""


def read_cub200(root: Path) -> ImageSet:
    """Read the official split: ``is_training_image`` 1 is training, 0 is validation.

    Birds get boxes where ``bounding_boxes.txt`` is at hand, heads where ``parts/`` is: a head's
    box spans its visible parts, of which it needs two, and ``HEAD_MARGIN``, and is cut off at 0
    but not at the image's right and bottom. Images themselves are not looked at.

    Args:
        root: the folder that holds ``images.txt``, or the one that holds ``CUB_200_2011``.

    Raises:
        UserError: a file is missing, malformed, at odds with another or leads out of
            ``images/``; fewer than two classes have images, one of them has none for
            training, or no image is for validation.
    """
    folder = root / "CUB_200_2011" if isdir(root / "CUB_200_2011") else root
    if not isdir(folder / "images"):
        where = show(folder / "images")
        raise UserError(f"There is no folder {where} with CUB-200-2011's images.")
    images = _read_table(folder / "images.txt", "image_id image_name", _parse_name)
    labels = _read_table(folder / "image_class_labels.txt", "image_id class_id", int, images)
    split = _read_table(folder / "train_test_split.txt", "image_id 0/1", _parse_flag, images)
    used = sorted({labels[i] for i in images})
    listed = _read_table(folder / "classes.txt", "class_id class_name", str, used)
    birds, heads = _read_object_boxes(folder), _read_head_boxes(folder)

    index = {class_id: label for label, class_id in enumerate(used)}
    train: list[Sample] = []
    validation: list[Sample] = []
    for i, name in images.items():
        path = folder / "images" / name
        sample = Sample(name, index[labels[i]], path, birds.get(i), heads.get(i))
        (train if split[i] else validation).append(sample)
    classes = _clean_names([listed[class_id] for class_id in used])
    notes = _check_split(folder, classes, train, validation)
    if missing := len(listed) - len(classes):
        notes += (f"{missing} of {len(listed)} classes have no image and were left out.",)
    return ImageSet(folder.resolve().name, classes, tuple(train), tuple(validation), notes=notes)


def _read_table(
    path: Path, form: str, parse: Callable[[str], Any], needed: Iterable[int] = ()
) -> dict[int, Any]:
    """Read lines of a number and a value; names are unique, and all ``needed`` numbers there."""
    table: dict[int, Any] = {}
    names: set[str] = set()
    for key, value in _read_rows(path, form, int, parse):
        if key in table or value in names:
            what = show(f"{key} {value}", 60)
            raise UserError(f"{show(path)} lists {what} twice; once is allowed.")
        table[key] = value
        names |= {value} if isinstance(value, str) else set()
    if lacking := set(needed) - table.keys():
        raise UserError(f"{show(path)} has no line for {min(lacking)}, which other files name.")
    return table


def _read_rows(path: Path, form: str, *parsers: Callable[[str], Any]) -> Iterator[tuple[Any, ...]]:
    for number, line in enumerate(read_lines(path), 1):
        words = line.strip().split(maxsplit=len(parsers) - 1)
        if not words:
            continue
        what = f"{show(path)}, line {number}: {show(line, 60)!r}"
        if len(words) < len(parsers):
            raise UserError(f"{what} is not {form}: something is missing.")
        try:
            yield tuple(parse(word) for parse, word in zip(parsers, words, strict=True))
        except ValueError as why:
            raise UserError(f"{what} is not {form} ({show(why, 60)}).") from why


def _parse_name(word: str) -> str:
    if word.startswith("/") or ".." in word.split("/"):
        raise ValueError("the path leads out of images/")
    if any(len(part.encode()) > MAX_NAME_BYTES for part in word.split("/")) or "\0" in word:
        raise ValueError("no file has such a name")
    return word


def _parse_flag(word: str) -> bool:
    if word not in ("0", "1"):
        raise ValueError("0 and 1 are allowed")
    return word == "1"


def _parse_length(word: str) -> float:
    if not 0 <= (length := float(word)) < math.inf:
        raise ValueError("lengths must be 0 or more")
    return length


def _clean_names(names: list[str]) -> tuple[str, ...]:
    clean = tuple(re.sub(r"^\d+\.", "", name).replace("_", " ").strip() for name in names)
    return clean if len(set(clean)) == len(names) and all(clean) else tuple(names)


def _check_split(
    folder: Path, classes: tuple[str, ...], train: list[Sample], validation: list[Sample]
) -> tuple[str, ...]:
    """Return notes on what a person can live with; raise UserError for what nobody can."""
    if len(classes) < 2:
        found = count(len(classes), "class", "classes")
        raise UserError(f"{show(folder)} has images of {found}; 2 or more are needed.")
    unlearned, unmeasured = (
        list_names([classes[i] for i in sorted(set(range(len(classes))) - {s.label for s in side})])
        for side in (train, validation)
    )
    if unlearned or not validation:
        lack = f"training image of {unlearned}" if unlearned else "validation image"
        raise UserError(
            f"{show(folder)} has no {lack}; train_test_split.txt must give at least one."
        )
    return (f"No validation image shows {unmeasured}.",) if unmeasured else ()


def _read_object_boxes(folder: Path) -> dict[int, Box]:
    path, form = folder / "bounding_boxes.txt", "image_id x y width height"
    rows = _read_rows(path, form, int, *[_parse_length] * 4) if path.is_file() else ()
    return {image_id: (x, y, w, h) for image_id, x, y, w, h in rows if w and h}


def _read_head_boxes(folder: Path) -> dict[int, Box]:
    path, form = folder / "parts" / "part_locs.txt", "image_id part_id x y 0/1"
    if not path.is_file():
        return {}
    parts = _read_table(folder / "parts" / "parts.txt", "part_id part_name", str)
    heads: defaultdict[int, set[tuple[float, float]]] = defaultdict(set)
    rows = _read_rows(path, form, int, int, _parse_length, _parse_length, _parse_flag)
    for image_id, part_id, x, y, visible in rows:
        if visible and parts.get(part_id) in HEAD_PARTS:
            heads[image_id].add((x, y))
    return {image_id: _enclose(points) for image_id, points in heads.items() if len(points) > 1}


def _enclose(points: set[tuple[float, float]]) -> Box:
    (left, right), (top, bottom) = ((min(line), max(line)) for line in zip(*points, strict=True))
    margin = HEAD_MARGIN * max(right - left, bottom - top)
    x, y = max(0.0, left - margin), max(0.0, top - margin)
    return x, y, right + margin - x, bottom + margin - y

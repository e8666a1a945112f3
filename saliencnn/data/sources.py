"""Image sets by the names that people type."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saliencnn.common.errors import UserError
from saliencnn.common.names import readable_text
from saliencnn.common.sentences import show
from saliencnn.data.coco import SPLITS, read_coco
from saliencnn.data.columns import COLUMNS
from saliencnn.data.cub200 import read_cub200
from saliencnn.data.folder import read_folder
from saliencnn.data.hugging_face import read_hugging_face
from saliencnn.data.imageset import ImageSet, make_readable
from saliencnn.data.layout import Choice
from saliencnn.data.listed import read_listed
from saliencnn.data.planted import render_planted

PLANTED_OPTIONS: dict[str, Callable[[str], Any]] = {
    "train": int,
    "validation": int,
    "counterfactual": int,
    "size": int,
    "shortcut": float,
    "seed": int,
}
FORMER_OPTIONS = {"counter": "counterfactual"}
"""Names that stored runs may give to options."""

_FOLDER_OPTIONS = ("train", "validation", "split")
_TABLE_OPTIONS = ("images", *COLUMNS)
_COCO_OPTIONS = ("images", *SPLITS)


@dataclass(frozen=True)
class ImageSource:
    """One kind of image set that people can name.

    Attributes:
        forms: how it is written.
        read: from what follows the colon, and a seed, to the image set.
    """

    forms: str
    read: Callable[[str, int], ImageSet]


def names_image_set(spec: str) -> bool:
    """Whether a spec begins with the name of a source."""
    return spec.partition(":")[0] in IMAGE_SOURCES


def read_image_set(spec: str, seed: int = 0) -> ImageSet:
    """Read or draw the image set that a spec names.

    Args:
        spec: a form of ``IMAGE_SOURCES``; ``~`` is the home folder.
        seed: start of random numbers where the set or its split is made by chance, unless the
            spec says another.

    Raises:
        UserError: the spec is malformed, or its reader refuses what it finds.
    """
    prefix, _, rest = spec.partition(":")
    if prefix not in IMAGE_SOURCES:
        allowed = ", ".join(source.forms for source in IMAGE_SOURCES.values())
        raise UserError(f'There is no image set "{spec}"; allowed are {allowed}.')
    return make_readable(IMAGE_SOURCES[prefix].read(rest, seed))


def _read_planted(rest: str, seed: int) -> ImageSet:
    options: dict[str, Any] = {}
    for pair in rest.split(",") if rest else ():
        key, equals, value = (part.strip() for part in pair.partition("="))
        key = FORMER_OPTIONS.get(key, key)
        if not equals or key not in PLANTED_OPTIONS or key in options:
            allowed = ", ".join(f"{name}=NUMBER" for name in PLANTED_OPTIONS)
            raise UserError(f'planted has no option "{pair}"; allowed are, once each, {allowed}.')
        try:
            options[key] = PLANTED_OPTIONS[key](value)
        except ValueError as error:
            kind = "whole number" if PLANTED_OPTIONS[key] is int else "number"
            raise UserError(f'planted: {key} is "{value}"; it must be a {kind}.') from error
    return render_planted(**{"seed": seed} | options)


def _read_cub200(rest: str, seed: int) -> ImageSet:
    return read_cub200(_parse_path("cub200", rest))


def _read_folder(rest: str, seed: int) -> ImageSet:
    path, options = _parse_options("folder", rest, _FOLDER_OPTIONS)
    return read_folder(path, seed=seed, choice=_make_choice(options))


def _read_table(rest: str, seed: int) -> ImageSet:
    path, options = _parse_options("csv", rest, _TABLE_OPTIONS)
    return read_listed(path, seed, options)


def _read_coco(rest: str, seed: int) -> ImageSet:
    path, options = _parse_options("coco", rest, _COCO_OPTIONS)
    return read_coco(path, seed, options)


def _read_hugging_face(rest: str, seed: int) -> ImageSet:
    return read_hugging_face(_parse_path("hf", rest), seed)


def _parse_options(prefix: str, rest: str, known: Sequence[str]) -> tuple[Path, dict[str, str]]:
    """Return a path and the options behind it; a path that is there may look like options."""
    if os.path.exists(os.path.expanduser(rest)):
        return _parse_path(prefix, rest), {}
    form = rf"(?P<path>.*?)(?P<options>(?:,\s*(?:{'|'.join(known)})\s*=[^,]*)*)"
    found = re.fullmatch(form, rest, re.DOTALL)
    assert found is not None  # the path takes whatever is no option
    path, _, unknown = found["path"].rpartition(",")
    if "=" in unknown and os.path.exists(os.path.expanduser(path)):
        raise _refuse_option(prefix, unknown, known)
    options: dict[str, str] = {}
    for pair in found["options"].split(",")[1:]:
        key, _, value = (part.strip() for part in pair.partition("="))
        if key in options or not value:
            raise _refuse_option(prefix, pair, known)
        options[key] = value
    return _parse_path(prefix, found["path"]), options


def _refuse_option(prefix: str, pair: str, known: Sequence[str]) -> UserError:
    allowed = ", ".join(f"{name}=..." for name in known)
    return UserError(f'{prefix} has no option "{show(pair)}"; allowed are, once each, {allowed}.')


def _make_choice(options: dict[str, str]) -> Choice:
    """Return what stands behind a folder: which of its folders are the splits."""
    if "split" in options and options["split"] != "none":
        raise UserError(f'folder has no option "split={options["split"]}"; split=none is one.')
    if "split" in options and len(options) > 1:
        raise UserError("split=none says that there are no splits; leave out train and validation.")
    return Choice(options.get("train", ""), options.get("validation", ""), "split" in options)


def _parse_path(prefix: str, rest: str) -> Path:
    if not rest:
        raise UserError(f'"{prefix}:" names nothing; write {prefix}:PATH.')
    if readable_text(rest) != rest:
        where = show(rest, 120)
        raise UserError(f"{where} has characters that cannot be stored as text; rename it.")
    return Path(os.path.expanduser(rest))


IMAGE_SOURCES: dict[str, ImageSource] = {
    "planted": ImageSource("planted, planted:KEY=VALUE,...", _read_planted),
    "cub200": ImageSource("cub200:PATH", _read_cub200),
    "folder": ImageSource(
        "folder:PATH, folder:PATH,train=SUB,validation=SUB, folder:PATH,split=none", _read_folder
    ),
    "csv": ImageSource("csv:FILE", _read_table),
    "coco": ImageSource("coco:FILE,validation=FILE", _read_coco),
    "hf": ImageSource("hf:PATH", _read_hugging_face),
}
"""By what stands before the colon."""

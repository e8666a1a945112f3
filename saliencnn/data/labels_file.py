"""Files that give each image its class, a line each, in the forms in which people have them."""

import codecs
import io
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from saliencnn.common.errors import UserError
from saliencnn.data.classset import ClassSet
from saliencnn.data.image_files import SUFFIXES

_SEPARATOR = r"\s*[,;\s]\s*"
_QUOTED_NAME = re.compile(rf'"((?:[^"]|"")+)"{_SEPARATOR}')
# A name ends with its suffix, so that it may hold spaces and commas.
_NAME = re.compile(rf"(?:{'|'.join(map(re.escape, SUFFIXES))})(?={_SEPARATOR})", re.IGNORECASE)
_MOST_DIGITS = 9


def read_lines(path: Path) -> list[str]:
    """Read a text file's lines, in UTF-8 or what Windows calls Unicode, with any line ends.

    Raises:
        UserError: it cannot be read, or is in another encoding.
    """
    try:
        content = path.read_bytes()
        wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read as text ({error}).") from error
    return io.StringIO(text, newline=None).read().split("\n")


def read_labels(
    path: Path, class_set: ClassSet, files: Collection[str]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Read which class each image has.

    A line is a file name and a class: its number counted from 0, its name, a synonym or its
    WordNet id. Between them stand spaces, a tab, a comma or a semicolon. Both may hold spaces, and
    may stand in double quotes as in CSV. Of a path, with slashes of either kind, the file name
    counts. Lines that name no image, such as a heading, are passed over.

    Args:
        path: the file.
        class_set: what its classes are among.
        files: names of the images at hand.

    Returns:
        The class of each of these that has one, and notes about classes that are unknown.

    Raises:
        UserError: the file cannot be read, a line has no class, a number beyond the last class,
            or two meanings, an image has two classes, or no class is one of the set.
    """
    lines = dict.fromkeys(line for line in map(str.strip, read_lines(path)) if line)
    splits = {line: list(_split(line)) for line in lines}
    matched = class_set.match({text for ways in splits.values() for _, text in ways})
    known: dict[str, int] = {}
    classes: set[int] = set()
    unknown: dict[str, None] = {}
    for line, ways in splits.items():
        if not ways and _lacks_class(line):
            raise UserError(f"{path}: {line!r} is not a line of file name and class.")
        meanings = {
            (_find(name, files), label)
            for name, text in ways
            for label in _labels(text, matched, len(class_set))
        }
        here = {(name, label) for name, label in meanings if name in files}
        if len(here) > 1:
            both = " or ".join(f"{name!r} of class {label}" for name, label in sorted(here))
            raise UserError(f"{path}: {line!r} has two meanings, {both}.")
        for name, label in here or meanings:
            if label >= len(class_set):
                last = len(class_set) - 1
                raise UserError(f"{path}: {name} has class {label}; the classes are 0 to {last}.")
            classes.add(label)
        for name, label in here:
            if known.setdefault(name, label) != label:
                raise UserError(f"{path} gives {name} two classes, {known[name]} and {label}.")
        if ways and not meanings:
            unknown[ways[0][1]] = None
    return known, class_set.report_unknown(list(unknown), len(unknown) + len(classes), str(path))


def _split(line: str) -> Iterator[tuple[str, str]]:
    """Yield each way in which a line can be a file name and a class."""
    if quoted := _QUOTED_NAME.match(line):
        yield quoted[1].replace('""', '"'), _unquote(line[quoted.end() :])
    for end in _NAME.finditer(line):
        if text := line[end.end() :].strip(" \t,;"):
            yield line[: end.end()], _unquote(text)


def _unquote(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1].replace('""', '"') if quoted else text


def _lacks_class(line: str) -> bool:
    return not re.search(_SEPARATOR, line) or line.strip(' \t,;"').lower().endswith(SUFFIXES)


def _find(name: str, files: Collection[str]) -> str:
    """Return the image that a name or a path means."""
    return name if name in files else re.split(r"[\\/]", name)[-1]


def _labels(text: str, matched: dict[str, int], count: int) -> set[int]:
    """Return the classes that a text can mean: two where a class's number is another's name."""
    labels = {matched[text]} if text in matched else set()
    if text.isdecimal() and len(text) <= _MOST_DIGITS and (int(text) < count or not labels):
        labels.add(int(text))
    return labels

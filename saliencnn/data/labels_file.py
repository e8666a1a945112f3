"""Files that give each image its class, a line each, in the forms in which people have them."""

import codecs
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import show
from saliencnn.data.bounds import MAX_FILE_BYTES
from saliencnn.data.classset import ClassSet
from saliencnn.data.image_files import SUFFIXES, same_name

_SEPARATOR = r"\s*[,;\s]\s*"
_QUOTED_NAME = re.compile(rf'"((?:[^"]|"")+)"{_SEPARATOR}')
# A name ends with its suffix, so that it may hold spaces and commas.
_NAME = re.compile(rf"(?:{'|'.join(map(re.escape, SUFFIXES))})(?={_SEPARATOR})", re.IGNORECASE)
_MAX_DIGITS = 9


def read_text(path: Path) -> str:
    """Read a text file in UTF-8 or what Windows calls Unicode, with any line ends.

    Raises:
        UserError: it cannot be read, is too large, or is in another encoding.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            most = f"{MAX_FILE_BYTES // 10**6} MB"
            raise UserError(f"{show(path, 160)} cannot be read as text: it has more than {most}.")
        content = path.read_bytes()
        wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UserError(f"{show(path, 160)} cannot be read as text: {why}.") from error
    return io.StringIO(text, newline=None).read()


def read_lines(path: Path) -> list[str]:
    """Read a text file's lines.

    Raises:
        UserError: as ``read_text`` does.
    """
    return read_text(path).split("\n")


def read_labels(
    path: Path, class_set: ClassSet, files: Collection[str]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Read which class each image has.

    A line is a file name and a class: its number counted from 0, its name, a synonym or its
    WordNet id. Between them stand spaces, a tab, a comma or a semicolon. Both may hold spaces, and
    may stand in double quotes as in CSV. Of a path, with slashes of either kind, the file name
    counts, and a name may lack its ending where only one image has it. Lines that name no image,
    such as a heading, are passed over.

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
    names = _spellings(files)
    splits = {line: list(_split(line, names)) for line in lines}
    matched = class_set.match({text for ways in splits.values() for _, text in ways})
    known: dict[str, int] = {}
    classes: set[int] = set()
    unknown: dict[str, None] = {}
    for line, ways in splits.items():
        if not ways and _lacks_class(line):
            raise UserError(f"{show(path)}: {show(line)!r} is not a line of file name and class.")
        meanings = {
            (_find(name, names), label)
            for name, text in ways
            for label in _labels(text, matched, len(class_set))
        }
        here = {(name, label) for name, label in meanings if name in files}
        if len(here) > 1:
            both = " or ".join(
                f"{show(name, 40)!r} of class {label}" for name, label in sorted(here)[:2]
            )
            raise UserError(f"{show(path)}: {show(line, 60)!r} has two meanings, {both}.")
        for name, label in here or meanings:
            if label >= len(class_set):
                last = len(class_set) - 1
                hint = "; count from 0, not from 1" if label == len(class_set) else ""
                raise UserError(
                    f"{show(path)}: {show(name)} has class {label}; the classes are 0 to "
                    f"{last}{hint}."
                )
            classes.add(label)
        for name, label in here:
            if known.setdefault(name, label) != label:
                both = f"{known[name]} and {label}"
                raise UserError(f"{show(path)} gives {show(name)} two classes, {both}.")
        if ways and not meanings:
            unknown[ways[0][1]] = None
    total = len(unknown) + len(classes)
    return known, class_set.report_unknown(list(unknown), total, show(path))


def _spellings(files: Collection[str]) -> dict[str, str]:
    """Return the image of each way to write its name: accents in one form, without an ending."""
    stems = Counter(_stem(name) for name in files)
    without = {_stem(name): name for name in files if stems[_stem(name)] == 1}
    return without | {same_name(name): name for name in files} | {name: name for name in files}


def _stem(name: str) -> str:
    return same_name(name.rpartition(".")[0])


def _split(line: str, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each way in which a line can be a file name and a class."""
    first, *rest = re.split(_SEPARATOR, line, maxsplit=1)
    ends = first.lower().endswith(SUFFIXES) or _lacks_class(line)
    if rest and not ends and _find(first, names) in names:
        yield first, _unquote(rest[0].strip(" \t,;"))
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


def _find(name: str, names: Mapping[str, str]) -> str:
    """Return the image that a name or a path means."""
    last = re.split(r"[\\/]", name)[-1]
    tried = (name, same_name(name), last, same_name(last))
    return next((names[text] for text in tried if text in names), last)


def _labels(text: str, matched: dict[str, int], count: int) -> set[int]:
    """Return the classes that a text can mean: two where a class's number is another's name."""
    labels = {matched[text]} if text in matched else set()
    if text.isdecimal() and len(text) <= _MAX_DIGITS and (int(text) < count or not labels):
        labels.add(int(text))
    return labels

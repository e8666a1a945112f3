"""Texts from data as people see them: on one line, without tricks, not too long, told apart.

Whatever files and people give passes here on its way to a page, see also ``markdown.plain``.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Hashable, Mapping
from html import escape
from typing import TypeVar

from saliencnn.common.sentences import cut_middle

Key = TypeVar("Key", bound=Hashable)
LONGEST = 1000
"""Characters of any text that a page shows."""
LONGEST_NAME = 60
"""Characters of a name on a page."""
_PATHS = (
    re.compile(r"""(?<=['"`])/(?!/)[^'"`\n]*/[^'"`\n]*(?=['"`])"""),
    re.compile(r"""(?:(?<=:///)|(?<![\w./~\]#-]))/(?!/)(?:[^\s/'"`,;]+/)+[^\s/'"`,;]*"""),
)
"""In quotes, where a path may hold spaces, and elsewhere; no part of an address on the web."""
NAMELESS = "(no name)"
_JOINERS = "\u200c\u200d"
"""Without width, but many scripts and emoji need them."""


def one_line(text: str, longest: int = LONGEST) -> str:
    """Return a text on one line, without what hides or turns it, its middle cut out if long.

    Of a path on this machine its last part is kept: others need not know its folders.
    """
    if not text.isprintable():
        text = "".join(map(_show, text))
    return cut_middle(" ".join(hide_folders(text).split()), longest)


def hide_folders(text: str) -> str:
    """Return a text whose absolute paths are cut to their last parts, as ``…/mlflow.db``."""
    if "/" not in text:
        return text
    for path in _PATHS:
        text = path.sub(lambda match: f"…/{match[0].rstrip('/').rpartition('/')[2]}", text)
    return text


def html_line(text: str) -> str:
    """Return a text as ``one_line`` does, for HTML."""
    return escape(one_line(text))


def tell_apart(
    names: Mapping[Key, str],
    longest: int = LONGEST_NAME,
    mark: Callable[[Key], str] | None = None,
    taken: Collection[str] = (),
) -> dict[Key, str]:
    """Return each thing's name on one line, no two of them the same.

    Args:
        names: thing -> its name.
        longest: characters of a name, without its mark.
        mark: what tells things of the same name apart; by default a number.
        taken: names that mean something else.
    """
    lines = {key: one_line(name, longest) or NAMELESS for key, name in names.items()}
    counts: dict[str, int] = dict.fromkeys(taken, 1)
    for line in lines.values():
        counts[line] = counts.get(line, 0) + 1
    given: set[str] = set(taken)
    for key, line in lines.items():
        told, number = line, 1
        if counts[line] > 1 and mark is not None:
            told = f"{line} ({mark(key)})"
        while told in given:
            number += 1
            told = f"{line} ({number})"
        given.add(told)
        lines[key] = told
    return lines


def _show(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cs":
        return "\ufffd"
    if category == "Cf" and char not in _JOINERS:
        return ""
    return " " if category == "Cc" else char

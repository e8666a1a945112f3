"""Markdown from texts that come from files and people."""

import re
from collections.abc import Iterable, Sequence

from saliencnn.common.shown import LONGEST, one_line

_SPECIAL = r"\`*_{}[]()#+-.!|<>~$&:"
"""Whatever means something to Markdown where it stands without a backslash."""
_JOINER = "\u2060"
"""Without width. Links, icons and arrows are also made of text whose characters were escaped."""
_LATE = re.compile(
    r"""
    (?<=:)(?=[\w+/-])  # https://, :material/delete:, :smile:
    | (?<=www)(?=\.)  # www.somewhere
    | (?=@)  # network@file.pth
    | (?:(?<=^[-<>~])|(?<=\s[-<>~]))(?=[-=>])  # an arrow, a dash, a comparison by itself
    """,
    re.VERBOSE | re.IGNORECASE,
)


def plain(text: str, longest: int = LONGEST) -> str:
    """Return a text that Markdown shows as it is, on one line: it comes from files and people.

    Args:
        text: any.
        longest: characters of it that are shown.
    """
    joined = _LATE.sub(_JOINER, one_line(text, longest))
    return "".join(f"\\{c}" if c in _SPECIAL else c for c in joined)


def code(text: str) -> str:
    """Return a text as code, which is shown as it is too."""
    line = one_line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    return f"{fence} {line} {fence}" if "`" in line else f"{fence}{line}{fence}"


def table(rows: Iterable[Sequence[str]], heads: Sequence[str] = ("", "")) -> str:
    """Return a table; its texts are shown as they are."""
    lines = [[plain(cell) for cell in row] for row in (heads, *rows)]
    lines.insert(1, ["---"] * len(heads))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bullets(lines: Iterable[str]) -> str:
    """Return a list of lines that are Markdown already."""
    return "\n".join(f"- {line}" for line in lines)

"""Markdown from texts that come from files and people."""

from collections.abc import Iterable, Sequence


def plain(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line: it comes from files and people."""
    line = " ".join(text.split())
    escaped = "".join(f"\\{c}" if c in r"\`*_{}[]()#+-.!|<>~$&:" else c for c in line)
    # Markdown takes network@file.pth for an e-mail address; an invisible joiner prevents it.
    return escaped.replace("@", "\u2060@")


def table(rows: Iterable[Sequence[str]], heads: Sequence[str] = ("", "")) -> str:
    """Return a table; its texts are shown as they are."""
    lines = [[plain(cell) for cell in row] for row in (heads, *rows)]
    lines.insert(1, ["---"] * len(heads))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bullets(lines: Iterable[str]) -> str:
    """Return a list of lines that are Markdown already."""
    return "\n".join(f"- {line}" for line in lines)

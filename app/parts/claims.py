"""A sentence as a person reads it: what it claims in bold, and below it, smaller, its numbers."""

import re

from app.parts.widgets import plain

_END = re.compile(r'"[^"]*"|(?P<end>[:;.!])(?=\s)')
"""Where a claim may end: names in quotes are passed over."""


def write_claim(sentence: str, advice: str = "") -> str:
    """Return a sentence, and what to do about it, in Markdown.

    Args:
        sentence: whose first clause is its claim, up to a colon, a semicolon or a full stop.
        advice: what to do next, in Markdown, if there is anything.
    """
    claim, rest = split_claim(sentence)
    lines = (f"**{plain(claim)}**", write_small(rest) if rest else "", advice)
    return "  \n".join(filter(None, lines))


def write_small(sentence: str) -> str:
    """Return a sentence of numbers, below a claim, in Markdown."""
    return f":small[{plain(sentence)}]"


def split_claim(sentence: str) -> tuple[str, str]:
    """Return the first clause of a sentence or of several, with its mark, and what follows."""
    ends = (found.end() for found in _END.finditer(sentence) if found["end"])
    at = next(ends, len(sentence))
    return sentence[:at], sentence[at:].lstrip()

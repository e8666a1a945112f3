"""A sentence as a person reads it: what it claims in bold, and then, smaller, its numbers."""

from app.parts.widgets import plain
from saliencnn.common.sentences import split_claim


def write_claim(sentence: str, advice: str = "", claim: str = "", strong: bool = True) -> str:
    """Return a sentence, and what to do about it, in Markdown.

    Args:
        sentence: whose first clause is its claim, up to a colon, a semicolon or a full stop.
        advice: what to do next, in Markdown, if there is anything.
        claim: with what the sentence begins, where that is known: names can hold such a mark.
        strong: whether it is what a person comes for; what stands beside that is no headline.
    """
    claim, rest = split_claim(sentence, claim)
    mark = "**" if strong else ""
    said = f"{mark}{plain(claim)}{mark} {write_small(rest) if rest else ''}".rstrip()
    return f"{said}  \n{advice}" if advice else said


def write_small(sentence: str) -> str:
    """Return a sentence of numbers, behind or below a claim, in Markdown."""
    return f":small[{plain(sentence)}]"

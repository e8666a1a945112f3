"""What a term means, in a short clause behind it where a report first uses it."""

import re
from collections.abc import Mapping

from saliencnn.common.terms import say_on_object

SHORTCUT = r"\b(?:the|a) shortcut\b"
FOCUS = r"\bfocus\b(?! is)"
MAP = r"\bmaps?\b(?: of the (?:true|predicted) class)?"
"""What a term looks like in a sentence."""
ANY_SHORTCUT = "what comes with a class in these images and does not define it"
OF_MAP = "bright where the class's score comes from"


class Glossary:
    """Explains each term once, in the order in which a reader meets the sentences."""

    def __init__(self, meanings: Mapping[str, str]) -> None:
        """Take what is to be explained.

        Args:
            meanings: pattern of a term -> what it means, as a clause.
        """
        self._meanings = dict(meanings)

    def explain(self, text: str) -> str:
        """Return a text with the clause behind each term that no text before has had."""
        for pattern, meaning in [*self._meanings.items()]:
            if found := re.search(pattern, text, re.IGNORECASE):
                text = f"{text[: found.end()]} ({meaning}){text[found.end() :]}"
                del self._meanings[pattern]
        return text


def name_once(text: str, shortcut: str) -> str:
    """Return a text that names a shortcut only where it first does; as it is without one."""
    if not shortcut:
        return text
    head, named, rest = text.partition(shortcut)
    return f"{head}{named}{rest.replace(f', {shortcut}', '')}"


def make_glossary(shortcut: str, boxed: bool) -> Glossary:
    """Return the terms of a report of runs.

    Args:
        shortcut: that the images were built with, in words; "" without one.
        boxed: whether of the objects only boxes are known.
    """
    built = f"{shortcut}, which gives the class away" if shortcut else ANY_SHORTCUT
    return Glossary(
        {
            SHORTCUT: built,
            MAP: OF_MAP,
            FOCUS: f"how much of a map lies {say_on_object(boxed)}, 0 to 1",
        }
    )

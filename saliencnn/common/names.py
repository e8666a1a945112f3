"""Names and sentences that people give, on one line and without what cannot be seen."""

import unicodedata

from saliencnn.common.errors import UserError

MAX_NAME_LENGTH = 100
"""Characters of a person's name."""
_BREAKING = ("Cc", "Cs")
"""Unicode's categories of control characters and halves of characters: no database takes them."""
_HIDDEN = ("Cf",)
"""Of characters without width, and those that turn the direction of writing."""


def clean_line(text: str) -> str:
    """Return a person's text on one line, without characters that hide, turn or break it."""
    shown = (c for c in text if unicodedata.category(c) not in _HIDDEN)
    known = (" " if unicodedata.category(c) in _BREAKING else c for c in shown)
    return " ".join("".join(known).split())


def require_line(text: str, what: str, longest: int, missing: str) -> str:
    """Return a person's text as ``clean_line`` does, if there is any and not too much.

    Args:
        text: the person's.
        what: names the text in a sentence.
        longest: characters that are kept.
        missing: the sentence where there is none.

    Raises:
        UserError: nothing of the text is left, or it is too long.
    """
    line = clean_line(text)
    if not line:
        raise UserError(missing)
    if len(line) > longest:
        raise UserError(f"The {what} has {len(line)} characters; at most {longest} are kept.")
    return line

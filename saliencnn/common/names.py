"""Names and sentences that people give, on one line and without what cannot be seen."""

import hashlib
import unicodedata

from saliencnn.common.errors import UserError

MAX_NAME_LENGTH = 100
"""Characters of a person's name."""
_BREAKING = ("Cc", "Cs")
"""Unicode's categories of control characters and halves of characters: no database takes them."""
_HIDDEN = ("Cf",)
"""Of characters without width, and those that turn the direction of writing."""

_UNFIT = (*_BREAKING, "Zl", "Zp")
_TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
MAX_FILE_NAME_LENGTH = 255
"""Characters of the name of a file, folder or class; no file system's names are longer."""


def clean_line(text: str) -> str:
    """Return a person's text on one line, without characters that hide, turn or break it."""
    shown = (c for c in text if unicodedata.category(c) not in _HIDDEN)
    known = (" " if unicodedata.category(c) in _BREAKING else c for c in shown)
    return " ".join("".join(known).split())


def readable_text(text: str) -> str:
    """Return a text that every store and page can hold, on one line.

    What is no UTF-8, breaks a line or turns the direction of writing is written as an escape,
    e.g. ``\\xff``, so that different texts stay different.
    """
    # What is printable holds nothing to escape, and looking at each character takes time.
    return text if text.isprintable() else "".join(map(_escape, text))


def readable_name(name: str) -> str:
    """Return the name of a file, folder or class as ``readable_text`` does, and not too long.

    The middle of a long one is left out, with a digest in its place that tells it from others.
    """
    shown = readable_text(name)
    if len(shown) <= MAX_FILE_NAME_LENGTH:
        return shown
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
    end = MAX_FILE_NAME_LENGTH // 2 - len(digest)
    return f"{shown[:end]}…{digest}…{shown[-end:]}"


def _escape(char: str) -> str:
    if "\udc80" <= char <= "\udcff":  # a byte that is no UTF-8, as Python reads it
        return f"\\x{ord(char) - 0xDC00:02x}"
    unfit = unicodedata.category(char) in _UNFIT or unicodedata.bidirectional(char) in _TURNING
    return char.encode("unicode_escape").decode() if unfit else char


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

"""Parts of the sentences that people read."""

import re
from collections.abc import Iterable, Sequence

from saliencnn.common.names import clean_line, readable_text

LONGEST = 300
"""Characters of a sentence that a person is shown."""
MAX_MORE = 6
"""Digits more than usual, less one, that tell an interval's end from the neutral value."""
_KEPT = 24
"""Characters that stay at each end of a value that is shortened."""
_FRACTIONS = {
    1 / 2: "half",
    3 / 5: "three fifths",
    2 / 3: "two thirds",
    3 / 4: "three quarters",
    4 / 5: "four fifths",
    9 / 10: "nine tenths",
    1: "all",
}
_QUOTED = re.compile(r"(?<!\w)(?P<quote>['\"`])(?P<value>.+?)(?P=quote)(?!\w)")
_END = re.compile(r'"[^"]*"|(?P<end>[:;.!])(?=\s)')
"""Where a clause may end: what is in quotes is passed over."""
_WORD = re.compile(r"(?P<value>\S+)")


def list_some(names: Sequence[str], most: int = 5) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def join_words(words: Sequence[str], most: int = 5) -> str:
    """Return words as part of a sentence: ``a, b and c``, and how many more there are."""
    more = [f"{len(words) - most} more"] if len(words) > most else []
    *others, last = [*words[:most], *more]
    return f"{', '.join(others)} and {last}" if others else last


def show(value: object, longest: int = 80) -> str:
    """Return a path, a line or a name as part of a sentence: readable, and cut in its middle."""
    return cut_middle(readable_text(str(value)), longest)


def list_names(names: Sequence[str], most: int = 3) -> str:
    """Return the first names of files, folders or classes, each short, and how many more."""
    return list_some([show(name, 30) for name in names], most)


def quote(name: str, longest: int = LONGEST) -> str:
    """Return the name of a class, or of a kind of thing, as part of a sentence.

    Many names are words of their own, such as "plain" or "few".
    """
    return f'"{show(name, longest)}"'


def list_quoted(names: Sequence[str], most: int = 5) -> str:
    """Return the first classes as part of a sentence, and how many more there are."""
    return list_some([quote(name, 80) for name in names], most)


def count(number: int, one: str, many: str) -> str:
    """Return a number with what it counts, e.g. ``1 class was``, ``2 classes were``."""
    return f"{number:,} {one if number == 1 else many}"


def count_of(part: int, whole: int) -> str:
    """Return how many of how many, and the percentage: ``48 of 240 images (20.0%)``."""
    return f"{part:,} of {whole:,} images ({part / whole:.1%})"


def count_missed(missed: int, images: int) -> str:
    """Say how many of how many images are missed, or how many there are."""
    if not missed:
        return count(images, "image", "images") if images else "no image"
    return f"{missed} of {images} missed"


def say_fraction(part: int, whole: int) -> str:
    """Return a fraction of half or more in words, e.g. ``two thirds``, ``about three quarters``."""
    fraction = part / whole
    nearest = min(_FRACTIONS, key=lambda known: abs(known - fraction))
    exact = abs(nearest - fraction) < 0.01
    return _FRACTIONS[nearest] if exact else f"about {_FRACTIONS[nearest]}"


def say_range(values: Iterable[float], form: str = "d") -> str:
    """Return the least and the greatest of some numbers, e.g. ``3 to 7``, or the only one.

    Args:
        values: at least one.
        form: of each, as ``format`` takes it.
    """
    ordered = sorted(values)
    low, high = format(ordered[0], form), format(ordered[-1], form)
    return low if low == high else f"{low} to {high}"


def say_interval(
    low: float, high: float, digits: int, unit: str = "f", neutral: float = 0.0, sign: str = ""
) -> str:
    """Return an interval whose ends show on which side of a value that means nothing they lie.

    An end that rounds to that value though it is another has more digits: ``-0.07 to -0.001``.

    Args:
        low: its lower end.
        high: its upper end.
        digits: behind the point, where they suffice.
        unit: ``f``, or ``%`` for a fraction in percent.
        neutral: the value on neither side.
        sign: ``+`` where numbers above 0 have one too.
    """
    return " to ".join(_write_end(end, digits, unit, neutral, sign) for end in (low, high))


def _write_end(end: float, digits: int, unit: str, neutral: float, sign: str) -> str:
    forms = [f"{sign}z.{more}{unit}" for more in range(digits, digits + MAX_MORE)]
    written = (format(end, form) for form in forms if format(end, form) != format(neutral, form))
    return next(written, format(end, forms[0]))


def say_all(number: int) -> str:
    """Return ``both`` or, of more than two, ``all 3``."""
    return "both" if number == 2 else f"all {number}"


def duration(seconds: float) -> str:
    """Return how long something takes, roughly: in seconds, minutes or hours."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def one_sentence(text: str, longest: int = LONGEST) -> str:
    """Return a text as one sentence on one line, its long values cut in their middle.

    Bytes that are no UTF-8, which file names may hold, are written as ``\\xff``.

    Args:
        text: one sentence or several, from a person's values or another program.
        longest: characters of the result at most, at least 60.
    """
    line = clean_line(_printable(text))
    if line and line[-1] not in ".!?…":
        line += "."
    while len(line) > longest:
        shorter = _shorten_value(line, longest)
        if shorter == line:
            return cut_middle(line, longest)
        line = shorter
    return line


def first_clause(text: str, names: Iterable[str] = ()) -> str:
    """Return a text up to its first colon, semicolon, or end of a sentence, with that mark.

    Args:
        text: one sentence or several; what is in quotes is passed over.
        names: that are passed over, too, wherever they occur in it.
    """
    masked = text
    for name in sorted(names, key=len, reverse=True):
        masked = masked.replace(name, "_" * len(name))
    ends = (found.end() for found in _END.finditer(masked) if found["end"])
    return text[: next(ends, len(text))]


def split_claim(sentence: str, claim: str = "") -> tuple[str, str]:
    """Return the claim of a sentence or of several, with its mark, and what follows.

    Args:
        sentence: one sentence or several.
        claim: with what it begins, where that is known; else it is the first clause.
    """
    begins = claim or first_clause(sentence)
    return begins, sentence[len(begins) :].lstrip()


def cut_middle(text: str, longest: int) -> str:
    """Return a text without its middle, where it is longer than allowed."""
    if len(text) <= longest:
        return text
    end = (longest - 1) * 2 // 5
    return f"{text[: longest - 1 - end]}…{text[len(text) - end :]}"


def _shorten_value(line: str, longest: int) -> str:
    """Cut the longest quoted value or word as far as it takes, and no further than its ends."""
    values = [match.span("value") for form in (_QUOTED, _WORD) for match in form.finditer(line)]
    start, end = max(values, key=lambda span: span[1] - span[0])
    allowed = max(2 * _KEPT + 1, end - start - (len(line) - longest))
    return line[:start] + cut_middle(line[start:end], allowed) + line[end:]


def _printable(text: str) -> str:
    """Write halves of characters, as names in other encodings have them, as escapes."""
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return raw.decode("utf-8", "backslashreplace")

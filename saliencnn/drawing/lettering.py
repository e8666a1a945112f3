"""How wide words are in a drawing, the lines that they break into, and these as SVG; pure.

The widths are Helvetica's, which Arial and Liberation Sans share.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from unicodedata import category, east_asian_width

from saliencnn.common.shown import one_line

_THOUSANDTHS = {
    222: "ijl'",
    278: " !,./:;I[\\]ft|",
    334: '"()-`r{}',
    389: "*",
    500: "Jcksvxyz^",
    556: "$?L_abdeghnopqu0123456789#",
    611: "+<=>~FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    950: "%W@",
}
_WIDTHS = {letter: width / 1000 for width, letters in _THOUSANDTHS.items() for letter in letters}
_OTHER, _WIDE = 0.7, 1.0
"""Of a letter of another alphabet, and of one as wide as high, in heights."""
_SPARE = 1.1
"""Bold letters are somewhat wider; so is what stands in for a font that is not there."""
_PARTS = re.compile(r"[^-_/]*[-_/]+|[^-_/]+")
"""Of a word too long for a line, which may end after each."""


def measure(text: str, size: float) -> float:
    """Return about how wide a text on one line is, rather too wide than too narrow.

    Args:
        text: any.
        size: of the letters.
    """
    return sum(map(_measure_letter, text)) * size * _SPARE


@lru_cache(maxsize=4096)
def _measure_letter(letter: str) -> float:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if category(letter).startswith("M"):  # stands above or below another one
        return 0.0
    return _WIDE if east_asian_width(letter) in "WF" else _OTHER


def wrap(text: str, width: float, size: float) -> list[str]:
    """Return a text, as people see it, in lines that fit; a word breaks only where it does not fit.

    Args:
        text: any; none has no lines.
        width: of the place.
        size: of the letters.
    """
    lines, line = [], ""
    words = one_line(text).split()
    for piece in (part for word in words for part in _split(word, width, size)):
        if line and measure(f"{line}{piece}".rstrip(), size) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
        while len(line.rstrip()) > 1 and measure(line.rstrip(), size) > width:
            fits = _count_fitting(line, width, size)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line.rstrip()] if line.strip() else lines


def _split(word: str, width: float, size: float) -> list[str]:
    """Return the parts of a word between which a line may end, a space after the last."""
    parts = [word] if measure(word, size) <= width else _PARTS.findall(word)
    return [*parts[:-1], f"{parts[-1]} "]


def _count_fitting(line: str, width: float, size: float) -> int:
    """Return how many of a line's first letters fit, at least one."""
    fits = 1
    while measure(line[: fits + 1], size) <= width:
        fits += 1
    return fits


def write_lines(
    lines: Iterable[str], x: float, y: float, size: float, apart: float, style: str = ""
) -> str:
    """Return lines below each other as SVG.

    Args:
        lines: as ``wrap`` returns them.
        x: where they begin.
        y: of the first one's base line.
        size: of the letters.
        apart: from one base line to the next.
        style: further attributes.
    """
    return "".join(
        f"<text x='{x:g}' y='{y + apart * place:g}' font-size='{size:g}' {style}>"
        f"{escape(line)}</text>"
        for place, line in enumerate(lines)
    )

"""Any error as one sentence with its cause and its remedy."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from saliencnn.common.cause import Cause
from saliencnn.common.errors import UserError
from saliencnn.common.machine_causes import MACHINE_CAUSES
from saliencnn.common.secrets import mask_secrets
from saliencnn.common.sentences import LONGEST, cut_middle, one_sentence
from saliencnn.common.store_causes import STORE_CAUSES

CAUSES = (*STORE_CAUSES, *MACHINE_CAUSES)
"""The first row that fits counts, so what is special comes before what is general."""
_REASON = 110
"""Characters of an error's own words that are repeated."""
_COMMAND = ": saliencnn "
"""Where a command begins that ends a sentence of ours; it stays whole, to be copied."""
_LONGEST_COMMAND = 2000
_CODE_FILE = re.compile(r"(?:[A-Za-z]:)?(?:[/\\][^\s/\\'\":]+)+[/\\]([^\s/\\'\":]+\.py)\b")
_NUMBER = re.compile(r"\[Errno (\d+)\]")
_ADDED = re.compile(r"\[SQL: .*|\(Background on this error.*", re.DOTALL)
"""What SQLAlchemy puts behind the database's words: the statement with its values."""


@dataclass(frozen=True)
class Translation:
    """What a person is told about an error.

    Attributes:
        sentence: cause and remedy, at most ``LONGEST`` characters on one line, and behind them
            the command that is the remedy, where there is one.
        ours: whether it is a fault in this program, which no person can mend by other values.
    """

    sentence: str
    ours: bool


def translate(error: BaseException, traceback: str = "") -> Translation:
    """Return an error as a sentence for people.

    Args:
        error: any; a ``UserError`` is a sentence already and only made short enough.
        traceback: where the traceback is, as ``/tmp/x.log``; said unless the error is a
            ``UserError``.
    """
    if isinstance(error, UserError):
        text, colon, command = str(error).partition(_COMMAND)
        said = one_sentence(text) or "This was refused without a reason."
        if colon and "\n" not in command:
            said = f"{said.rstrip('.')}{colon}{cut_middle(command, _LONGEST_COMMAND)}"
        return Translation(said, ours=False)
    found = next(_find(error), None)
    if found is None:
        kind = type(error).__name__
        sentence = f"This is a fault in saliencnn itself ({kind}: {find_reason(error)})"
        remedy = f"please report it with its traceback in {traceback}" if traceback else ""
        return Translation(_join(sentence, remedy or "please report it", ""), ours=True)
    row, told, groups = found
    values = {**groups, "reason": find_reason(told), "file": _file_of(told)}
    values = {name: value or "" for name, value in values.items()}
    cause, remedy = row.cause.format_map(values), row.remedy.format_map(values)
    return Translation(_join(cause[0].upper() + cause[1:], remedy, traceback), ours=False)


def find_reason(error: BaseException) -> str:
    """Return an error's own words on one line, short, without places of code.

    Of a traceback, which processes that load images send as their words, the last line counts.
    """
    if isinstance(error, OSError) and error.filename and error.strerror:
        return str(error.strerror)
    lines = [line.strip() for line in _words(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    told = lines[-1] if any("Traceback (most recent" in line for line in lines) else lines[0]
    return cut_middle(one_sentence(_CODE_FILE.sub(r"\1", told)).rstrip("."), _REASON)


def _join(cause: str, remedy: str, traceback: str) -> str:
    where = f" (traceback: {traceback})" if traceback else ""
    return one_sentence(f"{cause}: {remedy}", LONGEST - len(where)).rstrip(".") + where + "."


def _find(error: BaseException) -> Iterator[tuple[Cause, BaseException, dict[str, str | None]]]:
    """Yield rows that fit an error or what it came from, the special ones first."""
    chain = list(_causes_of(error))
    for row in CAUSES:
        for link in chain:
            if not _is_of(link, row.kinds):
                continue
            if row.codes and _number_of(link) not in row.codes:
                continue
            match = re.search(row.said, _words(link))
            if match:
                yield row, link, match.groupdict()


def _causes_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came from, outermost first.

    An error of Python's own kinds that arose while another was handled is one of its own.
    """
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        passed_on = type(link).__module__ != "builtins" and not link.__suppress_context__
        link = link.__cause__ or (link.__context__ if passed_on else None)


def _is_of(error: BaseException, kinds: tuple[str, ...]) -> bool:
    names = {
        f"{c.__module__}.{c.__qualname__}".removeprefix("builtins.") for c in type(error).mro()
    }
    return not names.isdisjoint(kinds)


def _words(error: BaseException) -> str:
    try:
        return mask_secrets(_ADDED.sub("", str(error)))
    except Exception:  # an error of others may fail even at its own words
        return ""


def _number_of(error: BaseException) -> int | None:
    """Return the operating system's number; from another process it comes in the words alone."""
    number = getattr(error, "errno", None)
    if isinstance(number, int):
        return number
    written = _NUMBER.search(_words(error))
    return int(written[1]) if written else None


def _file_of(error: BaseException) -> str:
    name = getattr(error, "filename", None)
    if isinstance(name, bytes):
        name = name.decode("utf-8", "surrogateescape")
    return f"'{cut_middle(name, _REASON)}'" if isinstance(name, str) and name else "a file"

"""Stored records, each read alone: into a typed value, or as unreadable and why.

One bad record, written by hand, by a later version or by a damaged disk, takes no other with it.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from saliencnn.common.errors import UserError
from saliencnn.common.sentences import cut_middle, one_sentence

Raw = TypeVar("Raw")
Read = TypeVar("Read")
MAX_TEXT = 8000
"""Characters of a text in a record; MLflow's tags hold no more."""
LARGEST = 1e100
"""Magnitude from which a number is as good as infinite: MLflow writes its largest in its place."""
_SHOWN = 60


class WrongRecord(UserError):
    """A stored record holds what this program does not write."""


@dataclass(frozen=True)
class Unreadable:
    """A stored record that cannot be read, as lists show it beside those that can.

    Attributes:
        kind: what people call it, e.g. ``run``.
        id: the store's.
        name: for people; may be empty.
        reason: a sentence that says why.
    """

    kind: str
    id: str
    name: str
    reason: str = ""

    @property
    def sentence(self) -> str:
        """The record and the reason, for people."""
        name = f"{cut_middle(self.name, _SHOWN)} " if self.name else ""
        return f"The {self.kind} {name}({self.id[:8]}) cannot be read: {self.reason}"


def split_readable(
    read: Callable[[Raw], Read], stored: Iterable[Raw], describe: Callable[[Raw], Unreadable]
) -> tuple[list[Read], list[Unreadable]]:
    """Read records one by one.

    Args:
        read: reads one.
        stored: the records as they are stored.
        describe: says which one it is; its reason is filled in here.

    Returns:
        What could be read, and what could not.
    """
    found: list[Read] = []
    others: list[Unreadable] = []
    for record in stored:
        try:
            found.append(read(record))
        except Exception as error:  # whatever it is, it is of this record alone
            others.append(replace(describe(record), reason=reason_of(error)))
    return found, others


def readable(read: Callable[[Raw], Read], stored: Iterable[Raw]) -> Iterator[Read]:
    """Yield what can be read of records; what cannot is left out, with a warning.

    Args:
        read: reads one.
        stored: the records as they are stored.
    """
    for record in stored:
        try:
            value = read(record)
        except Exception as error:  # whatever it is, it is of this record alone
            _warn_once(f"Left out of a list: {reason_of(error)}")
        else:
            yield value


def reason_of(error: Exception) -> str:
    """Return why a record cannot be read, as a sentence."""
    if isinstance(error, UserError):
        return one_sentence(str(error))
    return f"It holds what this program does not write ({type(error).__name__})."


@lru_cache(maxsize=256)
def _warn_once(sentence: str) -> None:
    logging.getLogger(__name__).warning(sentence)


def parse_json(text: str, what: str) -> Any:
    """Return what a text holds as JSON, without numbers and characters that nobody can show.

    Args:
        text: as it is stored.
        what: names it in a sentence.

    Raises:
        WrongRecord: it is no such text.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        return _show_halves(value) if "\\ud" in text.lower() else value
    except (ValueError, RecursionError, TypeError, AttributeError) as error:
        raise WrongRecord(f"Its {what} is no readable JSON: {shorten(text)}.") from error


def parse_object(text: str, what: str) -> dict[str, Any]:
    """Return the JSON object that a text holds.

    Raises:
        WrongRecord: it holds none.
    """
    value = parse_json(text, what)
    if not isinstance(value, dict):
        raise WrongRecord(f"Its {what} is no JSON object: {shorten(text)}.")
    return value


def require_text(value: object, what: str, longest: int = MAX_TEXT) -> str:
    """Return a text of a record.

    Raises:
        WrongRecord: it is none, too long, or holds half a character.
    """
    if not isinstance(value, str) or len(value) > longest or not _is_whole(value):
        raise WrongRecord(f"Its {what} is {shorten(value)}; it must be a text.")
    return value


def require_time(value: object) -> str:
    """Return the time of a record, in ISO 8601 with a zone.

    Raises:
        WrongRecord: it is none.
    """
    text = require_text(value, "time")
    try:
        timed = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        timed = False
    if not timed:
        raise WrongRecord(f"Its time is {shorten(text)}, no time in ISO 8601 with a zone.")
    return text


def require_texts(value: object, what: str) -> tuple[str, ...]:
    """Return the texts of a list in a record.

    Raises:
        WrongRecord: it is no list of texts.
    """
    if not isinstance(value, list | tuple):
        raise WrongRecord(f"Its {what} is {shorten(value)}; it must be a list of texts.")
    return tuple(require_text(one, what) for one in value)


def require_whole(value: object, what: str, low: int, high: int) -> int:
    """Return a whole number of a record; a float counts if it has no fraction.

    Raises:
        WrongRecord: it is none within the bounds, both included.
    """
    number = require_number(value, what)
    if number != int(number) or not low <= number <= high:
        raise WrongRecord(
            f"Its {what} is {shorten(value)}; it must be a whole number from {low} to {high}."
        )
    return int(number)


def require_number(value: object, what: str) -> float:
    """Return a finite number of a record.

    Raises:
        WrongRecord: it is none.
    """
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    if not fits or not abs(value) < LARGEST:  # type: ignore[arg-type]
        raise WrongRecord(f"Its {what} is {shorten(value)}; it must be a number.")
    return value  # type: ignore[return-value]


def parse_whole(text: str, what: str, low: int, high: int) -> int:
    """Return the whole number that a text holds in the digits 0 to 9.

    Raises:
        WrongRecord: it holds none within the bounds, both included.
    """
    digits = text if len(text) < 20 and text.isascii() and text.isdigit() else None
    return require_whole(int(digits) if digits else text, what, low, high)


def finite_only(numbers: Mapping[str, float]) -> dict[str, float]:
    """Return the numbers without those that are none, or are as good as infinite."""
    return {name: value for name, value in numbers.items() if abs(value) < LARGEST}


def shorten(value: object) -> str:
    """Return a value for a sentence, on one line and short."""
    shown = value if isinstance(value, str) else type(value).__name__
    if isinstance(value, int | float):
        shown = f"{value:.6g}" if isinstance(value, float) or abs(value) < 1e15 else "huge"
        return shown
    return repr(cut_middle(shown, _SHOWN)).encode(errors="backslashreplace").decode()


def _show_halves(value: Any) -> Any:
    """Write halves of characters, which JSON can hold and no page can show, as their escapes."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, list):
        return [_show_halves(one) for one in value]
    if isinstance(value, dict):
        return {_show_halves(name): _show_halves(one) for name, one in value.items()}
    return value


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")

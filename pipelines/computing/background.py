"""Work of minutes that goes on whoever looks, and how it stands.

Each work is one more that waits before the process that computes, in a thread of this process: so
nobody else has to. It ends with this process. What it keeps in the store stays; how it stands is
remembered here alone.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from itertools import count
from typing import Any

from pipelines.computing.asking import compute_slowly
from saliencnn.common.errors import UserError
from saliencnn.common.pace import Pace
from saliencnn.common.translation import translate

MAX_ENDED = 32
"""Works that have ended of which it is remembered how."""


class State(Enum):
    """How a work stands."""

    UNDER_WAY = "under way"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Work:
    """What may be computed.

    Attributes:
        key: of what it finds; of one key only one is under way at a time.
        what: it does, for people: "Checking the maps of 16 images".
        function: of ours, as ``compute_slowly`` takes it.
        given: its arguments.
        forget: lets what was read of the store before be read anew, once it has ended.
        answers: whether what the function returns is remembered; else the store alone has it.
    """

    key: str
    what: str
    function: Callable[..., Any]
    given: tuple[Any, ...]
    forget: Callable[[], object] = lambda: None
    answers: bool = False


@dataclass(frozen=True)
class Standing:
    """How a work that was begun stands.

    Attributes:
        number: tells it from others of its key.
        what: as of the work.
        person: who began it; empty where nobody knows.
        page: name of the page that it was begun on, where what is found shows.
        query: parameters of that page's address.
        state: whether it is under way, and how it ended.
        fraction: that is done, 0 to 1.
        words: what is being done; of one that failed why; of one that was stopped by whom.
        left: seconds that the rest takes; None while unknown.
        result: of one that is done, what it answers.
    """

    number: int
    what: str
    person: str
    page: str = ""
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    state: State = State.UNDER_WAY
    fraction: float = 0.0
    words: str = "waiting for its turn"
    left: float | None = None
    result: Any = None

    @property
    def under_way(self) -> bool:
        """Whether it has not ended."""
        return self.state == State.UNDER_WAY


class _Stopped(Exception):
    """Nobody wants the result any more."""


class Background:
    """All work of this process that goes on whoever looks."""

    def __init__(self) -> None:
        """Begin nothing yet."""
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._standings: dict[str, Standing] = {}

    def find(self, key: str) -> Standing | None:
        """Return how the work with a key stands; None where none was begun, or long ago."""
        with self._lock:
            return self._standings.get(key)

    def list_under_way(self) -> dict[str, Standing]:
        """Return how all work stands that is under way, by its key, oldest first."""
        with self._lock:
            return {key: one for key, one in self._standings.items() if one.under_way}

    def begin_work(
        self,
        work: Work,
        person: str = "",
        page: str = "",
        query: Mapping[str, Sequence[str]] | None = None,
    ) -> Standing:
        """Begin some work, unless one of its key is under way; return how that stands.

        Args:
            work: what to do.
            person: who begins it.
            page: name of the page that shows what is found.
            query: parameters of that page's address.
        """
        with self._lock:
            known = self._standings.pop(work.key, None)
            if known is None or not known.under_way:
                known = Standing(next(self._numbers), work.what, person, page, query or {})
                given = (work, known.number)
                threading.Thread(target=self._do, args=given, daemon=True).start()
            self._standings[work.key] = known
            ended = [k for k, one in self._standings.items() if not one.under_way]
            for key in ended[:-MAX_ENDED]:
                del self._standings[key]
            return known

    def stop_work(self, key: str, number: int, person: str = "") -> None:
        """Stop the work with a key and a number, if it is under way."""
        self._change(key, number, state=State.STOPPED, words=person)

    def _change(self, key: str, number: int, **changes: Any) -> bool:
        """Note how a work stands; return whether it is still under way."""
        with self._lock:
            known = self._standings.get(key)
            if known is None or known.number != number or not known.under_way:
                return False
            self._standings[key] = replace(known, **changes)
            return True

    def _do(self, work: Work, number: int) -> None:
        """Wait for the process that computes; what comes of it is there for all at once."""
        pace = Pace()

        def report(fraction: float, words: str) -> None:
            left = pace.note(fraction, time.monotonic())
            if not self._change(work.key, number, fraction=fraction, words=words, left=left):
                raise _Stopped

        ended: dict[str, Any]
        try:
            result = compute_slowly(work.function, *work.given, report=report)
            ended = {"state": State.DONE, "result": result if work.answers else None}
        except _Stopped:
            return
        except Exception as error:
            if not isinstance(error, UserError):
                logging.getLogger("saliencnn").error("a computation failed", exc_info=error)
            sentence = translate(error, "the dashboard's log").sentence
            ended = {"state": State.FAILED, "words": sentence}
        try:
            work.forget()
        finally:
            self._change(work.key, number, **ended)


the_background = cache(Background)
"""Return this process's only one."""

"""What counts as a good answer to a bad input, and how an input is given within limits."""

import contextlib
import importlib
import io
import os
import random
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saliencnn.common.sentences import LONGEST
from saliencnn.common.translation import translate

PATIENCE = 60
"""Seconds that one input may take on a busy machine; most take milliseconds."""
MEMORY = 3 * 2**30
"""Bytes that a category may take beyond what its program has when it starts."""


@dataclass(frozen=True)
class Case:
    """One hostile input.

    Attributes:
        name: says what it is; with the seed it leads to the same input again.
        give: gives it to the program. It returns where the program took it or said something
            about it, raises ``UserError`` with a sentence for a person, and ``AssertionError``
            where the answer is wrong.
    """

    name: str
    give: Callable[[], Any]


@dataclass(frozen=True)
class Answer:
    """What became of an input: taken, refused in a sentence, or answered badly, and why."""

    name: str
    kind: str
    why: str = ""


@dataclass(frozen=True)
class Surroundings:
    """What a category makes its inputs from.

    Attributes:
        rng: of the category, seeded.
        folder: its own, empty.
        count: how many inputs it makes.
    """

    rng: random.Random
    folder: Path
    count: int


Cases = Callable[[Surroundings], Iterator[Case]]


def limit_memory() -> None:
    """Let this process have ``MEMORY`` beyond what it has now, so that too much fails early."""
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, hard))


def answer(case: Case) -> Answer:
    """Give an input and judge the answer."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            with _patience():
                case.give()
            return Answer(case.name, "taken")
        except AssertionError as error:
            return Answer(case.name, "badly", str(error) or _last_line(error))
        except (MemoryError, TimeoutError) as error:
            return Answer(case.name, "badly", _last_line(error))
        except Exception as error:
            told = translate(error)  # as the command line and the pages do
            fault = find_fault(told.sentence)
            if told.ours or fault or "memory" in str(error):
                return Answer(case.name, "badly", fault or _last_line(error))
            return Answer(case.name, "refused")


def find_fault(sentence: str) -> str:
    """Return what is wrong with a sentence for a person, or nothing."""
    if not sentence.strip():
        return "an empty sentence"
    if len(sentence) > LONGEST:
        return f"a sentence of {len(sentence)} characters: {sentence[:80]}..."
    if "\n" in sentence or "\r" in sentence:
        return f"a sentence of several lines: {sentence!r:.120}"
    if "Traceback" in sentence or 'File "' in sentence:
        return f"a traceback: {sentence!r:.120}"
    return ""


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    def end(_number: int, _frame: Any) -> None:
        raise TimeoutError(f"no answer within {PATIENCE} s")

    signal.signal(signal.SIGALRM, end)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)


def _last_line(error: BaseException) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    return f"{type(error).__name__} at {where}: {' '.join(str(error).split())[:160]}"


def answer_all(category: str, seed: int, folder: Path, count: int) -> list[Answer]:
    """Give the inputs of a category, a module here, in a process and a folder of its own."""
    cases: Cases = importlib.import_module(f"tests.hostile.{category}").cases
    own = folder / category
    own.mkdir()
    os.chdir(own)
    limit_memory()
    start = time.monotonic()
    here = Surroundings(random.Random(f"{seed}/{category}"), own, count)
    answers = [answer(case) for case in cases(here)]
    print(f"{category}: {len(answers)} inputs in {time.monotonic() - start:.0f} s", flush=True)
    return answers

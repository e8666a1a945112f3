"""The process that computes: it takes one request after the other, and ends with whoever asks."""

from __future__ import annotations

import inspect
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import IO

from pipelines.computing.frames import (
    DONE,
    FAILED,
    FORGET,
    PROGRESS,
    READY,
    Frame,
    decode,
    encode,
    find,
    name_of,
    read_frame,
    write_frame,
)
from saliencnn.common.errors import UserError
from saliencnn.common.translation import translate
from saliencnn.models.uncompiled import load_torchvision

BETWEEN = 0.1
"""Seconds between two reports of progress; a person sees no more."""


class Unwanted(BaseException):
    """Nobody waits for the answer any more; no work catches this."""


class _Requests:
    """The requests that came, and those that nobody wants any more."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.waiting: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self.unwanted: set[int] = set()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: IO[bytes]) -> None:
        while frame := read_frame(stream):
            if frame.kind == FORGET:
                self.unwanted.add(frame.number)
            else:
                self.waiting.put(frame)
        # Whoever asked is gone, killed or not, and nobody reads an answer. What is written in the
        # store is whole after a kill at any moment.
        os._exit(0)


def serve() -> None:
    """Answer the requests that come in by this process's standard input, until that ends."""
    stream = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
    one_at_a_time = threading.Lock()

    def tell(frame: Frame) -> None:
        with one_at_a_time:  # some checks work in several threads
            write_frame(answers, frame)

    requests = _Requests(stream)
    _load()
    tell(Frame(0, READY))
    while True:
        request = requests.waiting.get()
        tell(_answer(request, requests.unwanted, tell))
        requests.unwanted.discard(request.number)


def _load() -> None:
    """Load what all work needs, while the page says that it starts."""
    load_torchvision()
    import_module("saliencnn.saliency.explaining")


def _answer(request: Frame, unwanted: set[int], tell: Callable[[Frame], None]) -> Frame:
    """Do what is asked; return what came of it."""
    number, last = request.number, 0.0

    def report(fraction: float, words: str) -> None:
        nonlocal last
        if number in unwanted:
            raise Unwanted
        if time.monotonic() - last >= BETWEEN:
            last = time.monotonic()
            tell(Frame(number, PROGRESS, (float(fraction), words)))

    try:
        work, given, named = decode(request.content)
        function = find(work)
        if "report" in inspect.signature(function).parameters:
            named["report"] = report
        return Frame(number, DONE, content=encode(function(*given, **named)))
    except Unwanted:
        return Frame(number, FORGET)
    except UserError as error:
        return Frame(number, FAILED, (name_of(type(error)), str(error)))
    except Exception as error:
        logging.getLogger("saliencnn").error("a computation failed", exc_info=error)
        sentence = translate(error, "the dashboard's log").sentence
        return Frame(number, FAILED, (name_of(UserError), sentence))

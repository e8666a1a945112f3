"""Processes that compute, forked from one that has torch loaded instead of started."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.computing import process
from saliencnn.common.process import own_command
from tests.helpers.commands import Forker


class Forked:
    """A command of ours whose input and output are pipes, as a ``subprocess.Popen`` shows it."""

    def __init__(self, program: Forker, words: Sequence[str]) -> None:
        """Begin it."""
        self._program = program
        with tempfile.TemporaryDirectory() as folder:
            pipes = f"{folder}/input", f"{folder}/output"
            for pipe in pipes:
                os.mkfifo(pipe)
            self._command = program.start(*words, folder=Path.cwd(), pipes=pipes)
            opened = os.open(pipes[0], os.O_WRONLY), os.open(pipes[1], os.O_RDONLY)
        self.stdin, self.stdout = os.fdopen(opened[0], "wb"), os.fdopen(opened[1], "rb")
        self.pid = self._command.pid

    def poll(self) -> int | None:
        return self._program.poll(self._command)

    def wait(self) -> int:
        return self._program.wait(self._command)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


@contextmanager
def forked_computers(program: Callable[[], Forker]) -> Iterator[None]:
    """Let the processes that compute for this one be forked, by what is there at the first."""
    before = len(own_command())

    def start(command: Sequence[str], **_options: Any) -> Forked:
        return Forked(program(), command[before:])

    with pytest.MonkeyPatch.context() as patch:
        own = SimpleNamespace(Popen=start, PIPE=subprocess.PIPE)
        patch.setattr(process, "subprocess", own)
        yield

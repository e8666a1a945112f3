"""Commands as processes of their own, forked from one that has the whole program loaded.

Loading torch and MLflow takes seconds; a fork takes none, so that a test can afford to kill many.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.helpers.waiting import wait_for

PROCESS = Path(__file__).with_name("forking.py")


@dataclass(frozen=True)
class Command:
    """A command under way, at the head of a process group of its own.

    Attributes:
        pid: its process's number.
        log: file of what it prints.
    """

    pid: int
    log: Path

    def send(self, number: int) -> None:
        """Send a signal to all its processes."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:  # it has just been forked, or is gone
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


@dataclass(frozen=True)
class Forker:
    """A process that has everything loaded and starts commands."""

    process: "subprocess.Popen[str]"
    folder: Path
    under_way: set[int] = field(default_factory=set)
    ended: dict[int, int] = field(default_factory=dict)
    asking: threading.Lock = field(default_factory=threading.Lock)

    def _ask(self, **job: Any) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with self.asking:
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
            return int(self.process.stdout.readline())

    def start(
        self,
        *arguments: str,
        program: str = "",
        gate: str = "",
        log: str = "",
        folder: Path | None = None,
        skew: float = 0,
        beats: tuple[int, int] | None = None,
        pipes: tuple[str, str] | None = None,
        **environment: str,
    ) -> Command:
        """Start a command of ours, or another program.

        Args:
            arguments: what follows ``saliencnn``, or the program.
            program: text of a program, which is run instead of ours.
            gate: a pipe that the program's ``ready()`` waits for.
            log: name of the file of what it prints, which is added to; by default a new one.
            folder: the working directory, by default this one's.
            skew: seconds by which its clock is wrong; below zero it is behind.
            beats: seconds between a worker's heartbeats, and without one after which another takes
                its request over; by default the command's own.
            environment: variables that it has beside the test's own.
        """
        path = self.folder / (log or f"log-{len(list(self.folder.iterdir()))}")
        path.touch()
        pid = self._ask(
            arguments=arguments,
            program=program,
            gate=gate,
            log=str(path),
            skew=skew,
            beats=beats,
            pipes=pipes,
            environment={**os.environ, **environment},
            folder=str(folder or self.folder),
        )
        self.under_way.add(pid)
        return Command(pid, path)

    def wait(self, command: Command) -> int:
        """Wait for a command's end; return its exit status, below zero that of a signal."""
        status = self.poll(command, 0)
        assert status is not None
        return status

    def poll(self, command: Command, options: int = os.WNOHANG) -> int | None:
        """Return a command's exit status; None while it is under way."""
        if command.pid in self.under_way:
            status = self._ask(wait=command.pid, options=options)
            if status < 0:
                return None
            self.ended[command.pid] = os.waitstatus_to_exitcode(status)
            self.under_way.discard(command.pid)
        return self.ended[command.pid]

    def run(self, *arguments: str, **options: Any) -> int:
        """Run a command to its end; return its exit status."""
        return self.wait(self.start(*arguments, **options))

    def run_together(
        self, program: str, *each: Sequence[str], **options: Any
    ) -> list[tuple[int, str]]:
        """Run a program for each of some arguments, all of them at the same time.

        Each goes on from where it calls ``ready()`` when all others have come there.

        Returns:
            The exit status of each, and what it has printed.
        """
        with tempfile.TemporaryDirectory() as folder:
            gate = Path(folder, "gate")
            os.mkfifo(gate)
            commands = [
                self.start(*words, program=program, gate=str(gate), **options) for words in each
            ]
            wait_for(
                lambda: len(list(gate.parent.iterdir())) > len(each),
                60,
                lambda: "".join(command.log.read_text() for command in commands),
            )
            opened = os.open(gate, os.O_RDWR)
            ended = [self.wait(command) for command in commands]
            os.close(opened)
        return [(e, command.log.read_text()) for e, command in zip(ended, commands, strict=True)]


@contextmanager
def forker(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[Forker]:
    """Run a process that starts commands in a folder; in the end all of them are killed."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-P", str(PROCESS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, **(environment or {})},
    )
    forked = Forker(process, folder)
    try:
        yield forked
    finally:
        for pid in (process.pid, *forked.under_way):
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        process.communicate()

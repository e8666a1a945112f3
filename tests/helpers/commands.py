"""Commands as processes of their own, forked from one that has the whole program loaded.

Loading torch and MLflow takes seconds; a fork takes none, so that a test can afford to kill many.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = '''
"""Does what each line of input says: starts a command, or waits for one."""
import json, os, sys, time, traceback
from pipelines.cli.process import prepare_process
prepare_process()
import optuna, mlflow.pytorch, sqlalchemy
import pipelines.cli.bars, pipelines.cli.check, pipelines.cli.retry, pipelines.evaluation.run
import pipelines.training.run, saliencnn.recording.delivery
from pipelines.cli.main import main

def shift_clock(seconds):
    true_time = time.time
    time.time = lambda: true_time() + seconds

def hurry_queue(heartbeat, grace):
    from functools import partial
    import pipelines.cli.retry as commands
    commands.open_queue = partial(commands.open_queue, heartbeat=heartbeat, grace=grace)

def begin(job):
    os.setsid()
    # What a worker starts where it begins anew.
    sys.orig_argv = [sys.executable, "-m", "saliencnn", *job["arguments"]]
    os.chdir(job["folder"])
    os.environ.update(job["environment"])
    log = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(log, stream)
    if job["skew"]:
        shift_clock(job["skew"])
    if job["beats"]:
        hurry_queue(*job["beats"])
    return main(job["arguments"])

for line in sys.stdin:
    job = json.loads(line)
    if "wait" in job:
        print(json.dumps(os.waitpid(job["wait"], 0)[1]), flush=True)
        continue
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = begin(job)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    print(json.dumps(child), flush=True)
'''


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

    def _ask(self, **job: Any) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def start(
        self,
        *arguments: str,
        log: str = "log",
        skew: float = 0,
        beats: tuple[int, int] | None = None,
        **environment: str,
    ) -> Command:
        """Start a command of ours.

        Args:
            arguments: what follows ``saliencnn``.
            log: name of the file of what it prints, which is added to.
            skew: seconds by which its clock is wrong; below zero it is behind.
            beats: seconds between a worker's heartbeats, and without one after which another takes
                its request over; by default the command's own.
            environment: variables that it has beside this process's own.
        """
        path = self.folder / log
        path.touch()
        pid = self._ask(
            arguments=arguments,
            log=str(path),
            skew=skew,
            beats=beats,
            environment=environment,
            folder=str(self.folder),
        )
        self.under_way.add(pid)
        return Command(pid, path)

    def wait(self, command: Command) -> int:
        """Wait for a command's end; return its exit status, below zero that of a signal."""
        status = os.waitstatus_to_exitcode(self._ask(wait=command.pid))
        self.under_way.discard(command.pid)
        return status

    def run(self, *arguments: str, **options: Any) -> int:
        """Run a command to its end; return its exit status."""
        return self.wait(self.start(*arguments, **options))


@contextmanager
def forker(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[Forker]:
    """Run a process that starts commands in a folder; in the end all of them are killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
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

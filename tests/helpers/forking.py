"""Does what each line of input says: forks a process from this one, or waits for one.

What commands, pages and MLflow's server import is loaded once, before the first line is read.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import SimpleNamespace
from typing import Any

from pipelines.cli.process import prepare_process

ROOT = Path(__file__).parents[2]
LEFT = ("app.main", "app.views.", "saliencnn.integrations.")
"""Streamlit runs the pages, and nobody imports them; the integrations are for those who use what
they integrate, which no command does."""


def load() -> None:
    """Load whatever takes its time."""
    prepare_process()
    gc.disable()  # what is loaded stays
    import_module("uvicorn")  # first: by it MLflow knows that it is a server
    for name in (
        "mlflow.server.fastapi_app",
        "optuna",
        "streamlit.web.cli",
        "torchvision",
        "torch._dynamo",
    ):
        import_module(name)
    for package in ("saliencnn", "pipelines", "app"):
        for module in walk_packages(import_module(package).__path__, f"{package}."):
            if not module.name.startswith(LEFT) and not module.name.endswith("__main__"):
                import_module(module.name)
    gc.freeze()
    gc.enable()


def shift_clock(seconds: float) -> None:
    """Let this process's clock be wrong."""
    true_time = time.time
    time.time = lambda: true_time() + seconds


def hurry_queue(heartbeat: int, grace: int) -> None:
    """Let a worker be as impatient as a test."""
    import pipelines.cli.retry as commands

    commands.open_queue = partial(commands.open_queue, heartbeat=heartbeat, grace=grace)


class Computer:
    """A dashboard's process that computes, forked before the dashboard begins.

    It takes the place of a ``subprocess.Popen``, which would load torch anew.
    """

    def __init__(self) -> None:
        asked, ask = os.pipe()
        answers, answer = os.pipe()
        self._status: int | None = None
        self.pid = os.fork()
        if self.pid:
            os.close(asked)
            os.close(answer)
            self.stdin, self.stdout = os.fdopen(ask, "wb"), os.fdopen(answers, "rb")
            return
        os.setsid()
        os.dup2(asked, 0)
        os.dup2(answer, 1)
        for inherited in (asked, ask, answers, answer):
            os.close(inherited)
        from pipelines.cli.main import main

        os._exit(main(["compute"]))

    def poll(self) -> int | None:
        return self._ended(os.WNOHANG)

    def wait(self) -> int | None:
        return self._ended(0)

    def _ended(self, options: int) -> int | None:
        if self._status is None and (found := os.waitpid(self.pid, options))[0]:
            self._status = os.waitstatus_to_exitcode(found[1])
        return self._status

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


def fork_computer() -> None:
    """Let a dashboard's first process that computes be forked from this one."""
    from pipelines.computing import process

    forked, started = [Computer()], subprocess.Popen

    def start(*command: Any, **options: Any) -> Any:
        return forked.pop() if forked else started(*command, **options)

    process.subprocess = SimpleNamespace(Popen=start, PIPE=subprocess.PIPE)


def await_others(gate: Path) -> None:
    """Say that this process is ready, and wait until somebody opens the gate."""
    Path(f"{gate}-{os.getpid()}").touch()
    os.close(os.open(gate, os.O_RDONLY))


def begin(job: dict[str, Any]) -> int:
    """Become the process that a job describes; return its exit status."""
    os.setsid()
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    log = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(log, stream)
    given, answer = job["pipes"] or (os.devnull, "")
    os.dup2(os.open(given, os.O_RDONLY), 0)
    if answer:
        os.dup2(os.open(answer, os.O_WRONLY), 1)
    if job["skew"]:
        shift_clock(job["skew"])
    if job["beats"]:
        hurry_queue(*job["beats"])
    own = ["-c", job["program"]] if job["program"] else ["-m", "saliencnn"]
    # What a worker starts where it begins anew.
    sys.orig_argv = [sys.executable, *own, *job["arguments"]]
    sys.argv = [own[0], *job["arguments"]]
    if job["program"]:
        names = {"__name__": "__main__", "ready": partial(await_others, Path(job["gate"]))}
        exec(compile(job["program"], "program", "exec"), names)
        return 0
    if job["arguments"][:1] == ["app"]:
        fork_computer()
    from pipelines.cli.main import main

    return main(job["arguments"])


def fork(job: dict[str, Any]) -> int:
    """Fork a job's process; return its number."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        status = begin(job)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def await_end(wait: int, options: int) -> int:
    """Return the status with which a process ended; -1 if it has not and that is not waited for."""
    ended, status = os.waitpid(wait, options)
    return status if ended else -1


def serve() -> None:
    """Answer each line of input by a line."""
    # What is struck before it has begun ends as every command does.
    signal.signal(signal.SIGTERM, lambda number, _frame: os._exit(128 + number))
    for line in sys.stdin:
        job = json.loads(line)
        print(await_end(**job) if "wait" in job else fork(job), flush=True)


if __name__ == "__main__":
    sys.path.append(str(ROOT))  # programs may import what tests have
    load()
    serve()

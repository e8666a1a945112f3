"""Which process trains a run, whether it is still there, and how another one is started."""

import hashlib
import os
import re
import socket
import sys
from functools import lru_cache
from pathlib import Path

_NAME = re.compile(
    r"(?P<host>[^/]*)(/(?P<place>[0-9a-f]+)\.(?P<start>\d+))?:(?P<pid>\d+)", re.DOTALL
)


def this_process() -> str:
    """Return this process's name among all machines, e.g. ``lab/3fa9c1d2.88123:4711``.

    Behind the machine's own name stand what tells its boots and its containers apart, and when
    the process started: containers share host names, and numbers of processes come again. Where
    the system does not say so, the name is ``lab:4711``, as earlier versions wrote it.
    """
    return _name_of(os.getpid())


def describe_process(process: str) -> str:
    """Return a process's name as people read it, e.g. ``lab:4711``."""
    found = _NAME.fullmatch(process)
    return f"{found['host']}:{found['pid']}" if found else process


def own_command(*arguments: str) -> list[str]:
    """Return what starts ``saliencnn`` as a process of its own, whatever is installed beside it."""
    entry = Path(__file__).resolve().parents[1] / "__main__.py"
    return [sys.executable, "-P", str(entry), *arguments]


def is_gone(process: str) -> bool:
    """Whether a process is known to be gone: only its own machine knows."""
    found = _NAME.fullmatch(process)
    if found is None or found["host"] != socket.gethostname():
        return False
    if found["start"] is None:
        return not _exists(int(found["pid"]))
    return found["place"] == _place() and found["start"] != _start_of(int(found["pid"]))


def is_here(process: str) -> bool:
    """Whether a process is known to live: only its own machine knows."""
    found = _NAME.fullmatch(process)
    if found is None or found["start"] is None or found["host"] != socket.gethostname():
        return False
    return found["place"] == _place() and found["start"] == _start_of(int(found["pid"]))


def name_process(pid: int) -> str:
    """Return the name of a process of this machine, as ``this_process`` gives it there."""
    start = _start_of(pid)
    sign = f"/{_place()}.{start}" if _place() and start else ""
    return f"{socket.gethostname()}{sign}:{pid}"


_name_of = lru_cache(maxsize=8)(name_process)
"""A process asks for its own name at every batch; a fork has another number."""


@lru_cache(maxsize=1)
def _place() -> str:
    """Return what this boot of this machine and this container have alone, or nothing."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        processes = os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
    return hashlib.sha256(f"{boot} {processes}".encode()).hexdigest()[:8]


def _start_of(pid: int) -> str:
    """Return when a process started, in ticks since the boot; nothing where it is not there."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    # The program's name, in parentheses, may hold anything.
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else fields[18]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""Which process trains a run, whether it is still there, and how another one is started."""

import os
import socket
import sys
from pathlib import Path


def this_process() -> str:
    """Return this process's name among all machines."""
    return f"{socket.gethostname()}:{os.getpid()}"


def own_command(*arguments: str) -> list[str]:
    """Return what starts ``saliencnn`` as a process of its own, whatever is installed beside it."""
    entry = Path(__file__).resolve().parents[1] / "__main__.py"
    return [sys.executable, "-P", str(entry), *arguments]


def is_gone(process: str) -> bool:
    """Whether a process is known to be gone: only its own machine knows."""
    host, _, pid = process.rpartition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False

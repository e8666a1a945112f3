"""Which process trains a run, and whether it is still there."""

import os
import socket


def this_process() -> str:
    """Return this process's name among all machines."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_gone(process: str) -> bool:
    """Whether a process is known to be gone: only its own machine can tell."""
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

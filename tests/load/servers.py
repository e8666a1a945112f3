"""The dashboard and an empty page, each as a process of its own on two cores."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from saliencnn.common.process import own_command
from tests.helpers.lab import wait_for
from tests.helpers.server import free_port

EMPTY = Path(__file__).with_name("empty.py")
CORES = 2
PATIENCE = 300
"""Seconds until a server answers, on a machine that is busy otherwise."""


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Attributes:
        address: ``http://HOST:PORT``.
        pid: its process.
        started: seconds that it took to answer.
    """

    address: str
    pid: int
    started: float

    def cpu(self) -> float:
        """Return the seconds of a core that it has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Return its resident memory, in MB."""
        return _resident(self.pid)

    def memory_beside(self) -> float:
        """Return the resident memory of the processes that it has started, in MB."""
        started = Path(f"/proc/{self.pid}/task").glob("*/children")
        return sum(_resident(int(pid)) for path in started for pid in path.read_text().split())


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("This machine does not say how much memory a process has.")


@contextmanager
def dashboard(folder: Path) -> Iterator[Server]:
    """Serve the dashboard over the store that the environment names."""
    port = free_port()
    with _serve(own_command("app", "--port", str(port)), port, folder / "app.log") as server:
        yield server


@contextmanager
def empty_page(folder: Path) -> Iterator[Server]:
    """Serve an empty page as Streamlit does."""
    port = free_port()
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    quiet = ["--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]
    command = [sys.executable, "-m", "streamlit", "run", str(EMPTY), *options, *quiet]
    with _serve(command, port, folder / "empty.log") as server:
        yield server


@contextmanager
def _serve(command: Sequence[str], port: int, log: Path) -> Iterator[Server]:
    address, began = f"http://127.0.0.1:{port}", time.monotonic()

    def answers() -> bool:
        with suppress(OSError), urlopen(f"{address}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
        return False

    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[:CORES])
    try:
        wait_for(answers, PATIENCE, log.read_text)
        yield Server(address, process.pid, time.monotonic() - began)
    finally:
        process.kill()
        process.wait()

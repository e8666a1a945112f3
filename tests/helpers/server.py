"""A real MLflow server on this machine."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.helpers.stores import place_database


@contextmanager
def mlflow_server(folder: Path, port: int = 0, database: str = "") -> Iterator[str]:
    """Run `mlflow server` with proxied artifacts and yield its address.

    Args:
        folder: where its files lie.
        port: by default a free one.
        database: address of its backend store, by default a file in the folder.
    """
    port = port or free_port()
    if not database:
        database = f"sqlite:///{folder}/server.db"
        if not (folder / "server.db").exists():
            place_database(folder / "server.db")
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)),
        *("--backend-store-uri", database),
        *("--artifacts-destination", str(folder / "server-artifacts"), "--workers", "1"),
    ]
    # Nobody here uses its jobs, and each of its seven runners imports all of MLflow.
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/health", server, folder / "server.log")
        yield address
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def free_port() -> int:
    """Return the number of a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start: {log.read_text()[-2000:]}")

"""A real MLflow server on this machine."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.helpers.stores import place_database
from tests.helpers.waiting import is_served, wait_for

if TYPE_CHECKING:
    from tests.helpers.commands import Forker

FORKED = """
import os, sys
import mlflow.cli, mlflow.server, uvicorn

def serve(command, extra_env, **_):
    os.environ.update(extra_env)
    uvicorn.main(command[3:])  # behind python -m uvicorn

mlflow.server._exec_cmd = serve
mlflow.cli.cli(sys.argv[1:])
"""
"""`mlflow server`, but that what it starts is loaded already and runs in the same process."""


@contextmanager
def mlflow_server(
    folder: Path, port: int = 0, database: str = "", program: "Forker | None" = None
) -> Iterator[str]:
    """Run `mlflow server` with proxied artifacts and yield its address.

    Args:
        folder: where its files lie.
        port: by default a free one.
        database: address of its backend store, by default a file in the folder.
        program: forks it, which saves seconds; by default its command is started.
    """
    port = port or free_port()
    if not database:
        database = f"sqlite:///{folder}/server.db"
        if not (folder / "server.db").exists():
            place_database(folder / "server.db")
    words = [
        *("server", "--host", "127.0.0.1", "--port", str(port), "--backend-store-uri", database),
        *("--artifacts-destination", str(folder / "server-artifacts"), "--workers", "1"),
    ]
    # Nobody here uses its jobs, and each of its seven runners imports all of MLflow.
    quiet: dict[str, Any] = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    log, address = folder / "server.log", f"http://127.0.0.1:{port}"
    if program:
        forked = program.start(*words, program=FORKED, log=str(log), **quiet)
        pid, wait = forked.pid, lambda: program.wait(forked)
    else:
        with log.open("w") as out:
            started = subprocess.Popen(
                [sys.executable, "-m", "mlflow", *words],
                env=os.environ | quiet,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        pid, wait = started.pid, started.wait
    try:
        wait_for(lambda: is_served(f"{address}/health"), 120, log.read_text)
        yield address
    finally:
        os.killpg(pid, signal.SIGKILL)
        wait()


def free_port() -> int:
    """Return the number of a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

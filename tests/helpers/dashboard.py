"""The dashboard as `saliencnn app` serves it, from a folder with settings of its own."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

from saliencnn.common.process import own_command
from tests.helpers.lab import wait_for


@contextmanager
def serve_dashboard(uri: str, folder: Path, port: int) -> Iterator[str]:
    """Serve the dashboard; its address.

    Args:
        uri: of the store.
        folder: the working directory and the home folder.
        port: where to listen.
    """
    log = folder / "dashboard.log"
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        with suppress(OSError), urlopen(f"{address}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
        return False

    with log.open("w") as out:
        server = subprocess.Popen(
            own_command("app", "--port", str(port)),
            cwd=folder,
            env={**os.environ, "HOME": str(folder), "MLFLOW_TRACKING_URI": uri},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        wait_for(answers, 120, log.read_text)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()

"""The commands for a lab's server, executed as the documentation has them."""

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from pipelines.cli.main import _parser, main
from pipelines.retry.queue import list_requests
from pipelines.retry.studies import open_queue
from pipelines.retry.workers import list_workers
from saliencnn.store.artifacts import location_of
from saliencnn.store.connection import open_store
from saliencnn.store.runs import list_runs
from tests.helpers.lab import Server, debian_server, wait_for
from tests.helpers.server import free_port

PROGRAMS = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorials" / "lab-server.md"
PROXY = ROOT / "deploy" / "nginx.conf"
PASSWORD = "twelve characters or more"
DATABASE_PASSWORD = "a p@ss/wo'rd"
IMAGES = "planted:train=32,validation=16,counter=0,size=32"
SMALL = f"--data {IMAGES} --image-size 32 --batch-size 16 --epochs 1".split()


def blocks() -> tuple[str, ...]:
    section = PAGE.read_text()
    return tuple(re.findall(r"^```bash\n(.*?)^```$", section, re.DOTALL | re.MULTILINE))


@contextmanager
def machine(
    commands: str, folder: Path, environment: dict[str, str]
) -> Iterator[Callable[[], str]]:
    """Run a block in a folder of its own until the end; yield a function that reads its output."""
    folder.mkdir()
    log = folder / "log"
    with log.open("w") as output:
        shell = subprocess.Popen(
            ["bash", "-euc", commands],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield log.read_text
    finally:
        with suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()


def status_of(address: str) -> int:
    """Return the status with which a server answers somebody without a password, or 0."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def open_postgres(installation: str, access: str, server: Server) -> None:
    """Do what root does on the server; installing is left at seeing that it was done."""
    package = installation.removeprefix("apt-get install --yes ").strip()
    subprocess.run(["dpkg-query", "--status", package], check=True, stdout=subprocess.DEVNULL)
    environment = {**server.root, "PGPASSWORD": DATABASE_PASSWORD}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", access],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def assert_a_dashboard_each(commands: str) -> None:
    """Each port that the proxy knows has its dashboard, by the command that is run here."""
    asked = [_parser().parse_args(words) for words in dashboards(commands)]
    assert {f"127.0.0.1:{one.port}" for one in asked} == set(
        re.findall(r"server (127\.0\.0\.1:\d+);", PROXY.read_text())
    )


def dashboards(commands: str) -> list[list[str]]:
    return [line.split() for line in re.findall(r"^saliencnn (app .*) &$", commands, re.M)]


def test_the_commands_make_a_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installation, access, settings, databases, server, worker, dashboard, several = blocks()
    ports = {"LAB_PORT": str(free_port()), "DASHBOARD_PORT": str(free_port())}
    with debian_server() as debian, ExitStack() as lab:
        open_postgres(installation, access, debian)
        secrets = {"PGPASSWORD": DATABASE_PASSWORD, "LAB_PASSWORD": PASSWORD}
        # The server's job runners, which nobody here uses, each import all of MLflow.
        secrets["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
        plain = {key: os.environ[key] for key in ("HOME", "OMP_NUM_THREADS") if key in os.environ}
        places = {"LAB_HOST": debian.address, "PGPORT": str(debian.port), **ports}
        given = {**plain, "PATH": f"{PROGRAMS}:{os.environ['PATH']}", **places, **secrets}

        def run(commands: str, **changed: str) -> str:
            done = subprocess.run(
                ["bash", "-euc", f"{settings}\n{commands}"],
                env=given | changed,
                cwd=tmp_path,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        def start(commands: str, name: str) -> Callable[[], str]:
            script = f"{settings}\n{commands}"
            return lab.enter_context(machine(script, tmp_path / name, given))

        with pytest.raises(AssertionError, match="password authentication failed"):
            run(databases, PGPASSWORD="wrong")
        run(databases)
        log = start(server, "server")
        address = f"http://{debian.address}:{ports['LAB_PORT']}"
        wait_for(lambda: status_of(f"{address}/health") == 200, 120, log)
        log = start(worker, "worker")
        shown = start(dashboard, "dashboard")
        assert_a_dashboard_each(several)

        for line in run("env").splitlines():
            name, _, value = line.partition("=")
            if name.startswith(("PG", "MLFLOW_", "SALIENCNN_")):
                monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        assert main(["train", *SMALL, "--name", "first"]) == 0
        queue = open_queue(open_store())
        (first,) = list_runs(queue.store)
        assert main(["queue", first.run_id, "--name", "Ann", "--color-jitter", "1"]) == 0
        wait_for(lambda: {i.state for i in list_requests(queue)} == {"completed"}, 240, log)
        assert len([info for info in list_workers(queue) if info.alive]) == 1
        health = f"http://127.0.0.1:{ports['DASHBOARD_PORT']}/_stcore/health"
        wait_for(lambda: status_of(health) == 200, 120, shown)

        assert {run.status for run in list_runs(queue.store)} == {"finished"}
        assert location_of(queue.store, first.run_id).startswith("mlflow-artifacts:")
        assert list((tmp_path / "server" / "artifacts").rglob("manifest.json"))
        wanted = location_of(queue.store, first.run_id).removeprefix("mlflow-artifacts:/")
        for path in (
            "api/2.0/mlflow/experiments/search?max_results=9",
            f"api/2.0/mlflow/runs/get?run_id={first.run_id}",
            f"api/2.0/mlflow-artifacts/artifacts/{wanted}/epochs/0001/manifest.json",
            f"get-artifact?run_id={first.run_id}&path=epochs/0001/manifest.json",
            "",
        ):
            assert status_of(f"{address}/{path}") == 401, path

"""A lab on this machine: Postgres, workers as processes, and waiting for what they do."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from saliencnn.store.connection import Store
from tests.helpers.commands import Command, Forker
from tests.helpers.server import free_port
from tests.helpers.waiting import wait_for as wait_for

WORKER = """
import sys
from pipelines.retry.studies import open_queue
from pipelines.retry.worker import Worker
from saliencnn.store.connection import open_store
heartbeat, grace, once = (int(argument) for argument in sys.argv[2:])
Worker(open_queue(open_store(sys.argv[1]), heartbeat, grace), poll=0.5).run(bool(once))
"""
"""What `saliencnn worker` does, with less patience."""


@contextmanager
def worker_process(
    program: Forker, store: Store, log: Path, heartbeat: int, grace: int, once: bool = True
) -> Iterator[Command]:
    """Run a worker as a process of its own; it is killed in the end."""
    settings = [str(int(value)) for value in (heartbeat, grace, once)]
    worker = program.start(store.uri, *settings, program=WORKER, log=str(log))
    try:
        yield worker
    finally:
        worker.send(signal.SIGKILL)
        program.wait(worker)


@dataclass(frozen=True)
class Postgres:
    """A running Postgres cluster.

    Attributes:
        port: on 127.0.0.1.
        start: starts it again after a stop.
        stop: cuts all connections and ends it.
        user: name of its superuser.
        password: of that user.
    """

    port: int
    start: Callable[[], None]
    stop: Callable[[], None]
    user: str = "lab"
    password: str = "a p@ss/word"

    def address(self, database: str) -> str:
        """Return the address of a database."""
        password = quote(self.password, safe="")
        return f"postgresql+psycopg://{self.user}:{password}@127.0.0.1:{self.port}/{database}"


def postgres_programs() -> Path:
    """Return the folder of Debian's Postgres; where it is missing, skip, or fail in CI."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    if os.environ.get("CI") == "true":
        pytest.fail("Postgres is not installed, and in CI no test may be skipped for it")
    pytest.skip("Postgres is not installed (Debian's package postgresql)")


@dataclass(frozen=True)
class Server:
    """A lab's server as Debian's package leaves it: Postgres runs, and nobody has an account.

    Attributes:
        address: of this machine in its network, else of itself alone.
        port: of Postgres.
        root: the environment in which root's commands find this cluster and no other.
    """

    address: str
    port: int
    root: dict[str, str]


@contextmanager
def debian_server() -> Iterator[Server]:
    """Run a cluster made by Debian's own programs, apart from the machine's other clusters.

    Whoever is not root gets a cluster of their own, and a ``runuser`` that stays the same user.
    """
    version, port = postgres_programs().parent.name, free_port()
    folder = Path(tempfile.mkdtemp(prefix="saliencnn-server-"))
    programs = folder / "programs"
    programs.mkdir()
    if os.getuid():
        (programs / "runuser").write_text('#!/bin/sh\nshift 3\nexec "$@"\n')
        (programs / "runuser").chmod(0o755)
    else:
        os.chown(folder, *pwd.getpwnam("postgres")[2:4])
    path = f"{programs}:/usr/sbin:/usr/bin:/sbin:/bin"
    root = {"PATH": path, "PG_CLUSTER_CONF_ROOT": str(folder / "etc")}
    places = [f"--datadir={folder}/data", f"--socketdir={folder}", f"--logfile={folder}/log"]
    settings = [f"--port={port}", "--pgoption=fsync=off", "--encoding=UTF8", "--locale=C"]

    def command(*words: str) -> None:
        subprocess.run(words, env=root, check=True, stdout=subprocess.DEVNULL, cwd="/")

    command("pg_createcluster", version, "lab", *places, *settings, "--", "--no-sync")
    command("pg_ctlcluster", version, "lab", "start")
    try:
        yield Server(_own_address(), port, root)
    finally:
        with suppress(subprocess.CalledProcessError):
            command("pg_ctlcluster", version, "lab", "stop", "-m", "immediate")
        shutil.rmtree(folder)


def _own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # a datagram socket sends nothing for that
        except OSError:
            return "127.0.0.1"
        return str(asking.getsockname()[0])


@contextmanager
def postgres(*databases: str) -> Iterator[Postgres]:
    """Run a Postgres cluster with some empty databases, in a folder of its own."""
    programs, port = postgres_programs(), free_port()
    # Postgres refuses to run as root, and pytest's folders are closed to others.
    folder = Path(tempfile.mkdtemp(prefix="saliencnn-postgres-"))
    root = os.getuid() == 0
    owner = pwd.getpwnam("postgres") if root else pwd.getpwuid(os.getuid())
    identity: dict[str, Any] = {"user": owner.pw_uid, "group": owner.pw_gid} if root else {}

    def control(action: str) -> None:
        settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        subprocess.run(
            [
                *(programs / "pg_ctl", "-D", folder / "data", "-l", folder / "log"),
                *("-o", settings),
                *(("-m", "immediate", "stop") if action == "stop" else ("start",)),
            ],
            **{**quiet, **identity},
        )

    quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
    cluster = Postgres(port, lambda: control("start"), lambda: control("stop"))
    secret = folder / "password"
    secret.write_text(cluster.password)
    for path in (folder, secret):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    options = ["-U", cluster.user, "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"]
    subprocess.run(
        [programs / "initdb", "-D", folder / "data", "--encoding=UTF8", "--locale=C", *options],
        **{**quiet, **identity},
    )
    cluster.start()
    try:
        access = {"PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": cluster.user}
        environment = {**os.environ, **access, "PGPASSWORD": cluster.password}
        for database in databases:
            subprocess.run([programs / "createdb", database], env=environment, check=True)
        yield cluster
    finally:
        with suppress(subprocess.CalledProcessError):
            cluster.stop()
        shutil.rmtree(folder)
